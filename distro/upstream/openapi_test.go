package upstream_test

// The OpenAPI documents are made late, and nobody sees one that lacks the built-in groups.

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

func TestOpenAPIIsCompleteForWhoAsksFirst(t *testing.T) {
	server := begin(t, satrainKube(t), t.TempDir(), true)
	paths := server.v3Paths(t)
	if len(paths) < 40 {
		t.Errorf("only %d documents", len(paths))
	}
	for _, group := range server.groupVersions(t) {
		if _, ok := paths["apis/"+group]; !ok {
			t.Errorf("/openapi/v3 lacks %s", group)
		}
	}
	for path, kind := range map[string]string{"api/v1": "core.v1.Pod", "apis/apps/v1": "apps.v1.Deployment"} {
		if text := server.ask(t, http.MethodGet, paths[path], nil); !strings.Contains(string(text), `"io.k8s.api.`+kind+`":`) {
			t.Errorf("%s lacks %s", path, kind)
		}
	}
	var v2 struct {
		Definitions map[string]any `json:"definitions"`
		Paths       map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(server.ask(t, http.MethodGet, "/openapi/v2", nil), &v2); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"io.k8s.api.core.v1.Pod", "io.k8s.api.rbac.v1.ClusterRole"} {
		if v2.Definitions[name] == nil {
			t.Errorf("/openapi/v2 lacks %s", name)
		}
	}
	if v2.Paths["/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"] == nil {
		t.Error("/openapi/v2 lacks the tokens' path")
	}
}

func TestOpenAPIHasWhatIsAddedLater(t *testing.T) {
	server := begin(t, satrainKube(t), t.TempDir(), true)
	server.v3Paths(t)
	server.create(t, crds, `{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": {"name": "labs.example.com"}, "spec": {"group": "example.com", "scope": "Cluster",
		"names": {"plural": "labs", "kind": "Lab"}, "versions": [{"name": "v1", "served": true, "storage": true,
		"schema": {"openAPIV3Schema": {"type": "object"}}}]}}`)
	for until := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		_, inV3 := server.v3Paths(t)["apis/example.com/v1"]
		inV2 := strings.Contains(string(server.ask(t, http.MethodGet, "/openapi/v2", nil)), "/apis/example.com/v1/labs")
		if inV3 && inV2 {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("in v3: %t, in v2: %t", inV3, inV2)
		}
	}
}

// v3Paths are the documents of v3, by group and version.
func (s *server) v3Paths(t *testing.T) map[string]string {
	var root struct {
		Paths map[string]struct {
			URL string `json:"serverRelativeURL"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(s.ask(t, http.MethodGet, "/openapi/v3", nil), &root); err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{}
	for path, document := range root.Paths {
		paths[path] = document.URL
	}
	return paths
}

// groupVersions are those that discovery names.
func (s *server) groupVersions(t *testing.T) []string {
	var found struct {
		Groups []struct {
			Versions []struct {
				GroupVersion string `json:"groupVersion"`
			} `json:"versions"`
		} `json:"groups"`
	}
	if err := json.Unmarshal(s.ask(t, http.MethodGet, "/apis", nil), &found); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, group := range found.Groups {
		for _, version := range group.Versions {
			all = append(all, version.GroupVersion)
		}
	}
	return all
}
