package images

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Layout is an OCI image layout on disk as cmd/imagebuild writes it: every
// manifest in index.json bears its full reference ("docker.io/library/nginx:latest")
// in AnnotationRefName and a sentence about it in AnnotationDescription.
type Layout struct {
	dir    string
	images []Image
}

// Image is one image of a layout.
type Image struct {
	// Name is what one writes as a Pod's image, such as "nginx" or "curlimages/curl".
	Name string `json:"name"`
	// Reference is the full form of Name, with registry and tag.
	Reference string `json:"reference"`
	// About says in a sentence what the image really is.
	About      string   `json:"about"`
	Entrypoint []string `json:"entrypoint,omitempty"`
	Cmd        []string `json:"cmd,omitempty"`
	User       string   `json:"user,omitempty"`
	// Digest is the manifest's.
	Digest digest.Digest `json:"digest"`

	manifest ocispec.Descriptor
	blobs    []ocispec.Descriptor // config and layers
}

// Repository is the full name without the tag, such as "docker.io/library/nginx".
func (i *Image) Repository() string { return withoutTag(i.Reference) }

// OpenLayout reads a layout's index, manifests and configurations.
func OpenLayout(dir string) (*Layout, error) {
	layout := &Layout{dir: dir}
	var index ocispec.Index
	if err := readJSON(filepath.Join(dir, ocispec.ImageIndexFile), &index); err != nil {
		return nil, fmt.Errorf("image layout: %w", err)
	}
	for _, descriptor := range index.Manifests {
		image, err := layout.image(descriptor)
		if err != nil {
			return nil, fmt.Errorf("image layout: %w", err)
		}
		layout.images = append(layout.images, image)
	}
	return layout, nil
}

// Images lists the images in the order of the index.
func (l *Layout) Images() []Image { return l.images }

// BlobPath is the file that holds a blob, whether or not it exists.
func (l *Layout) BlobPath(d digest.Digest) string {
	return filepath.Join(l.dir, ocispec.ImageBlobsDir, d.Algorithm().String(), d.Encoded())
}

func (l *Layout) image(descriptor ocispec.Descriptor) (Image, error) {
	reference := descriptor.Annotations[ocispec.AnnotationRefName]
	if reference == "" {
		return Image{}, fmt.Errorf("manifest %s has no annotation %s", descriptor.Digest, ocispec.AnnotationRefName)
	}
	var manifest ocispec.Manifest
	if err := readJSON(l.BlobPath(descriptor.Digest), &manifest); err != nil {
		return Image{}, fmt.Errorf("%s: manifest: %w", reference, err)
	}
	var config ocispec.Image
	if err := readJSON(l.BlobPath(manifest.Config.Digest), &config); err != nil {
		return Image{}, fmt.Errorf("%s: configuration: %w", reference, err)
	}
	return Image{
		Name:       FamiliarName(reference),
		Reference:  reference,
		About:      descriptor.Annotations[ocispec.AnnotationDescription],
		Entrypoint: config.Config.Entrypoint,
		Cmd:        config.Config.Cmd,
		User:       config.Config.User,
		Digest:     descriptor.Digest,
		manifest:   descriptor,
		blobs:      append([]ocispec.Descriptor{manifest.Config}, manifest.Layers...),
	}, nil
}

// FamiliarName is the short form of a reference that people type:
// "nginx" for "docker.io/library/nginx:latest".
func FamiliarName(reference string) string {
	name := strings.TrimPrefix(reference, "docker.io/")
	name = strings.TrimPrefix(name, "library/")
	if strings.HasPrefix(reference, localRegistry) {
		return name // the lab's own images exist under one tag only
	}
	return withoutTag(name)
}

func withoutTag(reference string) string {
	colon := strings.LastIndexByte(reference, ':')
	if colon > strings.LastIndexByte(reference, '/') { // else it is a registry's port
		return reference[:colon]
	}
	return reference
}

func readJSON(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
