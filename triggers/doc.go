// Package triggers turns what monitoring tools post into alerts: one file per kind of source. It verifies the raw
// bytes, decodes them tolerantly and hands the alerts to a Sink.
//
//	POST /hooks/{source} ──► Verifier   the raw body, as it was sent
//	                     ──► Decoder    bytes + headers ─► Elements, each an alert or the reason it is none
//	                     ──► Sink       records them durably and says what became of each
//	                     ──► 202        results, one per element in the body's order
//
// It never imports rules, actions or state: conditions come in as Expressions, durability as a Sink. It reads no clock;
// the time of arrival comes in with the Request.
package triggers
