package rules

import (
	"testing"

	"github.com/ifsev/ifsev"
)

const (
	nothingYet = "rules:\n  other: {if: severity == 5, then: [mitigate]}\n"
	backfilled = `
rules:
  other: {if: severity == 5, then: [mitigate]}
  back: {if: severity == 1, backfill: true, then: [{page: alice}]}
  from-now: {if: severity == 1, then: [{page: bob}]}
  later: {if: severity == 1, backfill: true, for: 10m, then: [{page: carol}]}
`
)

func TestBackfillFiresForWhatAlreadyHolds(t *testing.T) {
	t.Parallel()
	s := tell(t, nothingYet).declare(ifsev.Declaration{Title: "x", Severity: 1}).until("1h").saw()
	s.use(backfilled)
	s.decide()
	s.saw("1h back", "1h page alice")
	s.until("3h").saw("1h10m later", "1h10m page carol")
	// The same rules under another epoch, and the rule with another text: it has fired.
	s.use(backfilled)
	s.decide()
	s.use(backfilled + "  # one more\n")
	s.decide()
	s.use("rules:\n  back: {if: severity == 1, backfill: true, then: [{page: bob}]}\n")
	s.decide()
	s.until("5h").saw()
}

// What a changed rule did not ask for before is what it has not fired for.
func TestBackfillOfAChangedCondition(t *testing.T) {
	t.Parallel()
	s := tell(t, "rules:\n  back: {if: severity == 1, backfill: true, then: [{page: alice}]}\n").declare(ifsev.Declaration{Title: "x", Severity: 2}).saw()
	s.use("rules:\n  back: {if: severity <= 2, backfill: true, then: [{page: alice}]}\n")
	s.until("1h").decide()
	s.saw("1h back", "1h page alice")
}

// It held when the rule was loaded, even if what is decided with it ends that.
func TestBackfillComesBeforeWhatHappensNext(t *testing.T) {
	t.Parallel()
	s := tell(t, nothingYet).declare(ifsev.Declaration{Title: "x", Severity: 1}).until("1h")
	s.use(backfilled)
	s.change(sev(3)).saw("1h back", "1h page alice")
}

// A stop before the reload changes nothing: the new rule knows nothing of the time before it.
func TestBackfillCountsFromTheReload(t *testing.T) {
	t.Parallel()
	s := tell(t, nothingYet).declare(ifsev.Declaration{Title: "x", Severity: 3})
	s.use("rules:\n  old: {if: open_for > 10m, backfill: true, then: [{page: alice}]}\n  young: {if: open_for < 10m, backfill: true, then: [{page: bob}]}\n")
	s.skip("2h").decide()
	s.saw("2h old", "2h page alice")
}
