package images

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const layerContent = "0123456789, the layer"

// testLayout has the images satrain.local/lab:1, nginx, curlimages/curl and
// registry.k8s.io/pause, all with one layer.
func testLayout(t *testing.T) *Layout {
	t.Helper()
	dir := t.TempDir()
	layer := putBlob(t, dir, ocispec.MediaTypeImageLayer, []byte(layerContent))
	var index ocispec.Index
	for reference, command := range map[string]string{
		"satrain.local/lab:1":              "sleep",
		"docker.io/library/nginx:latest":   "nginx",
		"docker.io/curlimages/curl:latest": "curl",
		"registry.k8s.io/pause:latest":     "/pause",
	} {
		config := putJSON(t, dir, ocispec.MediaTypeImageConfig, ocispec.Image{Config: ocispec.ImageConfig{Cmd: []string{command}}})
		manifest := putJSON(t, dir, ocispec.MediaTypeImageManifest, ocispec.Manifest{
			Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest,
			Config: config, Layers: []ocispec.Descriptor{layer},
		})
		manifest.Annotations = map[string]string{
			ocispec.AnnotationRefName: reference, ocispec.AnnotationDescription: "for " + command,
		}
		index.Manifests = append(index.Manifests, manifest)
	}
	content, err := json.Marshal(index)
	ok(t, err)
	ok(t, os.WriteFile(filepath.Join(dir, ocispec.ImageIndexFile), content, 0o600))
	layout, err := OpenLayout(dir)
	ok(t, err)
	return layout
}

func putJSON(t *testing.T, dir, mediaType string, value any) ocispec.Descriptor {
	t.Helper()
	content, err := json.Marshal(value)
	ok(t, err)
	return putBlob(t, dir, mediaType, content)
}

func putBlob(t *testing.T, dir, mediaType string, content []byte) ocispec.Descriptor {
	t.Helper()
	d := digest.FromBytes(content)
	path := filepath.Join(dir, "blobs", "sha256", d.Encoded())
	ok(t, os.MkdirAll(filepath.Dir(path), 0o700))
	ok(t, os.WriteFile(path, content, 0o600))
	return ocispec.Descriptor{MediaType: mediaType, Digest: d, Size: int64(len(content))}
}

func find(t *testing.T, layout *Layout, name string) Image {
	t.Helper()
	for _, image := range layout.Images() {
		if image.Name == name {
			return image
		}
	}
	t.Fatalf("no image %q", name)
	return Image{}
}

func request(layout *Layout, method, target string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	NewRegistry(layout).ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, response *http.Response) string {
	t.Helper()
	content, err := io.ReadAll(response.Body)
	ok(t, err)
	return string(content)
}

func TestAKnownImageIsServedForAnyTag(t *testing.T) {
	layout := testLayout(t)
	nginx := find(t, layout, "nginx")
	for _, target := range []string{
		"/v2/library/nginx/manifests/latest?ns=docker.io",
		"/v2/library/nginx/manifests/1.25?ns=docker.io",
		"/v2/library/nginx/manifests/1.25-alpine?ns=docker.io",
		"/v2/library/nginx/manifests/" + nginx.Digest.String() + "?ns=docker.io",
		"/v2/library/nginx/manifests/latest",
		"/v2/nginx/manifests/latest",
	} {
		response := request(layout, http.MethodGet, target)
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", target, response.Status)
			continue
		}
		if got := response.Header.Get("Content-Type"); got != ocispec.MediaTypeImageManifest {
			t.Errorf("%s: type %s", target, got)
		}
		if got := response.Header.Get("Docker-Content-Digest"); got != nginx.Digest.String() {
			t.Errorf("%s: digest %s", target, got)
		}
		if got := digest.FromString(body(t, response)); got != nginx.Digest {
			t.Errorf("%s: the body's digest is %s", target, got)
		}
	}
}

func TestOtherRegistriesAreTheirOwn(t *testing.T) {
	layout := testLayout(t)
	for target, want := range map[string]int{
		"/v2/pause/manifests/3.10?ns=registry.k8s.io":          http.StatusOK,
		"/v2/pause/manifests/3.10?ns=docker.io":                http.StatusForbidden,
		"/v2/library/nginx/manifests/latest?ns=quay.io":        http.StatusForbidden,
		"/v2/curlimages/curl/manifests/8.10.1?ns=docker.io":    http.StatusOK,
		"/v2/lab/manifests/1?ns=satrain.local":                 http.StatusOK,
		"/v2/a/b/c/d/manifests/latest?ns=registry.example.com": http.StatusForbidden,
	} {
		if got := request(layout, http.MethodHead, target).StatusCode; got != want {
			t.Errorf("%s: %d, want %d", target, got, want)
		}
	}
}

