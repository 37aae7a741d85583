// Package wget is busybox's wget over net/http: same options, same messages, same exit codes. Debian's static busybox
// crashes when its own wget is given a timeout. An option that it does not know is an error and never ignored.
package wget

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	userAgent    = "Wget"
	maxRedirects = 5
)

// Main downloads what args (without the program's name) name, and returns the exit code.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "wget: %s\n%s", err, usage)
		return 1
	}
	for _, address := range o.addresses {
		d := download{options: &o, stdout: stdout, stderr: stderr}
		if err := d.run(ctx, address); err != nil {
			_, _ = fmt.Fprintln(stderr, "wget:", err)
			return 1
		}
	}
	return 0
}

// download is one file.
type download struct {
	*options
	stdout, stderr io.Writer
}

// say writes what -q suppresses.
func (d *download) say(format string, words ...any) {
	if !d.quiet {
		_, _ = fmt.Fprintf(d.stderr, format+"\n", words...)
	}
}

func (d *download) run(ctx context.Context, address string) error {
	target, err := parseAddress(address)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := d.watch(cancel)
	response, err := d.ask(ctx, target)
	if err != nil {
		return d.reason(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	stalled.moved()
	if d.showServer {
		d.serverSaid(response)
	}
	if response.StatusCode < http.StatusOK || response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("server returned error: %s %s", response.Proto, response.Status)
	}
	if d.spider {
		d.say("remote file exists")
		return nil
	}
	return d.save(ctx, response, stalled)
}

func (d *download) ask(ctx context.Context, target *url.URL) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, d.method(), target.String(), strings.NewReader(d.postData))
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", d.agent)
	if d.hasPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, header := range d.headers {
		name, value, _ := strings.Cut(header, ":")
		if strings.EqualFold(name, "Host") {
			request.Host = strings.TrimSpace(value)
		}
		request.Header.Set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	if target.Scheme == "https" && !d.trustsAll {
		d.say("wget: note: TLS certificate validation not implemented")
	}
	client := &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: d.dial, DisableCompression: true, DisableKeepAlives: true,
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // as busybox's
		},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return errors.New("too many redirections")
			}
			return nil
		},
	}
	return client.Do(request)
}

// dial says where it connects to.
func (d *download) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	found, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil || len(found) == 0 {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("bad address '%s'", host)
	}
	shown := host
	if port != "80" && port != "443" {
		shown = address
	}
	d.say("Connecting to %s (%s)", shown, net.JoinHostPort(found[0], port))
	conn, err := (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(found[0], port))
	var refused syscall.Errno
	if errors.As(err, &refused) {
		return nil, fmt.Errorf("can't connect to remote host (%s): %s", found[0], capital(refused.Error()))
	}
	return conn, err
}

func capital(text string) string {
	return strings.ToUpper(text[:1]) + text[1:]
}

// reason is what went wrong, without the words that net/http puts around it.
func (d *download) reason(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errStalled) {
		return cause
	}
	var op *net.OpError
	var wrapped *url.Error
	switch {
	case errors.As(err, &wrapped):
		return wrapped.Err
	case errors.As(err, &op):
		return op.Err
	}
	return err
}

func (d *download) serverSaid(response *http.Response) {
	_, _ = fmt.Fprintf(d.stderr, "  %s %s\n", response.Proto, response.Status)
	for name, values := range response.Header {
		for _, value := range values {
			_, _ = fmt.Fprintf(d.stderr, "  %s: %s\n", name, value)
		}
	}
}

func (d *download) save(ctx context.Context, response *http.Response, stalled *watchdog) error {
	name := d.output
	if name == "" {
		name = filepath.Join(d.folder, fileName(response.Request.URL))
	}
	var to io.Writer
	if name == "-" {
		d.say("writing to stdout")
		to = d.stdout
	} else {
		flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
		if d.output == "" {
			flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
		}
		file, err := os.OpenFile(name, flags, 0o666) //nolint:gosec // the user names it
		if err != nil {
			return fmt.Errorf("can't open '%s': %s", name, capital(rootCause(err)))
		}
		defer func() { _ = file.Close() }()
		d.say("saving to '%s'", name)
		to = file
	}
	if _, err := io.Copy(to, &moving{response.Body, stalled}); err != nil {
		return d.reason(ctx, err)
	}
	if name == "-" {
		d.say("written to stdout")
	} else {
		d.say("'%s' saved", name)
	}
	return nil
}

func rootCause(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number.Error()
	}
	return err.Error()
}

// fileName is the last part of a path, as busybox names the file.
func fileName(from *url.URL) string {
	if name := path.Base(from.Path); name != "." && name != "/" && !strings.HasSuffix(from.Path, "/") {
		return name
	}
	return "index.html"
}

func parseAddress(text string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	target, err := url.Parse(text)
	if err != nil || target.Host == "" {
		return nil, fmt.Errorf("bad address '%s'", text)
	}
	if target.Scheme != "http" && target.Scheme != "https" {
		return nil, fmt.Errorf("not an http or ftp url: %s", text)
	}
	return target, nil
}

var errStalled = errors.New("download timed out")

// watchdog ends a download in which nothing has moved for a while.
type watchdog struct {
	timer *time.Timer
	limit time.Duration
}

func (d *download) watch(end context.CancelCauseFunc) *watchdog {
	if d.timeout <= 0 {
		return &watchdog{}
	}
	return &watchdog{time.AfterFunc(d.timeout, func() { end(errStalled) }), d.timeout}
}

func (w *watchdog) moved() {
	if w.timer != nil {
		w.timer.Reset(w.limit)
	}
}

// moving tells the watchdog of each part that comes.
type moving struct {
	from    io.Reader
	stalled *watchdog
}

func (m *moving) Read(into []byte) (int, error) {
	count, err := m.from.Read(into)
	m.stalled.moved()
	return count, err
}
