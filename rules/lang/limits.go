package lang

// The limits that keep an expression cheap. Those of the first groups hold before or while it is compiled and checked,
// the others while it is evaluated.
const (
	// MaxSource is the longest condition or expression in bytes.
	MaxSource = 4 << 10
	// MaxTemplate is the longest template, and the longest text a template renders, in bytes.
	MaxTemplate = 64 << 10

	maxDepth    = 64   // brackets, prefixes, ternaries, lets: counted before the parser, which is recursive
	maxParsed   = 500  // nodes as written
	maxResolved = 2000 // nodes once named conditions are put in
	maxLoops    = 2    // any(..) inside any(..), not deeper
	maxPattern  = 500  // instructions of a compiled regular expression, some

	maxPatternSource = 512 // its bytes: each \p{L} is large

	maxWork  = 30_000 // facts put together while it is looked at what a condition needs to hold; beyond them less is known
	maxNamed = 100    // nodes of a part that facts speak of

	maxFuel       = 400_000   // units of some 20 ns: what one evaluation may cost
	maxBuilt      = 256 << 10 // bytes of text one evaluation may build
	maxElements   = 100_000   // list and map elements one evaluation may make
	maxMatched    = 8 << 10
	maxCandidates = 2000 // evaluations of one NextFlip
)
