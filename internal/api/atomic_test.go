package api

import "sync"

// atomicError is an error that tests set while requests run.
type atomicError struct {
	mu  sync.Mutex
	err error
}

func (a *atomicError) get() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

func (a *atomicError) set(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = err
}
