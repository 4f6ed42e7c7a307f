// Package api is ifsev over HTTP: routes, tokens, strict bodies, problem documents and the document that describes
// them. It decides nothing about incidents; it hands changes to the engine and shows what the engine answers.
//
//	request ─► limits ─► host and origin ─► token and scope ─► strict body ─► engine ─► answer with its ETag
//
// Every route stands once, in the table of routes.go; the mux, the scopes and /api/openapi.json are made from it.
package api
