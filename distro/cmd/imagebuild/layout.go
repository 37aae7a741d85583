package main

import (
	"fmt"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// writeLayout writes the catalogue's images to dir. Their names and
// descriptions are annotations in index.json, where package images reads them.
func writeLayout(dir string, p programs) error {
	layers := map[layerKind]v1.Layer{}
	for kind, contents := range map[layerKind]func(programs) (*tree, error){
		labLayer: labTree, pauseLayer: pauseTree,
	} {
		files, err := contents(p)
		if err != nil {
			return err
		}
		archive, err := files.archive()
		if err != nil {
			return err
		}
		// Not compressed: it is copied within one machine only, and so unpacked faster.
		layers[kind] = static.NewLayer(archive, types.OCIUncompressedLayer)
	}
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	for _, image := range catalogue() {
		built, err := image.build(layers[image.layer], p.platform())
		if err != nil {
			return fmt.Errorf("%s: %w", image.reference, err)
		}
		annotations := map[string]string{
			ocispec.AnnotationRefName:     image.reference,
			ocispec.AnnotationDescription: image.about,
		}
		if err := path.AppendImage(built, layout.WithAnnotations(annotations), layout.WithPlatform(p.platform())); err != nil {
			return fmt.Errorf("%s: %w", image.reference, err)
		}
	}
	return nil
}

func (i *image) build(layer v1.Layer, platform v1.Platform) (v1.Image, error) {
	epoch := v1.Time{Time: time.Unix(0, 0).UTC()}
	config := i.config
	config.Env = append([]string{searchPath}, config.Env...)
	built, err := mutate.ConfigFile(
		mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON),
		&v1.ConfigFile{
			Architecture: platform.Architecture,
			OS:           platform.OS,
			Created:      epoch,
			Config:       config,
			RootFS:       v1.RootFS{Type: "layers"},
		})
	if err != nil {
		return nil, err
	}
	return mutate.Append(built, mutate.Addendum{
		Layer:   layer,
		History: v1.History{Created: epoch, CreatedBy: "satrain imagebuild"},
	})
}

func (p *programs) platform() v1.Platform {
	return v1.Platform{OS: "linux", Architecture: p.architecture}
}
