package redisstate_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/redisstate"
)

// scripted is a server that answers as it is told: what real ones rarely say. answer gets the words of a command and how
// often one by that name came before, and answers in RESP2.
type scripted struct {
	listener net.Listener
	wg       sync.WaitGroup

	mu     sync.Mutex
	seen   map[string]int
	order  []string
	answer func(words []string, before int) string
}

func newScripted(t *testing.T, answer func(words []string, before int) string) *scripted {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{listener: l, seen: map[string]int{}, answer: answer}
	t.Cleanup(func() { _ = l.Close(); s.wg.Wait() })
	s.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.serve(conn) })
		}
	})
	return s
}

func (s *scripted) url() string { return "redis://" + s.listener.Addr().String() + "/0" }

func (s *scripted) count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[name]
}

func (s *scripted) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for r := bufio.NewReader(conn); ; {
		words, err := command(r)
		if err != nil {
			return
		}
		name := strings.ToUpper(words[0])
		s.mu.Lock()
		before := s.seen[name]
		s.seen[name]++
		s.order = append(s.order, name)
		s.mu.Unlock()
		var reply string
		switch {
		case name == "HELLO":
			reply = "*2\r\n$6\r\nserver\r\n$5\r\nredis\r\n"
		case name == "CLIENT", name == "SELECT":
			reply = "+OK\r\n"
		case name == "INFO" && len(words) == 1: // what it is judged by
			reply = "$0\r\n\r\n"
		case name == "CONFIG":
			reply = "*0\r\n"
		case name == "HMGET" && strings.HasSuffix(words[1], "{meta}:layout"):
			reply = "*2\r\n$2\r\n64\r\n$1\r\n1\r\n"
		default:
			reply = s.answer(words, before)
		}
		if reply == "" {
			return // it hangs up
		}
		if _, err := io.WriteString(conn, reply); err != nil {
			return
		}
	}
}

// command reads an array of bulk strings.
func command(r *bufio.Reader) ([]string, error) {
	number := func() (int, error) {
		line, err := r.ReadString('\n')
		if err != nil {
			return 0, err
		}
		return strconv.Atoi(strings.TrimSpace(line[1:]))
	}
	n, err := number()
	if err != nil {
		return nil, err
	}
	words := make([]string, n)
	for i := range words {
		size, err := number()
		if err != nil {
			return nil, err
		}
		text := make([]byte, size+2)
		if _, err := io.ReadFull(r, text); err != nil {
			return nil, err
		}
		words[i] = string(text[:size])
	}
	return words, nil
}

func TestPassingAnswersAreTriedAgain(t *testing.T) {
	t.Parallel()
	for _, says := range []string{
		"LOADING Redis is loading the dataset in memory", "READONLY You can't write against a read only replica.",
		"CLUSTERDOWN The cluster is down", "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
		"TRYAGAIN Multiple keys request during rehashing of slot", "BUSY Redis is busy running a script. You can only call SCRIPT KILL",
		"NOREPLICAS Not enough good replicas to write.", "MISCONF Redis is configured to save RDB snapshots, but it's unable to persist",
		"ERR max number of clients reached", "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
		"", // it hangs up
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			s := newScripted(t, func(_ []string, before int) string {
				switch {
				case before >= 3:
					return ":7\r\n"
				case says == "":
					return ""
				}
				return "-" + says + "\r\n"
			})
			n, err := open(t, s.url()).Number(t.Context(), "x")
			if err != nil || n != 7 || s.count("EVALSHA") != 4 {
				t.Errorf("%d, %v after %d tries", n, err, s.count("EVALSHA"))
			}
		})
	}
}

