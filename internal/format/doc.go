// Package format writes rule files, rule tests and configurations in one layout and changes nothing that they say: no
// value, no type, no comment.
//
//	text ─► read     the tree, each value with where it stands, and every comment between the values
//	     ─► attach   each comment goes to the key, entry or collection it stands with
//	     ─► arrange  keys of known maps in the order of the manual, with their comments
//	     ─► print    two spaces, one blank line between rules, flow style where it fits a line
//	     ─► same     what came out is read again and compared; a difference is an error, and nothing is written
//
// It knows the names of keys and their order, and nothing of what they mean. It never touches a file.
package format