func TestAnUnknownImageIsRefusedWithTheListOfWhatThereIs(t *testing.T) {
	response := request(testLayout(t), http.MethodGet, "/v2/library/redis/manifests/7?ns=docker.io")
	if response.StatusCode != http.StatusForbidden {
		t.Fatalf("%s: containerd shows the body of a 403 only", response.Status)
	}
	var refusal struct {
		Errors []struct{ Code, Message string }
	}
	ok(t, json.Unmarshal([]byte(body(t, response)), &refusal))
	if len(refusal.Errors) != 1 || refusal.Errors[0].Code != "DENIED" {
		t.Fatalf("errors: %+v", refusal.Errors)
	}
	message := refusal.Errors[0].Message
	for _, want := range []string{`"redis"`, "nginx", "curlimages/curl", "registry.k8s.io/pause"} {
		if !strings.Contains(message, want) {
			t.Errorf("%q is missing in: %s", want, message)
		}
	}
	if strings.Contains(message, "satrain.local") {
		t.Errorf("the lab's own images are nobody's business: %s", message)
	}
}

func TestAnotherDigestIsRefusedWithAdvice(t *testing.T) {
	target := "/v2/library/nginx/manifests/" + digest.FromString("another").String() + "?ns=docker.io"
	response := request(testLayout(t), http.MethodGet, target)
	if got := body(t, response); response.StatusCode != http.StatusForbidden || !strings.Contains(got, "leave out the digest") {
		t.Errorf("%s %s", response.Status, got)
	}
}

func TestHeadIsGetWithoutTheBody(t *testing.T) {
	layout := testLayout(t)
	nginx := find(t, layout, "nginx")
	for _, target := range []string{
		"/v2/library/nginx/manifests/latest",
		"/v2/library/nginx/blobs/" + nginx.blobs[1].Digest.String(),
	} {
		get, head := request(layout, http.MethodGet, target), request(layout, http.MethodHead, target)
		if got := body(t, head); got != "" {
			t.Errorf("%s: body %q", target, got)
		}
		for _, name := range []string{"Content-Length", "Content-Type", "Docker-Content-Digest"} {
			if g, h := get.Header.Get(name), head.Header.Get(name); g != h || g == "" {
				t.Errorf("%s: %s is %q for GET, %q for HEAD", target, name, g, h)
			}
		}
	}
}

func TestBlobsAreServedInParts(t *testing.T) {
	layout := testLayout(t)
	target := "/v2/library/nginx/blobs/" + digest.FromString(layerContent).String()
	response := request(layout, http.MethodGet, target, "Range", "bytes=4-9")
	if got := body(t, response); response.StatusCode != http.StatusPartialContent || got != layerContent[4:10] {
		t.Errorf("%s %q", response.Status, got)
	}
	response = request(layout, http.MethodGet, target, "Range", "bytes=1000-")
	if response.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("a range beyond the end: %s", response.Status)
	}
}

func TestOnlyBlobsOfTheLayoutAreServed(t *testing.T) {
	layout := testLayout(t)
	for _, reference := range []string{
		digest.FromString("another").String(), "sha256:..", "sha256:%2e%2e%2f%2e%2e%2findex.json", "nonsense",
	} {
		response := request(layout, http.MethodGet, "/v2/library/nginx/blobs/"+reference)
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", reference, response.Status)
		}
	}
}

func TestTheRegistryIsReadOnly(t *testing.T) {
	layout := testLayout(t)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		response := request(layout, method, "/v2/library/nginx/blobs/uploads/")
		if response.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %s", method, response.Status)
		}
	}
}

func TestTheVersionCheckIsAnswered(t *testing.T) {
	response := request(testLayout(t), http.MethodGet, "/v2/")
	if response.StatusCode != http.StatusOK || response.Header.Get("Docker-Distribution-Api-Version") != "registry/2.0" {
		t.Errorf("%s %v", response.Status, response.Header)
	}
}

func TestFamiliarNames(t *testing.T) {
	for reference, want := range map[string]string{
		"docker.io/library/nginx:latest":   "nginx",
		"docker.io/curlimages/curl:latest": "curlimages/curl",
		"registry.k8s.io/pause:latest":     "registry.k8s.io/pause",
		"satrain.local/lab:1":              "satrain.local/lab:1",
		"localhost:5000/x":                 "localhost:5000/x",
	} {
		if got := FamiliarName(reference); got != want {
			t.Errorf("%s: %s, want %s", reference, got, want)
		}
	}
}

func TestListPrintsEveryImage(t *testing.T) {
	layout := testLayout(t)
	var out strings.Builder
	ok(t, Main(context.Background(), []string{"--list", "--layout", layout.dir}, &out))
	var listed []map[string]any
	ok(t, json.Unmarshal([]byte(out.String()), &listed))
	if len(listed) != len(layout.Images()) {
		t.Fatalf("%d images, want %d", len(listed), len(layout.Images()))
	}
	for _, image := range listed {
		if image["name"] == "nginx" {
			if image["about"] != "for nginx" || image["reference"] != "docker.io/library/nginx:latest" {
				t.Errorf("nginx is listed as %v", image)
			}
			return
		}
	}
	t.Errorf("nginx is missing in %s", out.String())
}

func TestMissingFlagsAreNamed(t *testing.T) {
	for want, args := range map[string][]string{
		"--layout": {"--socket", "x"},
		"--socket": {"--layout", "x"},
	} {
		err := Main(context.Background(), args, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want one about %s", args, err, want)
		}
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