func TestOtherAnswersAreNot(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		kind error // nil: a fault
		word string
	}{
		"OOM command not allowed when used memory > 'maxmemory'.":                        {state.ErrFull, "maxmemory"},
		"MISCONF Errors writing to the AOF file: No space left on device":                {state.ErrFull, "disk"},
		"NOPERM User ifsev has no permissions to run the 'evalsha' command":              {state.ErrUnavailable, "ACL line"},
		"NOAUTH Authentication required.":                                                {state.ErrUnavailable, "wants a password"},
		"WRONGPASS invalid username-password pair or user is disabled.":                  {state.ErrUnavailable, "user or password"},
		"ERR This instance has cluster support disabled":                                 {state.ErrUnavailable, "redis://"},
		"MOVED 3999 127.0.0.1:6381":                                                      {state.ErrUnavailable, "redis+cluster://"},
		"WRONGTYPE Operation against a key holding the wrong kind of value":              {nil, "WRONGTYPE"},
		"IFSEV key ifsev:{p1}:wakes holds a string where a zset belongs":                 {nil, "where a zset belongs"},
		"ERR Error running script (call to f_1): @user_script:9: Script attempted to do": {nil, "user_script"},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			s := newScripted(t, func([]string, int) string { return "-" + says + "\r\n" })
			_, err := open(t, s.url()).Number(t.Context(), "x")
			if err == nil || !strings.Contains(err.Error(), c.word) || s.count("EVALSHA") != 1 {
				t.Errorf("%v after %d tries, want %q after one", err, s.count("EVALSHA"), c.word)
			}
			for _, kind := range []error{state.ErrFull, state.ErrUnavailable} {
				if errors.Is(err, kind) != errors.Is(c.kind, kind) {
					t.Errorf("%v, want %v", err, c.kind)
				}
			}
		})
	}
}

// TestTheDiskIsWaitedFor shows what a server with WAITAOF is asked, in which order, and what its answers mean.
func TestTheDiskIsWaitedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		waits []string // what WAITAOF answers, one after the other; the last for ever
		says  string   // a word of the error
		sets  int      // writes that stand for what was found written
	}{
		"on the disk at once":   {[]string{"*2\r\n:1\r\n:0\r\n"}, "", 1},
		"late":                  {[]string{"*2\r\n:0\r\n:0\r\n", "*2\r\n:1\r\n:0\r\n"}, "", 1},
		"never":                 {[]string{"*2\r\n:0\r\n:2\r\n"}, "not on the disk", 0},
		"it cannot":             {[]string{"-ERR unknown command 'WAITAOF', with args beginning with: '1' '0' '500' \r\n"}, "7.2 or newer", 0},
		"nothing to write to":   {[]string{"-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n"}, "appendonly yes", 0},
		"it became a replica":   {[]string{"-UNBLOCKED force unblock from blocking operation\r\n", "*2\r\n:1\r\n:0\r\n"}, "", 1},
		"the connection breaks": {[]string{"", "*2\r\n:1\r\n:0\r\n"}, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScripted(t, func(words []string, before int) string {
				switch strings.ToUpper(words[0]) {
				case "WAITAOF":
					if words[1] != "1" || words[2] != "0" {
						t.Errorf("%q", words)
					}
					return c.waits[min(before, len(c.waits)-1)]
				case "SET":
					return "+OK\r\n"
				case "EVALSHA":
					if before == 0 {
						return "-NOSCRIPT No matching script. Please use EVAL.\r\n"
					}
				}
				return ":7\r\n"
			})
			store := openWith(t, s.url(), redisstate.Options{Durability: redisstate.Disk, Budget: 400 * time.Millisecond})
			n, err := store.Number(t.Context(), "x")
			if c.says == "" && (err != nil || n != 7) || c.says != "" && (!errors.Is(err, state.ErrUnavailable) || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%d, %v, want %q", n, err, c.says)
			}
			if got := s.count("SET"); got != c.sets {
				t.Errorf("%d writes to wait for, want %d", got, c.sets)
			}
			if s.count("EVAL") == 0 {
				t.Error("the script was not sent in full")
			}
		})
	}
}

// TestNobodyIsThere: in each form that is told within the budget.
func TestNobodyIsThere(t *testing.T) {
	t.Parallel()
	watcher := redistest.StartSentinel(t).Watcher.Addr()
	for _, url := range []string{
		"redis+sentinel://" + watcher + "/another/0", "redis+sentinel://127.0.0.1:1/mymaster", "redis+cluster://127.0.0.1:1,127.0.0.1:2", "redis://127.0.0.1:1",
	} {
		began := time.Now()
		_, err := redisstate.Open(t.Context(), url, redisstate.Options{Budget: 300 * time.Millisecond})
		if !errors.Is(err, state.ErrUnavailable) || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %v after %v", url, err, time.Since(began))
		}
		if strings.Contains(url, "another") && !strings.Contains(err.Error(), "no Sentinel knows") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
