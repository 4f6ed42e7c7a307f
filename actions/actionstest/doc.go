// Package actionstest holds receivers to run ifsev against: each answers on loopback as the vendor documents, keeps
// every request it saw, and can be told to misbehave. They are safe for concurrent use, and serve tests of any package
// as well as a small program of its own.
//
//	pd := actionstest.NewPagerDuty(t)
//	pd.Behave(actionstest.Behaviour{Status: 500, Times: 3}, actionstest.Behaviour{Drop: true})
//	… run against pd.URL() …
//	pd.Alerts() // what PagerDuty would show
package actionstest
