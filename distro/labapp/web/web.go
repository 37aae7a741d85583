// Package web is a static web server, which the lab images run in place of
// nginx and Apache. It takes their usual command lines, serves the files at
// their usual place and ends at once when told to.
package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"time"

	"github.com/spf13/pflag"
)

const (
	defaultPort = "80"
	nginxRoot   = "/usr/share/nginx/html"
	apacheRoot  = "/usr/local/apache2/htdocs"
	apacheName  = "httpd-foreground"
)

// Main serves until ctx ends and returns the exit code. args begin with the
// program's name, which tells whose files are served by default. The port is that of the
// environment's PORT (80 by default: containerd lets any user listen there).
func Main(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	flags := pflag.NewFlagSet(args[0], pflag.ContinueOnError)
	flags.SetOutput(stderr)
	usualRoot := nginxRoot
	if path.Base(args[0]) == apacheName {
		usualRoot = apacheRoot
	}
	root := flags.String("root", usualRoot, "directory to serve")
	flags.StringArrayP("global", "g", nil, "ignored: nginx -g 'daemon off;'")
	if err := flags.Parse(args[1:]); err != nil {
		return 2
	}
	address := net.JoinHostPort("", cmp.Or(getenv("PORT"), defaultPort))
	if err := serve(ctx, address, *root, stdout); err != nil {
		_, _ = fmt.Fprintf(stderr, "%s: %v\n", args[0], err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, address, root string, log io.Writer) error {
	if _, err := os.Stat(root); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: logged(http.FileServer(http.Dir(root)), log), ReadHeaderTimeout: 5 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func logged(next http.Handler, log io.Writer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := &statusRecorder{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(recorder, r)
		_, _ = fmt.Fprintf(log, "%s %s %q %d\n", time.Now().UTC().Format(time.RFC3339), r.RemoteAddr,
			r.Method+" "+r.URL.RequestURI(), recorder.code)
	})
}

type statusRecorder struct {
	http.ResponseWriter
	code int
}

func (r *statusRecorder) WriteHeader(code int) {
	r.code = code
	r.ResponseWriter.WriteHeader(code)
}
