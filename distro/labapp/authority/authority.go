// Package authority is a small certificate authority for workloads: a key, a
// certificate of its own, and leaf certificates whose one name is a SPIFFE ID.
// It knows nothing of Kubernetes.
package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net/url"
	"os"
	"time"

	"distro.satrain.dev/labapp/credential"
)

const (
	ownLifetime = 10 * 365 * 24 * time.Hour
	serialBits  = 128
)

// Authority issues certificates.
type Authority struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

// New makes an authority.
func New(name string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.UTC().Truncate(time.Second), NotAfter: now.UTC().Truncate(time.Second).Add(ownLifetime),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return &Authority{key: key, certificate: certificate}, err
}

// Keep is the authority that file holds, or a new one that it will hold from now
// on: a container that is started again goes on with the one that it had.
func Keep(file, name string, now time.Time) (*Authority, error) {
	kept, err := credential.Load(file)
	if errors.Is(err, fs.ErrNotExist) {
		made, err := New(name, now)
		if err != nil {
			return nil, err
		}
		return made, made.save(file)
	}
	if err != nil {
		return nil, err
	}
	return fromBundle(kept)
}

func fromBundle(bundle tls.Certificate) (*Authority, error) {
	key, isECDSA := bundle.PrivateKey.(*ecdsa.PrivateKey)
	if !isECDSA || !bundle.Leaf.IsCA {
		return nil, errors.New("the kept file holds no authority")
	}
	return &Authority{key: key, certificate: bundle.Leaf}, nil
}

// save writes key and certificate, all or nothing.
func (a *Authority) save(file string) error {
	key, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return err
	}
	content := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	content = append(content, a.PEM()...)
	if err := os.WriteFile(file+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// PEM is the authority's own certificate, which those need who trust it.
func (a *Authority) PEM() string { return encode(a.certificate.Raw) }

// Issued is a leaf certificate. The authority signs it itself: the leaf is all there is of the chain.
type Issued struct {
	PEM                 string
	Serial              string
	NotBefore, NotAfter time.Time
}

// Issue makes a certificate for a client or server with the public key.
func (a *Authority) Issue(public crypto.PublicKey, id *url.URL, now time.Time, lifetime time.Duration) (Issued, error) {
	serial, err := newSerial()
	if err != nil {
		return Issued{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		URIs:         []*url.URL{id},
		NotBefore:    now.UTC().Truncate(time.Second), NotAfter: now.UTC().Truncate(time.Second).Add(lifetime),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, public, a.key)
	if err != nil {
		return Issued{}, err
	}
	return Issued{
		PEM: encode(der), Serial: credential.Serial(template),
		NotBefore: template.NotBefore, NotAfter: template.NotAfter,
	}, nil
}

func newSerial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
}

func encode(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
