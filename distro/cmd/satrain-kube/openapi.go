package main

// The OpenAPI documents of the built-in groups: half a second of work, which upstream does before the server answers. Here
// that of v2 is made when somebody asks for it, and that of v3 when the aggregator asks for the second time, a second after the
// start. Who asks the server for v3 earlier waits.

import (
	"errors"
	"net/http"
	"strings"
	"sync"

	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/mux"
	"k8s.io/apiserver/pkg/server/routes"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
)

const (
	openAPIV2 = "/openapi/v2"
	openAPIV3 = "/openapi/v3"
)

// documents are those of kube-apiserver's own groups; the aggregator adds the others.
type documents struct {
	config *genericapiserver.Config
	// Closed when the server is prepared.
	prepared chan struct{}
	// Closed when the aggregator has the document of v3.
	given     chan struct{}
	giveFirst sync.Once
}

// lateDocuments changes the configuration so that no document is made at the start.
func lateDocuments(config *apiserver.Config) *documents {
	own := config.KubeAPIs.ControlPlane.Generic
	own.SkipOpenAPIInstallation = true
	d := &documents{config: own, prepared: make(chan struct{}), given: make(chan struct{})}
	outermost := config.Aggregator.GenericConfig
	usual := outermost.BuildHandlerChainFunc
	outermost.BuildHandlerChainFunc = func(handler http.Handler, c *genericapiserver.Config) http.Handler {
		return usual(d.waiting(handler), c)
	}
	return d
}

// install registers the documents where upstream would. `outermost` is the aggregator's server.
func (d *documents) install(outermost *genericapiserver.GenericAPIServer) error {
	own, ok := outermost.NextDelegate().(*genericapiserver.GenericAPIServer)
	if !ok {
		return errors.New("the aggregator does not delegate to a GenericAPIServer")
	}
	container, paths := own.Handler.GoRestfulContainer, own.Handler.NonGoRestfulMux
	v2 := sync.OnceValue(func() http.Handler {
		made := mux.NewPathRecorderMux("openapi-v2")
		routes.OpenAPI{Config: d.config.OpenAPIConfig}.InstallV2(container, made)
		return made
	})
	v3 := sync.OnceValue(func() http.Handler {
		made := mux.NewPathRecorderMux("openapi-v3")
		routes.OpenAPI{V3Config: d.config.OpenAPIV3Config}.InstallV3(container, made)
		return made
	})
	serveV3 := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-d.prepared:
			v3().ServeHTTP(w, r)
			// The aggregator holds its lock until it has noted this down.
			d.giveFirst.Do(func() { close(d.given) })
		default:
			// The aggregator asks while it is being prepared, and once more after a second.
			http.Error(w, "not made yet", http.StatusServiceUnavailable)
		}
	})
	paths.Handle(openAPIV2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { v2().ServeHTTP(w, r) }))
	paths.Handle(openAPIV3, serveV3)
	paths.HandlePrefix(openAPIV3+"/", serveV3)
	return nil
}

// waiting lets nobody see a document of v3 that lacks the built-in groups.
func (d *documents) waiting(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == openAPIV3 || strings.HasPrefix(r.URL.Path, openAPIV3+"/") {
			select {
			case <-d.given:
			case <-r.Context().Done():
				http.Error(w, "the document is not made yet", http.StatusServiceUnavailable)
				return
			}
		}
		handler.ServeHTTP(w, r)
	})
}
