package web

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestItServesFilesAndEndsAtOnce(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "index.html"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	_ = free.Close()

	ctx, stop := context.WithCancel(context.Background())
	done, env := make(chan int, 1), map[string]string{"PORT": port}
	go func() {
		args := []string{"nginx", "-g", "daemon off;", "--root", root}
		done <- Main(ctx, args, func(name string) string { return env[name] }, io.Discard, io.Discard)
	}()
	if got := eventually(t, "http://127.0.0.1:"+port+"/"); got != "hello" {
		t.Errorf("got %q", got)
	}
	stop()
	select {
	case code := <-done:
		if code != 0 {
			t.Errorf("exit %d", code)
		}
	case <-time.After(2 * time.Second):
		t.Error("still running after 2 s")
	}
}

func eventually(t *testing.T, url string) string {
	t.Helper()
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var response *http.Response
		if response, err = http.Get(url); err == nil {
			content, _ := io.ReadAll(response.Body)
			_ = response.Body.Close()
			return string(content)
		}
	}
	t.Fatal(err)
	return ""
}

func TestAMissingDirectoryIsAnError(t *testing.T) {
	var stderr bytes.Buffer
	code := Main(context.Background(), []string{"web", "--root", "/nowhere"}, os.Getenv, io.Discard, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "/nowhere") {
		t.Errorf("exit %d with %q", code, stderr.String())
	}
}
