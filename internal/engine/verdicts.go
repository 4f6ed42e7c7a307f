package engine

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// encodeVerdict puts a verdict and the changes that led to it into a commit, each under a key of its own.
func encodeVerdict(c *state.Commit, v *rules.Verdict) (err error) {
	if c.Verdicts[v.Rule], err = json.Marshal(v); err != nil {
		return err
	}
	for i := range v.History {
		p := &v.History[i]
		if c.Verdicts[p.Key(v.Rule)], err = json.Marshal(p); err != nil {
			return err
		}
	}
	return nil
}

// decodeVerdicts takes apart what encodeVerdict put together.
func decodeVerdicts(bodies map[string][]byte) (map[string]rules.Verdict, error) {
	verdicts, past := map[string]rules.Verdict{}, map[string][]rules.Past{}
	for key, body := range bodies {
		rule, isPast := rules.CutPastKey(key)
		var err error
		if isPast {
			var p rules.Past
			err = json.Unmarshal(body, &p)
			past[rule] = append(past[rule], p)
		} else {
			var v rules.Verdict
			err = json.Unmarshal(body, &v)
			verdicts[rule] = v
		}
		if err != nil {
			return nil, fmt.Errorf("a verdict of rule %q cannot be read: %w", rule, err)
		}
	}
	for rule, v := range verdicts {
		v.History = past[rule]
		slices.SortFunc(v.History, rules.Past.Compare)
		verdicts[rule] = v
	}
	return verdicts, nil
}
