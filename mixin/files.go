package mixin

// Files are the files that are made from this package, by their paths from the root of the project.
func Files() (map[string][]byte, error) {
	dashboard, err := DashboardJSON()
	if err != nil {
		return nil, err
	}
	alerts := RulesYAML()
	return map[string][]byte{
		"mixin/alerts.yaml":                      alerts,
		"mixin/dashboards/ifsev.json":            dashboard,
		"helm/ifsev/files/prometheus-rules.yaml": alerts,
		"helm/ifsev/files/dashboards/ifsev.json": dashboard,
	}, nil
}
