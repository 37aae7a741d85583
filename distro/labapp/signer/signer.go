// Package signer is the lab's certificate-signer: it answers the
// PodCertificateRequests of one signer name, as Kubernetes leaves to whoever
// runs such a signer. It makes an authority of its own, publishes its
// certificate in a ConfigMap, and only then signs.
//
// A request that it does not take is denied with a reason, for good: the kubelet
// asks no second time for the same Pod.
//
// Its configuration are environment variables:
//
//	SIGNER_NAME       required, such as ca.example.com/web
//	NAMESPACE         whose requests it answers (default: the Pod's own)
//	SERVICE_ACCOUNTS  to whose Pods it gives certificates, separated by commas or spaces (default: all of the Namespace)
//	TRUST_DOMAIN      default cluster.local: identities are spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/SERVICEACCOUNT
//	CA_CONFIG_MAP     where it publishes its authority, as ca.crt (default certificate-authority)
//	CA_DIR            a directory in which it keeps its authority; without one each start makes a new authority
//	INTERVAL          how often it looks for requests (default 250ms)
//	TOKEN_FILE, CA_FILE, API_SERVER  as for api-client
//
// Its ServiceAccount must be allowed to list PodCertificateRequests, to patch
// their status and to create and patch the ConfigMap, all in that Namespace; and
// to "sign" for signers/SIGNER_NAME in the whole cluster.
package signer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"distro.satrain.dev/labapp/authority"
	"distro.satrain.dev/labapp/kubeapi"
)

const (
	defaultConfigMap   = "certificate-authority"
	defaultTrustDomain = "cluster.local"
	defaultInterval    = 250 * time.Millisecond
	keptFile           = "authority.pem"
)

// Main signs until ctx ends and returns the exit code.
func Main(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		_, _ = fmt.Fprintln(stderr, "usage: certificate-signer (configured by environment variables)")
		return 2
	}
	s, err := configure(getenv, stdout)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "certificate-signer:", err)
		return 1
	}
	s.run(ctx)
	return 0
}

type signer struct {
	client    kubeapi.Client
	authority *authority.Authority
	policy    policy
	namespace string
	configMap string
	interval  time.Duration
	log       io.Writer
	trouble   string // the last, so that it is logged once
}

func configure(getenv func(string) string, log io.Writer) (*signer, error) {
	name := getenv("SIGNER_NAME")
	if domain, path, _ := strings.Cut(name, "/"); domain == "" || path == "" {
		return nil, fmt.Errorf("SIGNER_NAME %q is not of the form example.com/name", name)
	}
	s := &signer{
		policy: policy{
			signerName:  name,
			trustDomain: cmp.Or(getenv("TRUST_DOMAIN"), defaultTrustDomain),
			accounts:    strings.FieldsFunc(getenv("SERVICE_ACCOUNTS"), isSeparator),
		},
		namespace: cmp.Or(getenv("NAMESPACE"), kubeapi.Namespace(getenv)),
		configMap: cmp.Or(getenv("CA_CONFIG_MAP"), defaultConfigMap),
		interval:  defaultInterval,
		log:       log,
	}
	if text := getenv("INTERVAL"); text != "" {
		interval, err := time.ParseDuration(text)
		if err != nil || interval <= 0 {
			return nil, fmt.Errorf("INTERVAL %q is not a duration such as 1s", text)
		}
		s.interval = interval
	}
	var err error
	if s.client, err = kubeapi.FromEnvironment(getenv); err != nil {
		return nil, err
	}
	if dir := getenv("CA_DIR"); dir != "" {
		s.authority, err = authority.Keep(filepath.Join(dir, keptFile), name, time.Now())
	} else {
		s.authority, err = authority.New(name, time.Now())
	}
	return s, err
}

