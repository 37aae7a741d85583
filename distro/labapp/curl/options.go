package curl

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// options are the command line of one call. The names are curl's.
type options struct {
	silent, showError, insecure, fail, include, head, verbose, location bool

	output    string
	writeOut  string
	headers   []string
	method    string
	data      []string
	dataRaw   []string
	dataBytes []string
	user      string
	cacert    string
	cert, key string
	maxTime   float64
	connect   float64

	urls []string
}

func parse(args []string) (options, error) {
	var o options
	f := pflag.NewFlagSet("curl", pflag.ContinueOnError)
	f.SetOutput(io.Discard) // errors are reported in curl's form
	f.BoolVarP(&o.silent, "silent", "s", false, "no error messages")
	f.BoolVarP(&o.showError, "show-error", "S", false, "error messages in spite of -s")
	f.BoolVarP(&o.insecure, "insecure", "k", false, "do not verify the server's certificate")
	f.BoolVarP(&o.fail, "fail", "f", false, "exit 22 on an HTTP error, without the body")
	f.BoolVarP(&o.include, "include", "i", false, "print the response's headers too")
	f.BoolVarP(&o.head, "head", "I", false, "print the headers only (HEAD)")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "print request and response headers to stderr")
	f.BoolVarP(&o.location, "location", "L", false, "follow redirects")
	f.StringVarP(&o.output, "output", "o", "", "write the body to a file")
	f.StringVarP(&o.writeOut, "write-out", "w", "", "print this at the end, with %{http_code} and so on")
	f.StringArrayVarP(&o.headers, "header", "H", nil, "add a header (@FILE: those of a file)")
	f.StringVarP(&o.method, "request", "X", "", "method")
	f.StringArrayVarP(&o.data, "data", "d", nil, "POST this (@FILE: a file without its newlines)")
	f.StringArrayVar(&o.dataRaw, "data-raw", nil, "POST this, @ has no meaning")
	f.StringArrayVar(&o.dataBytes, "data-binary", nil, "POST this (@FILE: a file as it is)")
	f.StringVarP(&o.user, "user", "u", "", "USER:PASSWORD for basic authentication")
	f.StringVar(&o.cacert, "cacert", "", "certificate authorities (PEM)")
	f.StringVarP(&o.cert, "cert", "E", "", "client certificate (PEM)")
	f.StringVar(&o.key, "key", "", "client certificate's key (PEM)")
	f.Float64VarP(&o.maxTime, "max-time", "m", 0, "seconds for the whole transfer")
	f.Float64Var(&o.connect, "connect-timeout", 0, "seconds for connecting")
	f.StringArrayVar(&o.urls, "url", nil, "URL")
	f.BoolP("no-buffer", "N", false, "no effect")
	f.BoolP("progress-bar", "#", false, "no effect")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.urls = append(o.urls, f.Args()...)
	return o, nil
}

// timeout is the whole transfer's, zero for none.
func (o *options) timeout() time.Duration { return seconds(o.maxTime) }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// target completes a URL as curl does: without a scheme it is http.
func target(text string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, failure{urlMalformed, "URL rejected: malformed: " + text}
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, failure{unsupportedProtocol, fmt.Sprintf("Protocol %q not supported", u.Scheme)}
	}
	if u.Hostname() == "" {
		return nil, failure{urlMalformed, "URL rejected: No host part in the URL"}
	}
	return u, nil
}

// verb is the request's method.
func (o *options) verb(hasBody bool) string {
	switch {
	case o.method != "":
		return o.method
	case o.head:
		return http.MethodHead
	case hasBody:
		return http.MethodPost
	}
	return http.MethodGet
}

// body joins all data by "&", as curl does.
func (o *options) body(stdin io.Reader) (content string, given bool, err error) {
	var parts []string
	for _, d := range o.data {
		text, err := fromFile(d, stdin)
		if err != nil {
			return "", false, err
		}
		if strings.HasPrefix(d, "@") {
			text = strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(text)
		}
		parts = append(parts, text)
	}
	parts = append(parts, o.dataRaw...)
	for _, d := range o.dataBytes {
		text, err := fromFile(d, stdin)
		if err != nil {
			return "", false, err
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "&"), len(parts) > 0, nil
}

func fromFile(text string, stdin io.Reader) (string, error) {
	name, isFile := strings.CutPrefix(text, "@")
	if !isFile {
		return text, nil
	}
	content, err := readAll(name, stdin)
	if err != nil {
		return "", failure{readError, fmt.Sprintf("Failed to open %s", name)}
	}
	return string(content), nil
}

func readAll(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(name)
}

// setHeaders applies -H: "Name: value" sets, "Name:" removes, "Name;" sends an empty value.
func (o *options) setHeaders(request *http.Request, stdin io.Reader) error {
	for _, h := range o.headers {
		lines, err := fromFile(h, stdin)
		if err != nil {
			return err
		}
		for line := range strings.SplitSeq(lines, "\n") {
			setHeader(request, strings.TrimSpace(line))
		}
	}
	if name, password, ok := strings.Cut(o.user, ":"); ok || name != "" {
		request.SetBasicAuth(name, password)
	}
	return nil
}

func setHeader(request *http.Request, line string) {
	name, value, hasColon := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch {
	case !hasColon && strings.HasSuffix(name, ";"):
		request.Header.Set(strings.TrimSuffix(name, ";"), "")
	case !hasColon:
	case strings.EqualFold(name, "Host"):
		request.Host = value
	case value == "" && strings.EqualFold(name, "User-Agent"):
		request.Header.Set(name, "") // net/http would put its own in
	case value == "":
		request.Header.Del(name)
	default:
		request.Header.Set(name, value)
	}
}

var errNoURL = errors.New("no URL specified")
