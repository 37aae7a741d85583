package curl

import (
	"bytes"
	"context"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// echo answers with what it was sent: method, some headers, body.
func echo(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/missing":
		http.Error(w, "gone", http.StatusNotFound)
	case "/redirect":
		http.Redirect(w, r, "/target", http.StatusFound)
	case "/loop":
		http.Redirect(w, r, "/loop", http.StatusFound)
	case "/slow":
		<-r.Context().Done()
	case "/hangup":
		connection, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = connection.Close()
		}
	default:
		w.Header().Set("X-Test", "yes")
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.Method+" "+r.URL.Path+" ["+r.Header.Get("Authorization")+"] "+
			r.Header.Get("Content-Type")+" "+string(body))
	}
}

// curl runs one command line.
func curl(stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errors bytes.Buffer
	code = Main(context.Background(), args, strings.NewReader(stdin), &out, &errors)
	return code, out.String(), errors.String()
}

func TestExitCodes(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(echo))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(echo))
	defer secure.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	if err := os.WriteFile(ca, content, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		want int
	}{
		{"success", []string{plain.URL}, 0},
		{"an HTTP error without -f", []string{plain.URL + "/missing"}, 0},
		{"an HTTP error with -f", []string{"-f", plain.URL + "/missing"}, 22},
		{"a name that does not resolve", []string{"http://no-such-host.invalid/"}, 6},
		{"nobody listens", []string{"http://" + closedPort(t)}, 7},
		{"too slow", []string{"-m", "0.05", plain.URL + "/slow"}, 28},
		{"an unknown authority", []string{secure.URL}, 60},
		{"a name that the certificate lacks", []string{"--cacert", ca, strings.Replace(secure.URL, "127.0.0.1", "localhost", 1)}, 60},
		{"the right authority", []string{"--cacert", ca, secure.URL}, 0},
		{"no verification", []string{"-k", secure.URL}, 0},
		{"an authority that is not there", []string{"--cacert", ca + ".not", secure.URL}, 77},
		{"no TLS at the other end", []string{strings.Replace(plain.URL, "http:", "https:", 1)}, 35},
		{"an empty reply", []string{plain.URL + "/hangup"}, 52},
		{"redirects without end", []string{"-L", plain.URL + "/loop"}, 47},
		{"another protocol", []string{"ftp://127.0.0.1/"}, 1},
		{"no host", []string{"http://"}, 3},
		{"no URL", []string{"-s"}, 2},
		{"an unknown option", []string{"--http3", plain.URL}, 2},
		{"a file that cannot be written", []string{"-o", "/nowhere/at/all", plain.URL}, 23},
		{"a file that cannot be read", []string{"-d", "@/nowhere/at/all", plain.URL}, 26},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, _, stderr := curl("", test.args...)
			if code != test.want {
				t.Errorf("exit %d, want %d; stderr: %s", code, test.want, stderr)
			}
			if (stderr != "") != (test.want != 0) {
				t.Errorf("stderr: %q", stderr)
			}
		})
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func TestRequests(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(file, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const form, json = "application/x-www-form-urlencoded", "application/json"
	tests := []struct {
		name, stdin string
		args        []string
		want        string
	}{
		{"GET", "", []string{"/a"}, "GET /a []  "},
		{"a bearer token", "", []string{"-H", "Authorization: Bearer x", "/a"}, "GET /a [Bearer x]  "},
		{"short options in one word", "", []string{"-sSkH", "Authorization: Bearer x", "/a"}, "GET /a [Bearer x]  "},
		{"-d makes it POST", "", []string{"-d", "a=1", "-d", "b=2", "/a"}, "POST /a [] " + form + " a=1&b=2"},
		{"-X with JSON", "", []string{"-XPATCH", "-H", "Content-Type: " + json, "-d", "{}", "/a"}, "PATCH /a [] " + json + " {}"},
		{"-d without newlines", "", []string{"-d", "@" + file, "/a"}, "POST /a [] " + form + " onetwo"},
		{"--data-binary with them", "", []string{"--data-binary", "@" + file, "/a"}, "POST /a [] " + form + " one\ntwo\n"},
		{"--data-raw has no files", "", []string{"--data-raw", "@x", "/a"}, "POST /a [] " + form + " @x"},
		{"from stdin", "typed", []string{"-d", "@-", "/a"}, "POST /a [] " + form + " typed"},
		{"basic authentication", "", []string{"-u", "u:p", "/a"}, "GET /a [Basic dTpw]  "},
		{"redirects are followed on demand", "", []string{"-L", "/redirect"}, "GET /target []  "},
		{"after --", "", []string{"-s", "--", "/a"}, "GET /a []  "},
		{"an option after the URL", "", []string{"/a", "-X", "PUT"}, "PUT /a []  "},
		{"-w", "", []string{"-s", "-o", os.DevNull, "-w", `%{http_code}\n%{size_download} 100%%`, "/a"}, "200\n11 100%"},
		{"-w after a refusal", "", []string{"-sf", "-w", "%{http_code} %{exitcode}", "/missing"}, "404 22"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := append([]string{}, test.args...)
			for i, a := range args {
				if strings.HasPrefix(a, "/") && a != os.DevNull {
					args[i] = strings.TrimPrefix(server.URL, "http://") + a // no scheme: http
				}
			}
			code, stdout, stderr := curl(test.stdin, args...)
			if stdout != test.want {
				t.Errorf("%q, want %q; exit %d, stderr %q", stdout, test.want, code, stderr)
			}
		})
	}
}

