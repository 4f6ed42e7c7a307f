package state

import "github.com/ifsev/ifsev"

// SummaryOf answers what lists show of an incident.
func SummaryOf(i *ifsev.Incident) Summary {
	return Summary{
		ID: i.ID, Number: i.Number, Key: i.Key, Title: i.Title, Severity: i.Severity, Status: i.Status, Tags: i.Tags,
		Service: i.Service, Source: i.Source, Acknowledged: i.Acknowledged, Commander: i.Roles[ifsev.RoleCommander],
		DeclaredAt: i.DeclaredAt, UpdatedAt: i.UpdatedAt, LastActivityAt: i.LastActivityAt, Version: i.Version,
	}
}
