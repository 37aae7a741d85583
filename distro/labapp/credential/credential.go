// Package credential reads what a Pod with a podCertificate volume holds: a
// credential bundle (a private key and the certificate chain, in one file) and
// the certificates of an authority. Who somebody is, is the SPIFFE ID in their
// certificate: workloads have no host names to go by.
//
// Nothing is kept, since the kubelet rotates the files. A key never appears in
// an error.
package credential

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// Load reads a credential bundle. The key must be that of the first certificate.
func Load(file string) (tls.Certificate, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return tls.Certificate{}, err
	}
	certificate, err := tls.X509KeyPair(content, content)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%s: %w", file, err)
	}
	return certificate, nil
}

// Authority reads the certificates of an authority.
func Authority(file string) (*x509.CertPool, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		return nil, fmt.Errorf("no certificate in %s", file)
	}
	return pool, nil
}

// ID is the SPIFFE ID of a certificate, such as
// spiffe://cluster.local/ns/web/sa/app; empty if it has none, or several.
func ID(certificate *x509.Certificate) string {
	id := ""
	for _, uri := range certificate.URIs {
		if uri.Scheme != "spiffe" {
			continue
		}
		if id != "" {
			return ""
		}
		id = uri.String()
	}
	return id
}

// Serial is the certificate's serial number in hexadecimal.
func Serial(certificate *x509.Certificate) string {
	return fmt.Sprintf("%x", certificate.SerialNumber)
}

// VerifyServer returns a function for tls.Config.VerifyConnection: the server's
// certificate is of the authority, and its SPIFFE ID is id.
func VerifyServer(authority *x509.CertPool, id string) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		leaf := state.PeerCertificates[0] // a TLS server always has one
		intermediates := x509.NewCertPool()
		for _, certificate := range state.PeerCertificates[1:] {
			intermediates.AddCert(certificate)
		}
		_, err := leaf.Verify(x509.VerifyOptions{
			Roots: authority, Intermediates: intermediates,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		})
		if err != nil {
			return err
		}
		if got := ID(leaf); got != id {
			return fmt.Errorf("the server is %q, not %q", got, id)
		}
		return nil
	}
}
