// Package lsp is a language server for rule files and for ifsev.yaml: it speaks LSP 3.17 over a pair of streams, says of
// every open file what `ifsev check` would say of it, and knows what may be written at the cursor and what stands there.
//
//	bytes ─► frames ─► messages ─► desk (open buffers) ─► project (what is checked together) ─► diagnostics
//	                                    └► outline (keys and brackets, also of broken YAML) ─► spot ─► hover, completion, definition
//
// What a file may hold is read from its JSON Schema and from rules.Lexicon, so a new key or action is known here without
// a line. The package never runs a rule, writes a file or reads a clock; configuration and rule files come in through
// Options.
package lsp
