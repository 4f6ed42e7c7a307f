// Package archive takes what a store holds out of it as a record, and puts a record into a store: Export, Import.
//
//	a daemon's store ─► Export ─► record (JSON lines) ─► Import ─► an archive
//
// An archive is a store that holds nothing but what was imported. It is marked, so that no daemon decides anything in
// it: an imported incident is as it was, with its number, its timeline and its revisions, and a decision made elsewhere
// and later would change it, and page people for what is long over. That is why Import takes no store a daemon uses.
// Whatever waited when the record was made (deadlines, deliveries, the ids of requests) is not imported: nothing of it
// can wake, fire or be delivered.
//
// It knows the contract of a store and no backend, and reads no clock.
package archive
