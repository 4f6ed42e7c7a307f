package lang_test

import (
	"fmt"
	"time"

	"github.com/ifsev/ifsev/rules/lang"
)

func exampleScope() *lang.Scope {
	s, err := lang.NewScope([]lang.Variable{
		{Name: "severity", Type: lang.Int, Min: 1, Max: 5},
		{Name: "status", Type: lang.String, Values: []string{"open", "closed"}},
		{Name: "title", Type: lang.String},
		{Name: "tags", Type: lang.List(lang.String)},
		{Name: "open_for", Type: lang.Duration, Running: &lang.Running{Start: "__open_since", End: "__open_until"}},
	}, nil, map[string]string{"major": `severity <= 2 and status == "open"`}, time.UTC)
	if err != nil {
		panic(err)
	}
	return s
}

func exampleEnv(since time.Time) lang.Env {
	return lang.Env{"severity": 2, "status": "open", "title": "Checkout fails", "tags": []string{"shop"}, "__open_since": since}
}

func ExampleScope_Condition() {
	declared := time.Date(2026, 3, 27, 9, 0, 0, 0, time.UTC)
	c, err := exampleScope().Condition("major and open_for >= 20m")
	if err != nil {
		panic(err)
	}
	out, err := c.Eval(exampleEnv(declared), declared.Add(5*time.Minute))
	fmt.Println(out.Value, out.Next.Format("15:04:05"), err)
	// Output: false 09:20:00 <nil>
}

func ExampleScope_Condition_mistake() {
	_, err := exampleScope().Condition(`status == "opne"`)
	fmt.Println(err)
	_, err = exampleScope().Condition(`open_for == 20m`)
	fmt.Println(err)
	// Output:
	// 1:11: status is never "opne"; it is one of open, closed (did you mean open?)
	// 1:10: `open_for == 20m` would hold for one nanosecond (use >= or <)
}

func ExampleCondition_Trace() {
	declared := time.Date(2026, 3, 27, 9, 0, 0, 0, time.UTC)
	c, err := exampleScope().Condition(`"shop" in tags and open_for > 20m`)
	if err != nil {
		panic(err)
	}
	_, atoms, err := c.Trace(exampleEnv(declared), declared.Add(14*time.Minute+12*time.Second))
	for _, a := range atoms {
		fmt.Println(a.Text, "=", a.Value)
	}
	fmt.Println(err)
	// Output:
	// "shop" in tags = true
	// tags = ["shop"]
	// open_for > 20m = false
	// open_for = 14m12s
	// <nil>
}

func ExampleScope_Template() {
	declared := time.Date(2026, 3, 27, 9, 0, 0, 0, time.UTC)
	t, err := exampleScope().Template("SEV${severity} ${title}, open for ${open_for}")
	if err != nil {
		panic(err)
	}
	fmt.Println(t.Render(exampleEnv(declared), declared.Add(90*time.Minute)))
	// Output: SEV2 Checkout fails, open for 1h30m <nil>
}

func ExampleNearest() {
	fmt.Println(lang.Nearest("severty", []string{"status", "severity", "title"}))
	// Output: severity
}
