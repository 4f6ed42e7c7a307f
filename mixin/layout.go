package mixin

const (
	width      = 24 // of a dashboard
	lineHeight = 8
	statHeight = 4
)

// layout puts rows below one another, and their panels beside one another as long as there is room.
func layout(rows []Row) []panel {
	var out []panel
	y := 0
	for _, r := range rows {
		open, none := false, []panel{}
		out = append(out, panel{ID: len(out) + 1, Type: "row", Title: r.Title, Grid: grid{1, width, 0, y}, Collapsed: &open, Panels: &none})
		y++
		x, deepest := 0, 0
		for i := range r.Panels {
			w, h := r.Panels[i].size()
			if x+w > width {
				x, y, deepest = 0, y+deepest, 0
			}
			out = append(out, r.Panels[i].model(len(out)+1, grid{h, w, x, y}))
			x, deepest = x+w, max(deepest, h)
		}
		y += deepest
	}
	return out
}

func (p *Panel) size() (w, h int) {
	switch {
	case p.Wide > 0 && p.Stat:
		return p.Wide, statHeight
	case p.Wide > 0:
		return p.Wide, lineHeight
	case p.Stat:
		return 4, statHeight
	}
	return 8, lineHeight
}

// model is the panel as Grafana has it.
func (p *Panel) model(id int, at grid) panel {
	from, zero := prometheus(), 0
	out := panel{ID: id, Title: p.Title, Description: p.Description, Grid: at, Datasource: &from}
	out.Fields = &fields{Defaults: defaults{Unit: p.Unit, Thresholds: p.thresholds()}, Overrides: []string{}}
	for i, q := range p.Queries {
		out.Targets = append(out.Targets, target{
			RefID: string(rune('A' + i)), Datasource: from, Expr: q.Expr, Legend: q.Legend, Range: !p.Stat, Instant: p.Stat,
		})
	}
	d := &out.Fields.Defaults
	if p.Stat {
		out.Type = "stat"
		d.Color = &color{"thresholds"}
		out.Options = map[string]any{
			"colorMode": "background", "graphMode": "none", "justifyMode": "auto", "textMode": "auto", "orientation": "auto",
			"reduceOptions": map[string]any{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},
		}
		return out
	}
	out.Type = "timeseries"
	d.Min, d.Color = &zero, &color{"palette-classic"}
	d.Custom = &custom{FillOpacity: 10, LineWidth: 1, ShowPoints: "never", Stacking: stacking{"none", "A"}}
	if p.Stacked {
		d.Custom.FillOpacity, d.Custom.Stacking.Mode = 40, "normal"
	}
	if p.Warn > 0 || p.Bad > 0 {
		d.Custom.Limits = &limits{"dashed"}
	}
	out.Options = map[string]any{
		"legend":  map[string]any{"displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": []string{}},
		"tooltip": map[string]any{"mode": "multi", "sort": "desc"},
	}
	return out
}

// thresholds are the colours of values, from the lowest on.
func (p *Panel) thresholds() *thresholds {
	t := &thresholds{Mode: "absolute", Steps: []step{{Color: "green"}}}
	at := func(v float64, c string) {
		if v > 0 {
			t.Steps = append(t.Steps, step{c, &v})
		}
	}
	if p.Low {
		t.Steps[0].Color = "red"
		at(p.Bad, "orange")
		at(p.Warn, "green")
		return t
	}
	at(p.Warn, "orange")
	at(p.Bad, "red")
	return t
}
