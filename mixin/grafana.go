package mixin

// The parts of Grafana's dashboard model that are used, as Grafana 10 and later import it (schema version 38).

type model struct {
	UID          string     `json:"uid"`
	Title        string     `json:"title"`
	Description  string     `json:"description"`
	Tags         []string   `json:"tags"`
	Schema       int        `json:"schemaVersion"`
	Editable     bool       `json:"editable"`
	GraphTooltip int        `json:"graphTooltip"` // 1: one crosshair for all
	Time         timeRange  `json:"time"`
	Refresh      string     `json:"refresh"`
	Timezone     string     `json:"timezone"` // "": the browser's
	Links        []link     `json:"links"`
	Templating   templating `json:"templating"`
	Annotations  notes      `json:"annotations"`
	Panels       []panel    `json:"panels"`
}

type timeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type link struct {
	Title       string   `json:"title"`
	Type        string   `json:"type"`
	URL         string   `json:"url"`
	Icon        string   `json:"icon"`
	TargetBlank bool     `json:"targetBlank"`
	Tags        []string `json:"tags"`
}

type templating struct {
	List []variable `json:"list"`
}

type variable struct {
	Name       string  `json:"name"`
	Label      string  `json:"label"`
	Type       string  `json:"type"`
	Query      any     `json:"query"`
	Definition string  `json:"definition,omitempty"`
	Datasource *source `json:"datasource,omitempty"`
	Refresh    int     `json:"refresh"` // 2: whenever the time range changes
	Multi      bool    `json:"multi"`
	IncludeAll bool    `json:"includeAll"`
	AllValue   string  `json:"allValue,omitempty"`
	Sort       int     `json:"sort,omitempty"` // 1: by name
	Hide       int     `json:"hide"`
}

type query struct {
	Query string `json:"query"`
	RefID string `json:"refId"`
}

// source is a data source, here always that of the dashboard's variable.
type source struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type notes struct {
	List []note `json:"list"`
}

type note struct {
	Name       string `json:"name"`
	Datasource source `json:"datasource"`
	Enable     bool   `json:"enable"`
	IconColor  string `json:"iconColor"`
	Expr       string `json:"expr"`
	TitleText  string `json:"titleFormat"`
	Step       string `json:"step"`
}

type panel struct {
	ID          int      `json:"id"`
	Type        string   `json:"type"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Grid        grid     `json:"gridPos"`
	Collapsed   *bool    `json:"collapsed,omitempty"` // of rows alone
	Panels      *[]panel `json:"panels,omitempty"`    // of rows alone, empty while they are open
	Datasource  *source  `json:"datasource,omitempty"`
	Targets     []target `json:"targets,omitempty"`
	Fields      *fields  `json:"fieldConfig,omitempty"`
	Options     any      `json:"options,omitempty"`
}

type grid struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

type target struct {
	RefID      string `json:"refId"`
	Datasource source `json:"datasource"`
	Expr       string `json:"expr"`
	Legend     string `json:"legendFormat"`
	Range      bool   `json:"range"`
	Instant    bool   `json:"instant"`
}

type fields struct {
	Defaults  defaults `json:"defaults"`
	Overrides []string `json:"overrides"`
}

type defaults struct {
	Unit       string      `json:"unit"`
	Min        *int        `json:"min,omitempty"`
	Thresholds *thresholds `json:"thresholds,omitempty"`
	Color      *color      `json:"color,omitempty"`
	Custom     *custom     `json:"custom,omitempty"`
}

type color struct {
	Mode string `json:"mode"`
}

type thresholds struct {
	Mode  string `json:"mode"`
	Steps []step `json:"steps"`
}

type step struct {
	Color string   `json:"color"`
	Value *float64 `json:"value"` // the first has none
}

type custom struct {
	FillOpacity int      `json:"fillOpacity"`
	LineWidth   int      `json:"lineWidth"`
	ShowPoints  string   `json:"showPoints"`
	Stacking    stacking `json:"stacking"`
	Limits      *limits  `json:"thresholdsStyle,omitempty"`
}

type stacking struct {
	Mode  string `json:"mode"`
	Group string `json:"group"`
}

type limits struct {
	Mode string `json:"mode"`
}
