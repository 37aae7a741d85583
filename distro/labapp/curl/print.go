package curl

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// headLines are the status line and the headers, each line ending as on the wire.
func headLines(response *http.Response, prefix string) string {
	var lines strings.Builder
	fmt.Fprintf(&lines, "%s%s %s\r\n", prefix, response.Proto, response.Status)
	writeHeaders(&lines, response.Header, prefix)
	return lines.String()
}

func writeHeaders(to io.Writer, headers http.Header, prefix string) {
	for _, name := range slices.Sorted(maps.Keys(headers)) { // net/http forgets the order
		for _, value := range headers[name] {
			_, _ = fmt.Fprintf(to, "%s%s: %s\r\n", prefix, name, value)
		}
	}
}

// traceRequest prints what is sent, as curl -v does: the Authorization header
// too, since it is the caller's own.
func (t *transfer) traceRequest(request *http.Request) {
	host := request.Host
	if host == "" {
		host = request.URL.Host
	}
	_, _ = fmt.Fprintf(t.stderr, "> %s %s HTTP/1.1\r\n> Host: %s\r\n", request.Method, request.URL.RequestURI(), host)
	writeHeaders(t.stderr, request.Header, "> ")
	_, _ = fmt.Fprint(t.stderr, ">\r\n")
}

func (t *transfer) traceResponse(response *http.Response) {
	if state := response.TLS; state != nil && len(state.PeerCertificates) > 0 {
		leaf := state.PeerCertificates[0]
		_, _ = fmt.Fprintf(t.stderr, "* Server certificate: subject %s; issuer %s; expires %s\n",
			leaf.Subject, leaf.Issuer, leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	_, _ = fmt.Fprint(t.stderr, headLines(response, "< "), "<\r\n")
}

// writeOut prints the text of -w. A variable that is not known stays empty.
func (t *transfer) writeOut(url string, code exitCode) {
	if t.options.writeOut == "" {
		return
	}
	status, contentType, effective := 0, "", url
	if r := t.response; r != nil {
		status, contentType, effective = r.StatusCode, r.Header.Get("Content-Type"), r.Request.URL.String()
	}
	values := map[string]string{
		"http_code":     fmt.Sprintf("%03d", status),
		"response_code": fmt.Sprintf("%03d", status),
		"size_download": strconv.FormatInt(t.received, 10),
		"time_total":    fmt.Sprintf("%.6f", time.Since(t.started).Seconds()),
		"content_type":  contentType,
		"url_effective": effective,
		"exitcode":      strconv.Itoa(int(code)),
	}
	_, _ = fmt.Fprint(t.stdout, expand(t.options.writeOut, values))
}

// expand replaces %{name}, %% and the escapes \n, \r and \t.
func expand(format string, values map[string]string) string {
	var out strings.Builder
	for format != "" {
		switch {
		case strings.HasPrefix(format, "%{"):
			name, rest, closed := strings.Cut(format[2:], "}")
			if !closed {
				return out.String() + format
			}
			out.WriteString(values[name])
			format = rest
		case strings.HasPrefix(format, "%%"):
			out.WriteByte('%')
			format = format[2:]
		case strings.HasPrefix(format, `\n`), strings.HasPrefix(format, `\r`), strings.HasPrefix(format, `\t`):
			out.WriteByte(map[byte]byte{'n': '\n', 'r': '\r', 't': '\t'}[format[1]])
			format = format[2:]
		default:
			out.WriteByte(format[0])
			format = format[1:]
		}
	}
	return out.String()
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
