package actionstest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// post sends a body and answers status, headers and text; the error is that of the exchange.
func post(t *testing.T, url, body string, headers ...string) (*http.Response, string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return postIn(ctx, t, url, body, headers...)
}

func postIn(ctx context.Context, t *testing.T, url, body string, headers ...string) (*http.Response, string, error) {
	t.Helper()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(q)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

func TestReceiverRecords(t *testing.T) {
	t.Parallel()
	r := NewReceiver(t)
	resp, text, err := post(t, r.URL()+"/a/b?c=d", `{"e":1}`, "Idempotency-Key", "dlv_1")
	if err != nil || resp.StatusCode != http.StatusOK || text != `{"ok":true}` {
		t.Fatalf("%v %q %v", resp, text, err)
	}
	q := r.Requests()[0]
	if q.Method != http.MethodPost || q.Path != "/a/b" || q.Query.Get("c") != "d" || q.Key() != "dlv_1" || string(q.Body) != `{"e":1}` || q.JSON()["e"] != 1.0 || q.Status != 200 || !q.Done || q.At.IsZero() {
		t.Errorf("recorded %+v", q)
	}
}

func TestReceiverFollowsItsPlan(t *testing.T) {
	t.Parallel()
	r := NewReceiver(t)
	r.Behave(Behaviour{Status: 500, Times: 2}, Behaviour{Status: 429, Header: map[string]string{"Retry-After": "3"}, Body: "slow"}, Behaviour{Drop: true})
	r.Always(&Behaviour{Status: 410})
	for i, want := range []int{500, 500, 429, 0, 410, 410} {
		resp, text, err := post(t, r.URL(), "{}", "Idempotency-Key", "k")
		switch {
		case want == 0:
			if err == nil {
				t.Errorf("request %d was answered %d", i, resp.StatusCode)
			}
		case err != nil || resp.StatusCode != want:
			t.Errorf("request %d: %v %v, want %d", i, resp, err, want)
		case want == 429 && (resp.Header.Get("Retry-After") != "3" || text != "slow"):
			t.Errorf("request %d: %v %q", i, resp.Header, text)
		}
	}
	if done := r.Done(); len(done["k"]) != 1 || done["k"][0].Status != 0 {
		t.Errorf("done %+v, want the one that was dropped", done)
	}
	r.Always(nil)
	if resp, _, err := post(t, r.URL(), "{}"); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %v %v", resp, err)
	}
}

func TestReceiverHangsUntilSomebodyGivesUp(t *testing.T) {
	t.Parallel()
	r, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.Always(&Behaviour{Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, _, err := postIn(ctx, t, r.URL(), "{}"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, _, err := post(t, r.URL(), "{}"); err == nil {
			t.Error("a hanging request was answered")
		}
	})
	if _, err := r.Wait(t.Context(), 2); err != nil {
		t.Error(err)
	}
	r.Close()
	r.Close()
	wg.Wait()
	if len(r.Done()) != 0 {
		t.Error("a hanging receiver did the work")
	}
}

func TestReceiverTakesItsTime(t *testing.T) {
	t.Parallel()
	r := NewReceiver(t)
	r.Behave(Behaviour{Delay: 30 * time.Millisecond})
	start := time.Now()
	if resp, _, err := post(t, r.URL(), "{}"); err != nil || resp.StatusCode != http.StatusOK || time.Since(start) < 30*time.Millisecond {
		t.Errorf("%v %v after %s", resp, err, time.Since(start))
	}
}

func TestWaitGivesUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewReceiver(t).Wait(ctx, 1); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "0 of 1") {
		t.Errorf("%v", err)
	}
}

func TestReceiverIsSafeForManyAtOnce(t *testing.T) {
	t.Parallel()
	r := NewReceiver(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, _, _ = post(t, r.URL(), "{}") // what came of it is counted below
			r.Behave(Behaviour{Status: 500})
			_ = r.Requests()
		})
	}
	if got, err := r.Wait(t.Context(), 20); err != nil || len(got) < 20 {
		t.Errorf("%d requests, %v", len(got), err)
	}
	wg.Wait()
}
