package images

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
)

// NewRegistry is a read-only registry (the pull half of the OCI distribution
// specification, version 2) over a layout. containerd uses it as the mirror of
// every registry and so tells in the query parameter "ns" which one is meant.
//
// A known image is served for any tag, as there is one version of each. An
// unknown one is answered with 403 and not 404: containerd drops the body of a
// 404 but shows that of a 403, which so reaches the Pod's events; and it neither
// retries nor asks elsewhere.
func NewRegistry(layout *Layout) http.Handler {
	r := &registry{layout: layout, images: map[string]*Image{}, blobs: map[digest.Digest]string{}}
	for i := range layout.images {
		image := &layout.images[i]
		r.images[image.Repository()] = image
		r.blobs[image.Digest] = image.manifest.MediaType
		for _, blob := range image.blobs {
			r.blobs[blob.Digest] = blob.MediaType
		}
	}
	return r
}

type registry struct {
	layout *Layout
	images map[string]*Image        // by repository
	blobs  map[digest.Digest]string // media types
}

const (
	defaultRegistry  = "docker.io"
	officialImages   = "library/"
	codeDenied       = "DENIED"
	codeBlobUnknown  = "BLOB_UNKNOWN"
	codeUnsupported  = "UNSUPPORTED"
	headerDigest     = "Docker-Content-Digest"
	headerAPIVersion = "Docker-Distribution-Api-Version"
)

func (r *registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.Header().Set(headerAPIVersion, "registry/2.0")
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, codeUnsupported, "this registry is read-only")
		return
	}
	path, isAPI := strings.CutPrefix(req.URL.Path, "/v2/")
	if req.URL.Path == "/v2" || isAPI && path == "" {
		writeJSON(w, http.StatusOK, struct{}{})
		return
	}
	name, kind, reference, ok := parsePath(path)
	if !isAPI || !ok {
		refuse(w, http.StatusNotFound, codeUnsupported, "no such endpoint: "+req.URL.Path)
		return
	}
	image, found := r.find(req.URL.Query().Get("ns"), name)
	if !found {
		refuse(w, http.StatusForbidden, codeDenied, r.unknownImage(req.URL.Query().Get("ns"), name))
		return
	}
	switch kind {
	case "manifests":
		r.serveManifest(w, req, image, reference)
	case "blobs":
		r.serveBlob(w, req, digest.Digest(reference))
	case "tags":
		writeJSON(w, http.StatusOK, map[string]any{"name": name, "tags": []string{"latest"}})
	}
}

// parsePath splits NAME/manifests/REFERENCE, NAME/blobs/DIGEST and
// NAME/tags/list, where NAME may itself have slashes.
func parsePath(path string) (name, kind, reference string, ok bool) {
	parts := strings.Split(path, "/")
	if len(parts) < 3 {
		return "", "", "", false
	}
	n := len(parts)
	name, kind, reference = strings.Join(parts[:n-2], "/"), parts[n-2], parts[n-1]
	switch kind {
	case "manifests", "blobs":
		return name, kind, reference, reference != ""
	case "tags":
		return name, kind, reference, reference == "list"
	}
	return "", "", "", false
}

func (r *registry) find(ns, name string) (*Image, bool) {
	image, found := r.images[repository(ns, name)]
	return image, found
}

func repository(ns, name string) string {
	if ns == "" { // asked directly, not as a mirror
		ns = defaultRegistry
	}
	if ns == defaultRegistry && !strings.Contains(name, "/") {
		name = officialImages + name
	}
	return ns + "/" + name
}

func (r *registry) unknownImage(ns, name string) string {
	return fmt.Sprintf("image %q is not available: this cluster has no internet access; images to choose from (with any tag): %s",
		FamiliarName(repository(ns, name)), strings.Join(r.names(), ", "))
}

func (r *registry) names() []string {
	var names []string
	for _, image := range r.layout.images {
		if !strings.HasPrefix(image.Reference, localRegistry) {
			names = append(names, image.Name)
		}
	}
	return names
}

func (r *registry) serveManifest(w http.ResponseWriter, req *http.Request, image *Image, reference string) {
	if strings.Contains(reference, ":") && digest.Digest(reference) != image.Digest {
		refuse(w, http.StatusForbidden, codeDenied, fmt.Sprintf(
			"image %q is not available by that digest in this cluster without internet access: leave out the digest", image.Name))
		return
	}
	r.serveBlob(w, req, image.Digest)
}

func (r *registry) serveBlob(w http.ResponseWriter, req *http.Request, d digest.Digest) {
	mediaType, known := r.blobs[d]
	if !known {
		refuse(w, http.StatusNotFound, codeBlobUnknown, "no such blob")
		return
	}
	file, err := os.Open(r.layout.BlobPath(d))
	if err != nil {
		http.Error(w, "blob: "+err.Error(), http.StatusInternalServerError)
		return
	}
	defer func() { _ = file.Close() }()
	if mediaType == "" {
		mediaType = "application/octet-stream"
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set(headerDigest, d.String())
	w.Header().Set("ETag", `"`+d.String()+`"`)
	http.ServeContent(w, req, "", time.Time{}, file) // does HEAD and ranges
}

// refuse answers in the distribution specification's form for errors.
func refuse(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]any{"errors": []map[string]string{{"code": code, "message": message}}})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client is gone: nobody to tell
}
