package apiclient

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"distro.satrain.dev/labapp/kubeapi"
)

// config comes from the environment:
//
//	API_PATHS    what to GET, separated by commas or spaces; "{namespace}" is
//	             replaced by the Pod's own (default: a ConfigMap that every namespace has)
//	SERVICE_URL  a service to GET with the token, instead of the API
//	CLIENT_CERT_FILE  a credential bundle (private key and certificate chain, PEM): the service at SERVICE_URL, which must
//	             be an https one, is asked with this certificate and without any token
//	SERVICE_ID   the SPIFFE ID of that service's certificate (default: it is known by its host name)
//	TOKEN_FILE   default: the mounted ServiceAccount token
//	CA_FILE      default: the mounted authority
//	API_SERVER   default: as the kubelet says
//	INTERVAL     default: 2s
//	LISTEN       where /status and /healthz are served (default :8080)
//	LOG          "all" logs every attempt; by default one that ends like the one before is not logged
type config struct {
	client    kubeapi.Client
	paths     []string
	namespace string
	interval  time.Duration
	listen    string
	logAll    bool
}

const (
	defaultPath     = "/api/v1/namespaces/{namespace}/configmaps/kube-root-ca.crt"
	defaultInterval = 2 * time.Second
	defaultListen   = ":8080"
)

func configure(getenv func(string) string) (config, error) {
	c := config{
		client: kubeapi.Client{
			TokenFile: cmp.Or(getenv("TOKEN_FILE"), kubeapi.DefaultTokenFile),
			CAFile:    cmp.Or(getenv("CA_FILE"), kubeapi.DefaultCAFile),
		},
		namespace: kubeapi.Namespace(getenv),
		interval:  defaultInterval,
		listen:    cmp.Or(getenv("LISTEN"), defaultListen),
		logAll:    getenv("LOG") == "all",
	}
	if text := getenv("INTERVAL"); text != "" {
		interval, err := time.ParseDuration(text)
		if err != nil || interval <= 0 {
			return config{}, fmt.Errorf("INTERVAL %q is not a duration such as 2s", text)
		}
		c.interval = interval
	}
	if service := getenv("SERVICE_URL"); service != "" {
		err := c.useService(service)
		if err == nil && getenv("CLIENT_CERT_FILE") != "" {
			err = c.useCertificate(getenv("CLIENT_CERT_FILE"), getenv("SERVICE_ID"))
		}
		return c, err
	}
	if getenv("CLIENT_CERT_FILE") != "" {
		return config{}, errors.New("CLIENT_CERT_FILE is for a service: SERVICE_URL is not set")
	}
	for _, path := range strings.FieldsFunc(cmp.Or(getenv("API_PATHS"), defaultPath), isSeparator) {
		if !strings.HasPrefix(path, "/") {
			return config{}, fmt.Errorf("API_PATHS: %q does not begin with a slash", path)
		}
		c.paths = append(c.paths, c.expand(path))
	}
	if len(c.paths) == 0 {
		return config{}, fmt.Errorf("API_PATHS: no path in %q", getenv("API_PATHS"))
	}
	var err error
	if c.client.Server = getenv("API_SERVER"); c.client.Server == "" {
		c.client.Server, err = kubeapi.InCluster(getenv)
	}
	return c, err
}

func (c *config) useService(service string) error {
	u, err := url.Parse(service)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("SERVICE_URL %q is not an http or https URL", service)
	}
	c.client.Server = u.Scheme + "://" + u.Host
	c.paths = []string{cmp.Or(u.RequestURI(), "/")}
	return nil
}

func (c *config) useCertificate(file, serviceID string) error {
	if !strings.HasPrefix(c.client.Server, "https://") {
		return fmt.Errorf("CLIENT_CERT_FILE: %s is not an https URL", c.client.Server)
	}
	c.client.TokenFile, c.client.CertFile, c.client.ServerID = "", file, serviceID
	return nil
}

func (c *config) expand(path string) string {
	return strings.ReplaceAll(path, "{namespace}", c.namespace)
}

func isSeparator(r rune) bool { return strings.ContainsRune(", \t\n", r) }
