// Package mtlsservice is the lab's mtls-service: an HTTPS server that knows its
// callers by their certificates alone. Without a certificate of its authority
// there is no connection; whoever has one is told who they are.
//
// Its configuration are environment variables:
//
//	CERT_FILE       required: its own credential bundle (private key and certificate chain, PEM)
//	CLIENT_CA_FILE  required: the authority of its callers' certificates
//	ALLOWED_IDS     the SPIFFE IDs that are let in, separated by commas or spaces (default: whoever has such a certificate)
//	LISTEN          default :8443
//
// Both files are read anew for each connection, since the kubelet rotates them.
package mtlsservice

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"distro.satrain.dev/labapp/credential"
)

const defaultListen = ":8443"

// Main serves until ctx ends and returns the exit code.
func Main(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		_, _ = fmt.Fprintln(stderr, "usage: mtls-service (configured by environment variables)")
		return 2
	}
	if err := run(ctx, getenv, stdout); err != nil {
		_, _ = fmt.Fprintln(stderr, "mtls-service:", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, getenv func(string) string, log io.Writer) error {
	certFile, authorityFile := getenv("CERT_FILE"), getenv("CLIENT_CA_FILE")
	if certFile == "" || authorityFile == "" {
		return errors.New("CERT_FILE and CLIENT_CA_FILE must be set")
	}
	// A file that is not there is worth knowing of at once.
	if _, err := configFor(certFile, authorityFile); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cmp.Or(getenv("LISTEN"), defaultListen))
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           &service{allowed: strings.FieldsFunc(getenv("ALLOWED_IDS"), isSeparator), log: log},
		TLSConfig:         Config(certFile, authorityFile),
		ReadHeaderTimeout: 5 * time.Second,
		ErrorLog:          stdlog.New(stamped{log}, "", 0),
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Config demands client certificates of the authority.
func Config(certFile, authorityFile string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return configFor(certFile, authorityFile)
		},
		// Never asked, since the function above always gives another configuration or an error.
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return nil, errors.New("no certificate")
		},
	}
}

func configFor(certFile, authorityFile string) (*tls.Config, error) {
	own, err := credential.Load(certFile)
	if err != nil {
		return nil, err
	}
	authority, err := credential.Authority(authorityFile)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{own},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    authority,
		// A resumed session would be one with files of before.
		SessionTicketsDisabled: true,
	}, nil
}

type service struct {
	allowed []string
	log     io.Writer
}

// caller is whoever is connected.
type caller struct {
	ID       string    `json:"id"`
	Serial   string    `json:"serial"`
	NotAfter time.Time `json:"notAfter"`
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	leaf := r.TLS.PeerCertificates[0] // there is one, or there would be no connection
	who := caller{ID: credential.ID(leaf), Serial: credential.Serial(leaf), NotAfter: leaf.NotAfter.UTC()}
	code, refusal := http.StatusOK, ""
	switch {
	case who.ID == "":
		code, refusal = http.StatusForbidden, "the certificate has no SPIFFE ID"
	case len(s.allowed) > 0 && !slices.Contains(s.allowed, who.ID):
		code, refusal = http.StatusForbidden, fmt.Sprintf("%s is not let in", who.ID)
	}
	_, _ = fmt.Fprintf(s.log, "%s %s %s from %s -> %d %s %s\n", time.Now().UTC().Format(time.RFC3339),
		r.Method, r.URL.Path, r.RemoteAddr, code, who.ID, who.Serial)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	var answer any = who
	if refusal != "" {
		// In the form of a Kubernetes Status, which api-client knows how to read.
		answer = map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure",
			"code": code, "reason": http.StatusText(code), "message": refusal}
	}
	_ = json.NewEncoder(w).Encode(answer) // the client is gone: nobody to tell
}

// stamped writes the time before each line.
type stamped struct{ to io.Writer }

func (s stamped) Write(line []byte) (int, error) {
	_, err := fmt.Fprintf(s.to, "%s %s", time.Now().UTC().Format(time.RFC3339), line)
	return len(line), err
}

func isSeparator(r rune) bool { return strings.ContainsRune(", \t\n", r) }