func TestTheCodeIsZeroWhenThereIsNoAnswer(t *testing.T) {
	code, stdout, stderr := curl("", "-s", "-w", "%{http_code}", "http://"+closedPort(t))
	if code != 7 || stdout != "000" || stderr != "" {
		t.Errorf("exit %d, %q, stderr %q", code, stdout, stderr)
	}
}

func TestErrorsAreSilentWithSUnlessShown(t *testing.T) {
	url := "http://" + closedPort(t)
	for want, options := range map[bool]string{true: "-sS", false: "-s"} {
		_, _, stderr := curl("", options, url)
		if got := strings.HasPrefix(stderr, "curl: (7) "); got != want {
			t.Errorf("%s: stderr %q", options, stderr)
		}
	}
}

func TestHeadersAreShown(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	for name, test := range map[string]struct {
		options string
		body    bool
	}{"with the body": {"-i", true}, "alone": {"-I", false}} {
		_, stdout, _ := curl("", test.options, server.URL+"/a")
		if !strings.HasPrefix(stdout, "HTTP/1.1 200 OK\r\n") || !strings.Contains(stdout, "X-Test: yes\r\n") {
			t.Errorf("%s: %q", name, stdout)
		}
		if got := strings.HasSuffix(stdout, "GET /a []  "); got != test.body {
			t.Errorf("%s: %q", name, stdout)
		}
	}
	_, stdout, stderr := curl("", "-v", "-H", "X-Sent: yes", server.URL+"/a")
	if stdout != "GET /a []  " || !strings.Contains(stderr, "> X-Sent: yes") || !strings.Contains(stderr, "< X-Test: yes") {
		t.Errorf("verbose: %q, stderr %q", stdout, stderr)
	}
}

func TestTheTokenIsNotTakenToAnotherHost(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(echo))
	defer target.Close()
	elsewhere := strings.Replace(target.URL, "127.0.0.1", "localhost", 1)
	origin := httptest.NewServer(http.RedirectHandler(elsewhere+"/b", http.StatusFound))
	defer origin.Close()
	_, stdout, stderr := curl("", "-L", "-H", "Authorization: Bearer x", origin.URL)
	if stdout != "GET /b []  " {
		t.Errorf("%q, stderr %q", stdout, stderr)
	}
}

func TestTheLimitCoversTheBody(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "begin")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	started := time.Now()
	code, stdout, _ := curl("", "-m", "0.2", server.URL)
	if code != 28 || stdout != "begin" || time.Since(started) > 5*time.Second {
		t.Errorf("exit %d with %q after %s", code, stdout, time.Since(started))
	}
}
