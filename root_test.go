package ifsev_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ifsev/ifsev"
)

func TestSeverityNames(t *testing.T) {
	t.Parallel()
	m := ifsev.DefaultSeverities()
	for text, want := range map[string]ifsev.Severity{"1": 1, "SEV1": 1, "sev-2": 2, "P3": 3, "info": 5, " INFO ": 5, "sev 4": 4} {
		if got, err := m.Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "6", "sev", "critical", "1.5"} {
		if got, err := m.Parse(text); err == nil || !strings.Contains(err.Error(), "SEV1, SEV2, SEV3, INFO") {
			t.Errorf("Parse(%q) = %v, %v; want an error that names the known ones", text, got, err)
		}
	}
	if m.Name(1) != "SEV1" || m.Name(4) != "SEV4" || m.Name(5) != "INFO" {
		t.Error("names")
	}
}

func TestEventTypesOfStatus(t *testing.T) {
	t.Parallel()
	for _, kind := range ifsev.EventTypes() {
		wantStatus := kind == ifsev.StatusChanged || kind == ifsev.Closed || kind == ifsev.Mitigated || kind == ifsev.Reopened
		if kind.Is(ifsev.StatusChanged) != wantStatus || !kind.Is(kind) {
			t.Errorf("%s", kind)
		}
	}
}

func TestDataKeepsWholeNumbers(t *testing.T) {
	t.Parallel()
	var d ifsev.Data
	const text = `{"big":123456789012345678901234567890,"exact":9007199254740993,"f":1.5,"list":["a",1],"n":null,"s":"x"}`
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	if d.Int("exact") != 9007199254740993 || d["f"] != 1.5 || d.String("s") != "x" || len(d.Strings("list")) != 1 {
		t.Errorf("%#v", d)
	}
	if back, _ := json.Marshal(d); string(back) != text {
		t.Errorf("%s", back)
	}
	for _, bad := range []string{`[1]`, `{"a":1} x`, `"x"`, `{`} {
		if err := d.UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestIncidentIDsTellTheirPartition(t *testing.T) {
	t.Parallel()
	for p := range ifsev.Partition(ifsev.Partitions) {
		id := ifsev.NewIncidentID([16]byte{1, 2, 3, 15: 0xff}, p)
		if got, err := ifsev.PartitionOfID(id); err != nil || got != p {
			t.Fatalf("%s: %d, %v; want %d", id, got, err, p)
		}
	}
	for _, bad := range []string{"", "INC-1", "zz", strings.Repeat("0", 36), "01020300-0000-0000-0000-0000000000"} {
		if _, err := ifsev.PartitionOfID(bad); err == nil {
			t.Errorf("%q passed for an incident ID", bad)
		}
	}
	if ifsev.PartitionOfKey("a") == ifsev.PartitionOfKey("b") && ifsev.PartitionOfKey("b") == ifsev.PartitionOfKey("c") {
		t.Error("keys do not spread")
	}
}

func TestDerivedIDsKeepTheirPartsApart(t *testing.T) {
	t.Parallel()
	a, b := ifsev.DerivedID("evt", "ab", "c"), ifsev.DerivedID("evt", "a", "bc")
	if a == b || a != ifsev.DerivedID("evt", "ab", "c") || !strings.HasPrefix(a, "evt_") {
		t.Error(a, b)
	}
}
