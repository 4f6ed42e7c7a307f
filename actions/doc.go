// Package actions performs what rules decided for the outside: a delivery goes in, a receipt or a failure comes out.
// One file holds one kind of action; catalogue.go is the list of them.
//
// It keeps nothing and repeats nothing: waiting between attempts, order and the dead list are the engine's and the
// store's. It never imports rules, triggers or state, and never reads a clock: an attempt says what time it is, and
// its context says how long it may take.
//
//	Attempt ─► Sender.Perform ─► the kind (webhook.go, slack.go, …)  arguments + connection ─► request
//	                                  │
//	                                  ▼
//	           exchange.go  one request, at most one second dial, capped answer
//	           guard.go     which addresses may be reached, checked on the address itself
//	           verdict.go   HTTP status ─► Failure, one table for every kind
//	           scrub.go     no secret leaves, whatever came back
//	                                  │
//	                                  ▼
//	           ifsev.Receipt or *ifsev.Failure
package actions
