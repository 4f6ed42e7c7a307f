// Package wire holds the shapes of the HTTP API: what the server answers and the command line reads. It knows the
// domain's types and nothing of engine, stores or rules, so that both ends can import it.
//
// Times are RFC 3339 in UTC and left out where they are not set; lists are never null.
package wire
