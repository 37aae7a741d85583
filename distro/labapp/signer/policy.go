package signer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"distro.satrain.dev/labapp/authority"
)

const (
	// The bounds of certificates.k8s.io/v1 are an hour and 91 days.
	longest  = 24 * time.Hour
	shortest = time.Hour

	issuedType, deniedType, failedType = "Issued", "Denied", "Failed"

	// Reasons that Kubernetes itself knows.
	unsupportedKeyType = "UnsupportedKeyType"
	invalidAnnotations = "InvalidUnverifiedUserAnnotations"
	// Reasons of this signer.
	accountNotAllowed = "ServiceAccountNotAllowed"
	invalidRequest    = "InvalidRequest"
	signed            = "Signed"
)

// request is what counts of a certificates.k8s.io/v1 PodCertificateRequest.
type request struct {
	Metadata struct{ Name, Namespace string }
	Spec     struct {
		SignerName                string
		PodName                   string
		ServiceAccountName        string
		MaxExpirationSeconds      int64
		StubPKCS10Request         []byte
		UnverifiedUserAnnotations map[string]string
	}
	Status struct{ Conditions []condition }
}

type condition struct {
	Type               string    `json:"type"`
	Status             string    `json:"status"`
	Reason             string    `json:"reason"`
	Message            string    `json:"message"`
	LastTransitionTime time.Time `json:"lastTransitionTime"`
}

// status is the whole status of a request. The API takes it in one piece only.
type status struct {
	CertificateChain string      `json:"certificateChain,omitempty"`
	NotBefore        *time.Time  `json:"notBefore,omitempty"`
	NotAfter         *time.Time  `json:"notAfter,omitempty"`
	BeginRefreshAt   *time.Time  `json:"beginRefreshAt,omitempty"`
	Conditions       []condition `json:"conditions"`
}

// policy says who is given a certificate, and for which name.
type policy struct {
	signerName  string
	trustDomain string
	accounts    []string // empty: all
}

// decision is the answer to a request, and a few words about it for the log.
type decision struct {
	status status
	about  string
}

func (p policy) decide(r request, by *authority.Authority, now time.Time) decision {
	now = now.UTC().Truncate(time.Second)
	if len(r.Spec.UnverifiedUserAnnotations) > 0 {
		return refuse(deniedType, invalidAnnotations, "this signer knows no userAnnotations", now)
	}
	if account := r.Spec.ServiceAccountName; len(p.accounts) > 0 && !slices.Contains(p.accounts, account) {
		message := fmt.Sprintf("this signer gives certificates to the ServiceAccounts %s, not to %s", strings.Join(p.accounts, ", "), account)
		return refuse(deniedType, accountNotAllowed, message, now)
	}
	// The API server has verified the signature.
	asked, err := x509.ParseCertificateRequest(r.Spec.StubPKCS10Request)
	if err != nil {
		return refuse(failedType, invalidRequest, err.Error(), now)
	}
	key, isECDSA := asked.PublicKey.(*ecdsa.PublicKey)
	if !isECDSA || key.Curve != elliptic.P256() {
		return refuse(deniedType, unsupportedKeyType, "this signer takes the key type ECDSAP256", now)
	}
	lifetime := min(max(time.Duration(r.Spec.MaxExpirationSeconds)*time.Second, shortest), longest)
	id := p.id(r)
	issued, err := by.Issue(key, id, now, lifetime)
	if err != nil {
		return refuse(failedType, invalidRequest, err.Error(), now)
	}
	refresh := issued.NotBefore.Add(lifetime * 2 / 3).Truncate(time.Second)
	return decision{
		status: status{
			CertificateChain: issued.PEM,
			NotBefore:        &issued.NotBefore, NotAfter: &issued.NotAfter, BeginRefreshAt: &refresh,
			Conditions: []condition{newCondition(issuedType, signed, id.String(), now)},
		},
		about: fmt.Sprintf("issued %s for %s, valid for %s", issued.Serial, id, lifetime),
	}
}

func (p policy) id(r request) *url.URL {
	path := "/ns/" + r.Metadata.Namespace + "/sa/" + r.Spec.ServiceAccountName
	return &url.URL{Scheme: "spiffe", Host: p.trustDomain, Path: path}
}

func refuse(kind, reason, message string, now time.Time) decision {
	return decision{
		status: status{Conditions: []condition{newCondition(kind, reason, message, now)}},
		about:  fmt.Sprintf("%s: %s: %s", strings.ToLower(kind), reason, message),
	}
}

func newCondition(kind, reason, message string, now time.Time) condition {
	return condition{Type: kind, Status: "True", Reason: reason, Message: message, LastTransitionTime: now}
}
