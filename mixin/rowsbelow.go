package mixin

func storeRow() Row {
	return Row{"Store", []Panel{
		lines("Operations", "ops", "", Query{`sum by (operation) (rate(ifsev_store_operations_seconds_count{SEL}[$__rate_interval]))`, "{{operation}}"}).stacked(),
		lines("Time of an operation, 99 of 100", "s", "",
			Query{`histogram_quantile(0.99, sum by (operation, le) (rate(ifsev_store_operations_seconds_bucket{SEL}[$__rate_interval])))`, "{{operation}}"}),
		lines("Errors", "ops", "", Query{`sum by (instance, operation) (rate(ifsev_store_errors_total{SEL}[$__rate_interval])) > 0`, "{{instance}} {{operation}}"}),
		lines("Findings", "short", "What takes away from the promises; the log has the words.", Query{`max by (finding) (ifsev_store_findings{SEL})`, "{{finding}}"}).stacked(),
		lines("Clock of the store, ahead", "s", "", Query{`ifsev_store_clock_offset_seconds{SEL}`, "{{instance}}"}),
		lines("Age of the last backup", "s", "Of an embedded store; since this process was started.", Query{`time() - (ifsev_backup_last_success_timestamp_seconds{SEL} > 0)`, "{{instance}}"}),
		lines("Room", "percentunit", "What is free; 1 where nothing bounds it.", Query{`min by (instance) (ifsev_store_room_ratio{SEL})`, "{{instance}}"}),
		lines("Shedding", "short", "1 while sources that can be done without are refused.", Query{`max by (instance) (ifsev_store_shedding{SEL})`, "{{instance}}"}),
		lines("Backups", "short", "In an hour.", Query{`sum by (result) (increase(ifsev_backups_total{SEL}[1h]))`, "{{result}}"}),
		lines("Retention", "short", "Closed incidents that left the store, in an hour.",
			Query{`sum(increase(ifsev_archived_incidents_total{SEL}[1h]))`, "archived"},
			Query{`sum(increase(ifsev_removed_incidents_total{SEL}[1h]))`, "removed"},
			Query{`sum(increase(ifsev_archive_failures_total{SEL}[1h]))`, "failures"}).wide(24),
	}}
}

func replicasRow() Row {
	return Row{"Replicas", []Panel{
		lines("Partitions led", "short", "", Query{`ifsev_partitions_leased{SEL}`, "{{instance}}"}).stacked(),
		lines("Replicas that each one sees", "short", "They differ while one is coming or going.", Query{`ifsev_replicas{SEL}`, "{{instance}}"}),
		lines("Versions", "short", "", Query{`count by (version) (ifsev_build_info{SEL})`, "{{version}}"}).stacked(),
		lines("CPU", "short", "Cores in use.", Query{`rate(process_cpu_seconds_total{SEL}[$__rate_interval])`, "{{instance}}"}),
		lines("Memory", "bytes", "", Query{`process_resident_memory_bytes{SEL}`, "{{instance}}"}),
		lines("Goroutines", "short", "A number that only grows is a fault.", Query{`go_goroutines{SEL}`, "{{instance}}"}),
	}}
}

func selfWatchRow() Row {
	return Row{"Self-watch", []Panel{
		lines("Synthetic events, 99 of 100", "s", "What every real event meets too, by stage.",
			Query{`histogram_quantile(0.99, sum by (stage, le) (rate(ifsev_synthetic_seconds_bucket{SEL}[$__rate_interval])))`, "{{stage}}"}),
		lines("Last synthetic event that arrived", "s", "How long ago.", Query{`time() - (ifsev_synthetic_last_success_timestamp_seconds{SEL} > 0)`, "{{instance}}"}).from(180, 600),
		lines("Synthetic events that did not arrive", "short", "In an hour.", Query{`sum by (instance) (increase(ifsev_synthetic_failures_total{SEL}[1h]))`, "{{instance}}"}),
		lines("Invariants violated", "short", "0 as long as ifsev does what it promises.", Query{`sum by (invariant) (ifsev_invariant_violations{SEL})`, "{{invariant}}"}).stacked(),
		lines("Index entries made anew", "short", "In an hour.", Query{`sum by (invariant) (increase(ifsev_invariant_repairs_total{SEL}[1h]))`, "{{invariant}}"}),
		lines("Audited", "ops", "Documents and lanes that were held against the indexes.", Query{`sum by (instance) (rate(ifsev_invariant_checks_total{SEL}[$__rate_interval]))`, "{{instance}}"}),
		lines("Last heartbeat that arrived", "s", "How long ago.", Query{`time() - (ifsev_heartbeat_last_success_timestamp_seconds{SEL} > 0)`, "{{instance}}"}).from(180, 600),
		lines("Heartbeats that were not taken", "short", "In an hour.", Query{`sum by (instance) (increase(ifsev_heartbeat_failures_total{SEL}[1h]))`, "{{instance}}"}),
		lines("Faults", "short", "Parts that were started again after a fault, in an hour.", Query{`sum by (instance, loop) (increase(ifsev_loop_restarts_total{SEL}[1h])) > 0`, "{{instance}} {{loop}}"}),
	}}
}
