package mixin

import "time"

// storeAlerts are about where everything is kept, and about its copies.
func storeAlerts() []Alert {
	return []Alert{
		{
			Name: "IfsevStoreFails", Severity: Critical, For: 5 * time.Minute,
			Expr:        `sum by (SITE, instance) (rate(ifsev_store_errors_total[3m])) > 0`,
			Summary:     "The store refuses or does not answer",
			Description: "{{ $labels.instance }} sees {{ $value | humanize }} errors a second: alerts are refused with 503, deliveries and deadlines wait.",
			Why: "An error is made good by another try, and a change of the master takes seconds. Errors in every three " +
				"minutes for five minutes do not end by themselves.",
		},
		{
			Name: "IfsevStoreUnfit", Severity: Critical, For: time.Minute,
			Expr:        `max by (SITE, instance) (ifsev_store_findings{finding="unfit"}) > 0`,
			Summary:     "The store is not fit to keep state, and is not used",
			Description: "{{ $labels.instance }} is not ready: its log says what the store would do to the data.",
			Why:         "The store is asked every minute. It is a setting that is wrong (it may evict keys, or is a replica), which does not pass.",
		},
		{
			Name: "IfsevStoreFindings", Severity: Warning, For: 15 * time.Minute,
			Expr:        `max by (SITE, finding) (ifsev_store_findings{finding!~"unfit|clock"}) > 0`,
			Summary:     "The store keeps less than is promised: {{ $labels.finding }}",
			Description: "{{ $value }} findings of this kind; the log has the words. What was accepted may be lost when a server is.",
			Why:         "It loses nothing by itself, only together with another fault. 15 minutes let a replica catch up and a server be replaced.",
		},
		{
			Name: "IfsevStoreShedding", Severity: Warning, For: 5 * time.Minute,
			Expr:        `max by (SITE) (ifsev_store_shedding) > 0`,
			Summary:     "The store runs out of room: sheddable sources are refused",
			Description: "What sources marked sheddable post is refused with 429, so that the rest still has room.",
			Why: "It is asked every five seconds, and ends only when a quarter more is free than at its beginning. A peak that is over in five " +
				"minutes did no harm.",
		},
		{
			Name: "IfsevStoreFull", Severity: Critical, For: 5 * time.Minute,
			Expr:        `min by (SITE, instance) (ifsev_store_room_ratio) < 0.02`,
			Summary:     "The store is all but full",
			Description: "{{ $labels.instance }} sees {{ $value | humanizePercentage }} of its room free: at 0 nothing is accepted any more, and nothing goes out.",
			Why: "Sources that can be done without have been refused since 5 % (a disk) or 15 % (Redis), and it went on filling. " +
				"What is left lasts for hours at best.",
		},
		{
			Name: "IfsevClockOffset", Severity: Warning, For: 5 * time.Minute,
			Expr:        `max by (SITE, instance) (abs(ifsev_store_clock_offset_seconds)) > 1`,
			Summary:     "The clocks of {{ $labels.instance }} and of the store disagree",
			Description: "They are {{ $value | humanizeDuration }} apart.",
			Why: "With NTP clocks agree to milliseconds. The store's clock says what is due, so nothing is early; but from " +
				"minutes on, signatures of sources that carry a time are refused.",
		},
		{
			Name: "IfsevBackupFails", Severity: Warning, For: 30 * time.Minute,
			Expr:        `sum by (SITE, instance) (increase(ifsev_backups_total{result="failure"}[15m])) > 0`,
			Summary:     "The store cannot be backed up",
			Description: "{{ $labels.instance }} tries again every five minutes; its log says why it failed.",
			Why:         "A backup that failed is tried again after five minutes; half an hour is six tries.",
		},
		{
			Name: "IfsevBackupTooOld", Severity: Warning, For: 15 * time.Minute,
			Expr: `
time() - max by (SITE, instance) (ifsev_backup_last_success_timestamp_seconds > 0)
  > 26 * 3600
`,
			Summary:     "The last backup of the store is too old",
			Description: "{{ $labels.instance }} made it {{ $value | humanizeDuration }} ago.",
			Why: "Backups are made every hour unless `backup.every` says otherwise; 26 hours suit every interval up to a day. " +
				"With the default, lower it to three hours. Where no backups are made it never fires.",
		},
		{
			Name: "IfsevArchiveFails", Severity: Warning,
			Expr:        `sum by (SITE) (increase(ifsev_archive_failures_total[3h])) > 2`,
			Summary:     "Closed incidents cannot be archived",
			Description: "It failed about {{ $value | humanize }} times in three hours. Nothing is lost: they stay in the store, which grows.",
			Why:         "Archiving is tried every hour. More than two failures in three hours means that it does not work at all.",
		},
	}
}
