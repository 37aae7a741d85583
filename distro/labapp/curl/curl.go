// Package curl is the subset of curl that one needs in a lab, over net/http:
// same options, same output, same exit codes. An option that it does not know
// is an error and never ignored.
package curl

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	userAgent    = "curl/8.0 (satrain lab)"
	maxRedirects = 50
)

// Main makes the requests that args (without the program's name) ask for, one
// after the other, and returns the exit code of the last.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parse(args)
	if err == nil && len(o.urls) == 0 {
		err = errNoURL
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "curl:", err)
		return int(badUsage)
	}
	var code exitCode
	for _, text := range o.urls {
		t := transfer{options: &o, stdin: stdin, stdout: stdout, stderr: stderr, started: time.Now()}
		err := t.run(ctx, text)
		code = exitCodeOf(err)
		if err != nil && (!o.silent || o.showError) {
			_, _ = fmt.Fprintf(stderr, "curl: (%d) %s\n", code, message(err))
		}
		t.writeOut(text, code)
	}
	return int(code)
}

// transfer is one request with what is known about it for -w.
type transfer struct {
	*options
	stdin          io.Reader
	stdout, stderr io.Writer
	started        time.Time

	response *http.Response
	received int64
}

func (t *transfer) run(ctx context.Context, text string) error {
	if limit := t.timeout(); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	request, err := t.request(ctx, text)
	if err != nil {
		return err
	}
	client, err := t.client()
	if err != nil {
		return err
	}
	if t.verbose {
		t.traceRequest(request)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	t.response = response
	if t.verbose {
		t.traceResponse(response)
	}
	if t.fail && response.StatusCode >= http.StatusBadRequest {
		return failure{httpReturnedError, fmt.Sprintf("The requested URL returned error: %d", response.StatusCode)}
	}
	return t.save(response)
}

func (t *transfer) request(ctx context.Context, text string) (*http.Request, error) {
	u, err := target(text)
	if err != nil {
		return nil, err
	}
	body, hasBody, err := t.body(t.stdin)
	if err != nil {
		return nil, err
	}
	var content io.Reader
	if hasBody {
		content = strings.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, t.verb(hasBody), u.String(), content)
	if err != nil {
		return nil, failure{badUsage, err.Error()}
	}
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Accept", "*/*")
	if hasBody {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return request, t.setHeaders(request, t.stdin)
}

func (t *transfer) client() (*http.Client, error) {
	secure, err := t.tls()
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: seconds(t.connect)}
	client := &http.Client{Transport: &http.Transport{
		Proxy:              http.ProxyFromEnvironment,
		DialContext:        dialer.DialContext,
		TLSClientConfig:    secure,
		ForceAttemptHTTP2:  true,
		DisableKeepAlives:  true,
		DisableCompression: true, // curl shows what was sent
	}}
	client.CheckRedirect = func(_ *http.Request, via []*http.Request) error {
		switch {
		case !t.location:
			return http.ErrUseLastResponse
		case len(via) > maxRedirects:
			return failure{tooManyRedirects, fmt.Sprintf("Maximum (%d) redirects followed", maxRedirects)}
		}
		return nil
	}
	return client, nil
}

func (t *transfer) tls() (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: t.insecure} //nolint:gosec // -k
	if t.cacert != "" {
		pem, err := os.ReadFile(t.cacert)
		config.RootCAs = x509.NewCertPool()
		if err != nil || !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, failure{badCACert, fmt.Sprintf("error setting certificate file: %s", t.cacert)}
		}
	}
	if t.cert != "" {
		key := t.key
		if key == "" {
			key = t.cert
		}
		pair, err := tls.LoadX509KeyPair(t.cert, key)
		if err != nil {
			return nil, failure{badClientCert, "could not load client certificate: " + err.Error()}
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// save writes headers (-i, -I) and body to stdout or to the file of -o.
func (t *transfer) save(response *http.Response) (err error) {
	out := t.stdout
	if t.output != "" && t.output != "-" {
		file, err := os.Create(t.output)
		if err != nil {
			return failure{writeError, fmt.Sprintf("Failed to open the file %s", t.output)}
		}
		defer func() { _ = file.Close() }()
		out = file
	}
	if t.include || t.head {
		if _, err := fmt.Fprintf(out, "%s\r\n", headLines(response, "")); err != nil {
			return failure{writeError, err.Error()}
		}
	}
	sink := &sinkWriter{to: out}
	t.received, err = io.Copy(sink, response.Body)
	if sink.err != nil {
		return failure{writeError, "Failure writing output to destination"}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return failure{partialFile, "transfer closed with outstanding read data remaining"}
	}
	return err
}

// sinkWriter remembers whether it was the writing that failed.
type sinkWriter struct {
	to  io.Writer
	err error
}

func (s *sinkWriter) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	s.err = err
	return n, err
}