// run publishes the authority, then answers requests, again and again.
func (s *signer) run(ctx context.Context) {
	published := false
	for ctx.Err() == nil {
		var err error
		if !published {
			err = s.publish(ctx)
			published = err == nil
		}
		if err == nil {
			err = s.answerAll(ctx)
		}
		if ctx.Err() == nil {
			s.report(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(s.interval):
		}
	}
}

// report logs what goes wrong, once as long as it is the same.
func (s *signer) report(err error) {
	now := ""
	if err != nil {
		now = err.Error()
	}
	if now != "" && now != s.trouble {
		s.write(now)
	}
	s.trouble = now
}

func (s *signer) write(line string) {
	_, _ = fmt.Fprintln(s.log, time.Now().UTC().Format(time.RFC3339), line)
}

// publish writes the authority's certificate into the ConfigMap.
func (s *signer) publish(ctx context.Context) error {
	maps := "/api/v1/namespaces/" + url.PathEscape(s.namespace) + "/configmaps"
	content := map[string]any{"data": map[string]string{"ca.crt": s.authority.PEM()}}
	err := s.send(ctx, http.MethodPatch, maps+"/"+url.PathEscape(s.configMap), content)
	if isNotFound(err) {
		content["apiVersion"], content["kind"] = "v1", "ConfigMap"
		content["metadata"] = map[string]string{"name": s.configMap}
		err = s.send(ctx, http.MethodPost, maps, content)
	}
	if err != nil {
		return fmt.Errorf("cannot publish the authority in ConfigMap %s/%s: %w", s.namespace, s.configMap, err)
	}
	s.write(fmt.Sprintf("%s: the authority is published in ConfigMap %s/%s", s.policy.signerName, s.namespace, s.configMap))
	return nil
}

// answerAll answers what is not answered yet. What goes wrong with one request does not keep the others waiting.
func (s *signer) answerAll(ctx context.Context) error {
	requests := "/apis/certificates.k8s.io/v1/namespaces/" + url.PathEscape(s.namespace) + "/podcertificaterequests"
	query := url.Values{"fieldSelector": {"spec.signerName=" + s.policy.signerName}}
	answer, err := s.client.Do(ctx, http.MethodGet, requests+"?"+query.Encode(), nil)
	if err == nil {
		err = refusal(answer)
	}
	var list struct{ Items []request }
	if err == nil {
		err = json.Unmarshal(answer.Body, &list)
	}
	if err != nil {
		return fmt.Errorf("cannot list PodCertificateRequests: %w", err)
	}
	var troubles []error
	for _, r := range list.Items {
		if len(r.Status.Conditions) > 0 || r.Spec.SignerName != s.policy.signerName {
			continue
		}
		d := s.policy.decide(r, s.authority, time.Now())
		path := requests + "/" + url.PathEscape(r.Metadata.Name) + "/status"
		if err := s.send(ctx, http.MethodPatch, path, map[string]any{"status": d.status}); err != nil {
			troubles = append(troubles, fmt.Errorf("cannot answer PodCertificateRequest %s: %w", r.Metadata.Name, err))
			continue
		}
		s.write(fmt.Sprintf("%s for Pod %s as ServiceAccount %s: %s", r.Metadata.Name, r.Spec.PodName, r.Spec.ServiceAccountName, d.about))
	}
	return errors.Join(troubles...)
}

func (s *signer) send(ctx context.Context, method, path string, content any) error {
	body, err := json.Marshal(content)
	if err != nil {
		return err
	}
	answer, err := s.client.Do(ctx, method, path, body)
	if err != nil {
		return err
	}
	return refusal(answer)
}

// statusError is an answer that is not 2xx.
type statusError struct{ answer kubeapi.Answer }

func (e statusError) Error() string {
	return fmt.Sprintf("%d %s", e.answer.Code, cmp.Or(e.answer.Message, e.answer.Reason))
}

func refusal(answer kubeapi.Answer) error {
	if answer.OK() {
		return nil
	}
	return statusError{answer}
}

func isNotFound(err error) bool {
	var status statusError
	return errors.As(err, &status) && status.answer.Code == http.StatusNotFound
}

func isSeparator(r rune) bool { return strings.ContainsRune(", \t\n", r) }
