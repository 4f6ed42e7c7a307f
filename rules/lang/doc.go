// Package lang is the expression language of the rules: typed conditions, expressions evaluated at one instant, and
// `${ }` templates, on top of expr-lang/expr.
//
// It must never import YAML, a store or the engine, and it never reads a clock: time is a parameter of every
// evaluation. What it reads of an incident is a plain map (Env), what it may read is a Scope made at load.
//
// A source goes one way through the package:
//
//	scan      limits, depth, duration literals     scan.go
//	parse     expr's parser                        compile.go
//	resolve   names, `it`, defines, forbidden      resolve.go
//	check     expr's checker, strings as durations check.go, mismatch.go
//	analyse   value sets, ranges, arguments, nil   analyse.go, arguments.go
//	move      what changes with time, and how      moves.go
//	lower     the runtime tree: exact time, unset
//	          values, fuel, trace                  lower*.go
//	compile   expr's compiler, expr's machine      compile.go, program.go
//
// One rule holds for values that are not there: what is computed from an unset value is unset, and every comparison
// with an unset value is false. `!=` is `not ==`, except between times and durations, where it is false as well.
package lang
