// Package kubeapi asks the Kubernetes API as a container in a Pod does: over
// net/http with the files of the mounted ServiceAccount volume. It does without
// client-go, whose convenience would hide just what a lab is about.
//
// Files are read anew for every request, since the kubelet rotates tokens. A
// token never appears in an Answer or an error.
package kubeapi

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"distro.satrain.dev/labapp/credential"
)

const (
	mountPath = "/var/run/secrets/kubernetes.io/serviceaccount/"
	// DefaultTokenFile is where a Pod has its token unless automounting is off.
	DefaultTokenFile = mountPath + "token"
	// DefaultCAFile is where a Pod has the API server's certificate authority.
	DefaultCAFile        = mountPath + "ca.crt"
	defaultNamespaceFile = mountPath + "namespace"

	requestTimeout = 10 * time.Second
	maxBody        = 1 << 20
)

// Client asks one server, which may be the API server, a service that takes the
// same bearer tokens, or one that knows its callers by their certificates.
type Client struct {
	Server    string // such as https://10.223.0.1:443
	TokenFile string // empty: asked without a token
	CAFile    string
	CertFile  string // empty: asked without a client certificate; else its credential bundle
	ServerID  string // with CertFile: the server's SPIFFE ID; empty: known by its host name
}

// Answer is what a server said.
type Answer struct {
	Code      int
	Reason    string // a Kubernetes reason such as "Forbidden", or the HTTP status text
	Message   string // of a Kubernetes Status, else empty
	Body      []byte
	Anonymous bool   // asked without a token or certificate
	Identity  string // the SPIFFE ID of the certificate that it was asked with
}

// OK says whether the code is of the 2xx kind.
func (a Answer) OK() bool { return a.Code >= 200 && a.Code < 300 }

// InCluster is the API server's address as the kubelet gives it to containers.
func InCluster(getenv func(string) string) (string, error) {
	host, port := getenv("KUBERNETES_SERVICE_HOST"), getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return "", errors.New("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: not in a Pod?")
	}
	return "https://" + net.JoinHostPort(host, port), nil
}

// FromEnvironment is the client of a Pod's own API server: TOKEN_FILE, CA_FILE and
// API_SERVER, else as the kubelet provides them.
func FromEnvironment(getenv func(string) string) (Client, error) {
	client := Client{
		Server:    getenv("API_SERVER"),
		TokenFile: cmp.Or(getenv("TOKEN_FILE"), DefaultTokenFile),
		CAFile:    cmp.Or(getenv("CA_FILE"), DefaultCAFile),
	}
	var err error
	if client.Server == "" {
		client.Server, err = InCluster(getenv)
	}
	return client, err
}

// Namespace is the Pod's own namespace: POD_NAMESPACE, else as in the mounted
// volume, else "default".
func Namespace(getenv func(string) string) string {
	if ns := getenv("POD_NAMESPACE"); ns != "" {
		return ns
	}
	if content, err := os.ReadFile(defaultNamespaceFile); err == nil {
		return strings.TrimSpace(string(content))
	}
	return "default"
}

// Do sends one request with the token, or without one if there is no token
// file. A PATCH is a JSON merge patch. An error means that no answer came; whatever code came is an Answer.
func (c *Client) Do(ctx context.Context, method, path string, body []byte) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, c.Server+path, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	request.Header.Set("Accept", "application/json")
	switch {
	case method == http.MethodPatch:
		request.Header.Set("Content-Type", "application/merge-patch+json")
	case len(body) > 0:
		request.Header.Set("Content-Type", "application/json")
	}
	token, err := c.token()
	if err != nil {
		return Answer{}, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer := Answer{Anonymous: token == "" && c.CertFile == ""}
	transport, identity, err := c.transport(request.URL.Scheme, token != "")
	if err != nil {
		return Answer{}, err
	}
	answer.Identity = identity
	// A redirect is an answer too, and must not carry the token elsewhere.
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	response, err := client.Do(request)
	if err != nil {
		return answer, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return answer, err
	}
	answer.Code, answer.Reason, answer.Body = response.StatusCode, http.StatusText(response.StatusCode), content
	answer.readStatus()
	return answer, nil
}

// readStatus takes reason and message from a body that is a Kubernetes Status.
func (a *Answer) readStatus() {
	var status struct{ Kind, Reason, Message string }
	if json.Unmarshal(a.Body, &status) != nil || status.Kind != "Status" {
		return
	}
	if status.Reason != "" {
		a.Reason = status.Reason
	}
	a.Message = status.Message
}

func (c *Client) token() (string, error) {
	if c.TokenFile == "" {
		return "", nil
	}
	content, err := os.ReadFile(c.TokenFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("token file: %w", err)
	}
	token := strings.TrimSpace(string(content))
	if strings.ContainsAny(token, " \t\r\n") { // net/http would quote it in its error
		return "", fmt.Errorf("token file %s holds no token", c.TokenFile)
	}
	return token, nil
}

// transport has no kept-alive connections: each request shows the state of
// things now, and the certificate authority may have changed since the last.
//
// With it comes the SPIFFE ID of the client certificate, if there is one.
func (c *Client) transport(scheme string, sendsToken bool) (t *http.Transport, identity string, err error) {
	t = &http.Transport{DisableKeepAlives: true}
	if scheme != "https" {
		return t, "", nil
	}
	if c.CertFile != "" {
		t.TLSClientConfig, identity, err = c.mutual()
		return t, identity, err
	}
	t.TLSClientConfig, err = c.oneSided(sendsToken)
	return t, "", err
}

// oneSided is for a connection in which the server alone shows a certificate.
func (c *Client) oneSided(sendsToken bool) (*tls.Config, error) {
	pem, err := os.ReadFile(c.CAFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !sendsToken:
		// Without the mounted volume there is neither a token nor an authority.
		// Nothing secret is sent, so an unverified server can learn nothing.
		return &tls.Config{InsecureSkipVerify: true}, nil //nolint:gosec // see above
	case err != nil:
		return nil, fmt.Errorf("certificate authority, without which the token is not sent: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificate authority: no certificate in %s", c.CAFile)
	}
	return &tls.Config{RootCAs: pool}, nil
}

// mutual is for a connection in which both sides show a certificate.
func (c *Client) mutual() (*tls.Config, string, error) {
	own, err := credential.Load(c.CertFile)
	if err != nil {
		return nil, "", fmt.Errorf("client certificate: %w", err)
	}
	authority, err := credential.Authority(c.CAFile)
	if err != nil {
		return nil, "", fmt.Errorf("certificate authority: %w", err)
	}
	conf := &tls.Config{
		RootCAs: authority,
		// Shown even if the server names other authorities: then it can say what is wrong with it.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil },
	}
	if c.ServerID != "" {
		conf.InsecureSkipVerify = true //nolint:gosec // by host name; the function below verifies chain and identity
		conf.VerifyConnection = credential.VerifyServer(authority, c.ServerID)
	}
	return conf, credential.ID(own.Leaf), nil
}
