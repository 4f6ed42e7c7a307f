// Command bench measures the whole route with a real daemon: how many alerts a second are accepted, decided and made
// durable, and how long it takes from the POST of an alert to the webhook it leads to; embedded and on Redis, with 10
// and with 1,000 rules. It prints a table with the machine it ran on; `make bench` runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	binary := flag.String("ifsev", "bin/ifsev", "the binary to measure")
	length := flag.Duration("for", 8*time.Second, "how long each measurement lasts")
	flag.Parse()
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "ifsev-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary folder harms nobody
	fmt.Printf("%s, %d cores, %s\n\n", cpu(), runtime.NumCPU(), runtime.Version())
	fmt.Println("| store | rules | events/s, 64 senders | POST p50 | POST p99 | to delivery p50, at 100/s | to delivery p99 |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, store := range []string{"embedded", "redis, AOF always"} {
		for _, n := range []int{10, 1000} {
			row, err := measure(ctx, *binary, filepath.Join(dir, fmt.Sprint(store, n)), store, n, *length)
			if err != nil {
				return fmt.Errorf("%s, %d rules: %w", store, n, err)
			}
			fmt.Println(row)
		}
	}
	return nil
}

func measure(ctx context.Context, binary, dir, store string, rules int, length time.Duration) (string, error) {
	r := newReceiver()
	defer r.Close()
	d, err := startDaemon(ctx, binary, dir, store, r.URL, rules)
	if err != nil {
		return "", err
	}
	defer d.stop()
	burst := flood(ctx, d.url, 64, length)
	r.drain(ctx, length)
	r.reset()
	paced(ctx, d.url, 100, length)
	r.drain(ctx, length)
	late := r.latencies()
	return fmt.Sprintf("| %s | %d | %.0f | %v | %v | %v | %v |", store, rules,
		float64(len(burst))/length.Seconds(), quantile(burst, .5), quantile(burst, .99), quantile(late, .5), quantile(late, .99)), nil
}

func cpu() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// running is a daemon under measurement, with the Redis it may need.
type running struct {
	url       string
	processes []*exec.Cmd
}

func (d *running) stop() {
	for i := len(d.processes) - 1; i >= 0; i-- {
		_ = d.processes[i].Process.Kill() // a measurement leaves nothing behind worth saving
		_ = d.processes[i].Wait()
	}
}

func startDaemon(ctx context.Context, binary, dir, store, receiver string, rules int) (*running, error) {
	if err := os.MkdirAll(filepath.Join(dir, "rules"), 0o755); err != nil {
		return nil, err
	}
	d := &running{}
	storeURL := "file:" + filepath.Join(dir, "data")
	if strings.HasPrefix(store, "redis") {
		address := freeAddress(ctx)
		_, port, _ := strings.Cut(address, ":")
		if err := d.start(ctx, "redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", dir, "--appendonly", "yes", "--appendfsync", "always", "--save", ""); err != nil {
			return nil, err
		}
		storeURL = "redis://" + address + "/0"
	}
	config := fmt.Sprintf("timezone: UTC\noutgoing: {allow_private: true}\nsources:\n  load:\n    kind: json\n    auth: none\n"+
		"    map: {key: body.incident, title: body.sent, fingerprint: body.incident, status: '\"firing\"'}\n"+
		"connections:\n  receiver: {kind: webhook, url: %q}\n", receiver)
	if err := os.WriteFile(filepath.Join(dir, "ifsev.yaml"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "rules", "rules.yaml"), []byte(ruleSet(rules)), 0o600); err != nil {
		return nil, err
	}
	address := freeAddress(ctx)
	d.url = "http://" + address
	err := d.start(ctx, binary, "serve", "--config", filepath.Join(dir, "ifsev.yaml"), "--rules", filepath.Join(dir, "rules"), "--store", storeURL, "--listen", address)
	if err == nil {
		err = waitReady(ctx, d.url)
	}
	if err != nil {
		d.stop()
		return nil, err
	}
	return d, nil
}

func (d *running) start(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	if err := cmd.Start(); err != nil {
		return err
	}
	d.processes = append(d.processes, cmd)
	return nil
}

// ruleSet is one rule that tells the receiver of every alert, and others of the usual kinds that look and do not fire.
func ruleSet(n int) string {
	var b strings.Builder
	b.WriteString("rules:\n  forward:\n    when: alert\n    then:\n      - webhook: {to: receiver, json: {sent: \"${event.title}\"}}\n")
	for i := 1; i < n; i++ {
		condition := fmt.Sprintf(`severity == 1 and "tag-%d" in tags`, i)
		switch i % 3 {
		case 1:
			condition = fmt.Sprintf(`status == "open" and service == "service-%d" and open_for > %dm`, i, i%60+1)
		case 2:
			condition = fmt.Sprintf(`severity <= 2 and not acknowledged and title contains "word-%d"`, i)
		}
		fmt.Fprintf(&b, "  rule-%d:\n    if: '%s'\n    then:\n      - note: never\n", i, condition)
	}
	return b.String()
}

func freeAddress(ctx context.Context) string {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "127.0.0.1:0"
	}
	defer func() { _ = l.Close() }() // it was only asked for a free port
	return l.Addr().String()
}
