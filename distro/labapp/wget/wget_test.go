package wget

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func called(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := Main(context.Background(), args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func served(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Method+" "+r.Header.Get("Authorization")+" "+r.UserAgent())
	})
	mux.HandleFunc("/post", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	mux.HandleFunc("/closed", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/page", http.StatusFound) })
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(20 * time.Second):
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestWhatIsAskedForComesToStdout(t *testing.T) {
	server := served(t)
	for _, args := range [][]string{
		{"-qO-", server.URL + "/page"}, {"-q", "-O", "-", server.URL + "/moved"}, {"-T", "5", "-qO-", server.URL + "/page"},
		{"--quiet", "--output-document=-", "--timeout=5", strings.TrimPrefix(server.URL, "http://") + "/page"},
	} {
		if code, out, said := called(t, args...); code != 0 || out != "GET  Wget" || said != "" {
			t.Errorf("%v: %d %q %q", args, code, out, said)
		}
	}
	if _, out, _ := called(t, "-qO-", "--header", "Authorization: Bearer x", "-U", "me", server.URL+"/page"); out != "GET Bearer x me" {
		t.Errorf("%q", out)
	}
	if _, out, _ := called(t, "-qO-", "--post-data=a=b", server.URL+"/post"); out != "a=b" {
		t.Errorf("%q", out)
	}
	_, _, said := called(t, "-O-", server.URL+"/page")
	if !strings.HasPrefix(said, "Connecting to 127.0.0.1:") || !strings.HasSuffix(said, "writing to stdout\nwritten to stdout\n") {
		t.Errorf("%q", said)
	}
}

func TestFailuresAreToldAsBusyboxTellsThem(t *testing.T) {
	server := served(t)
	for address, wanted := range map[string]string{
		server.URL + "/closed":         "wget: server returned error: HTTP/1.1 403 Forbidden\n",
		server.URL + "/slow":           "wget: download timed out\n",
		server.URL + "/round":          "wget: too many redirections\n",
		"http://127.0.0.1:9/":          "wget: can't connect to remote host (127.0.0.1): Connection refused\n",
		"http://no-such-host.invalid/": "wget: bad address 'no-such-host.invalid'\n",
		"ftp://127.0.0.1/":             "wget: not an http or ftp url: ftp://127.0.0.1/\n",
	} {
		if code, out, said := called(t, "-T", "1", "-qO-", address); code != 1 || out != "" || said != wanted {
			t.Errorf("%s: %d %q %q", address, code, out, said)
		}
	}
	for _, args := range [][]string{{}, {"-x", "u"}, {"--mirror", "u"}, {"-O"}, {"-T", "soon", "u"}} {
		if code, _, said := called(t, args...); code != 1 || !strings.Contains(said, "Usage: wget") {
			t.Errorf("%v: %d %q", args, code, said)
		}
	}
}

func TestFilesAreNamedAndNotReplaced(t *testing.T) {
	server, folder := served(t), t.TempDir()
	for range 2 {
		code, _, said := called(t, "-P", folder, server.URL+"/page")
		text, err := os.ReadFile(filepath.Join(folder, "page"))
		if err != nil || string(text) != "GET  Wget" {
			t.Fatalf("%d %q %v", code, said, err)
		}
	}
	code, _, said := called(t, "-q", "-P", folder, server.URL+"/page")
	if code != 1 || !strings.HasSuffix(said, "page': File exists\n") {
		t.Errorf("%d %q", code, said)
	}
	if code, _, said := called(t, "-q", "--spider", server.URL+"/page"); code != 0 || said != "" {
		t.Errorf("%d %q", code, said)
	}
}

func TestAServerWithACertificateOfItsOwnIsAsked(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "s") }))
	defer server.Close()
	if code, out, said := called(t, "-qO-", server.URL); code != 0 || out != "s" || said != "" {
		t.Errorf("%d %q %q", code, out, said)
	}
	if _, _, said := called(t, "-O-", server.URL); !strings.Contains(said, "TLS certificate validation not implemented") {
		t.Errorf("%q", said)
	}
}
