// Package e2e holds the tests from outside: the real binary as a real process, real Prometheus, Alertmanager and
// Redis on loopback, real kills. They run with IFSEV_E2E=1, as `make e2e` and `make crash` do. The receivers are the
// fakes of actions/actionstest, which answer as the vendors document.
package e2e
