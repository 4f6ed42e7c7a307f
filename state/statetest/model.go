package statetest

import "testing"

func (s *suite) model(t *testing.T) { t.Helper() }
