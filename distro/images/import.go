package images

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	containerd "github.com/containerd/containerd/v2/client"
	"github.com/containerd/errdefs"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const (
	// localRegistry begins the references of the images which the lab itself
	// uses. They are imported; all others are pulled when a Pod asks for them,
	// which is quick, as they share the imported images' layers.
	localRegistry = "satrain.local/"
	// kubernetesNamespace is the containerd namespace of the CRI.
	kubernetesNamespace = "k8s.io"
	snapshotter         = "overlayfs"
	socketPoll          = 10 * time.Millisecond
)

// Import loads the lab's own images into containerd and unpacks them, so that
// the first Pod need not wait for that. It waits for the socket, so it may be
// started together with containerd. What is there already is left alone.
func Import(ctx context.Context, layout *Layout, socket string) error {
	if err := waitForSocket(ctx, socket); err != nil {
		return err
	}
	client, err := containerd.New(socket, containerd.WithDefaultNamespace(kubernetesNamespace))
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()

	var missing []Image
	for _, image := range layout.Images() {
		if !strings.HasPrefix(image.Reference, localRegistry) {
			continue
		}
		present, err := isUnpacked(ctx, client, &image)
		if err != nil {
			return err
		}
		if !present {
			missing = append(missing, image)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return load(ctx, client, layout, missing)
}

func waitForSocket(ctx context.Context, socket string) error {
	for {
		_, err := os.Stat(socket)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(socketPoll):
		}
	}
}

func isUnpacked(ctx context.Context, client *containerd.Client, image *Image) (bool, error) {
	existing, err := client.GetImage(ctx, image.Reference)
	if errdefs.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if existing.Target().Digest != image.Digest {
		return false, nil // of another build
	}
	return existing.IsUnpacked(ctx, snapshotter)
}

// ImportFile loads an image archive, as "docker save" writes it, into
// containerd, unpacks its images and prints their names.
func ImportFile(ctx context.Context, file, socket string, out io.Writer) error {
	archive, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = archive.Close() }()
	client, err := containerd.New(socket, containerd.WithDefaultNamespace(kubernetesNamespace))
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	names, err := importAndUnpack(ctx, client, archive)
	for _, name := range names {
		_, _ = fmt.Fprintln(out, name)
	}
	return err
}

func load(ctx context.Context, client *containerd.Client, layout *Layout, images []Image) error {
	archive, writer := io.Pipe()
	go func() { writer.CloseWithError(writeArchive(writer, layout, images)) }()
	_, err := importAndUnpack(ctx, client, archive)
	// Ends the writer if Import returned early.
	_ = archive.CloseWithError(errors.New("import ended"))
	return err
}

func importAndUnpack(ctx context.Context, client *containerd.Client, archive io.Reader) ([]string, error) {
	records, err := client.Import(ctx, archive)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	var names []string
	for _, record := range records {
		if err := containerd.NewImage(client, record).Unpack(ctx, snapshotter); err != nil {
			return names, fmt.Errorf("unpack %s: %w", record.Name, err)
		}
		names = append(names, record.Name)
	}
	return names, nil
}

// writeArchive writes images as a tar archive of an OCI layout of their own.
func writeArchive(to io.Writer, layout *Layout, images []Image) error {
	archive := tar.NewWriter(to)
	index := ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex}
	written := map[digest.Digest]bool{}
	for _, image := range images {
		manifest := image.manifest
		// By this annotation containerd takes the reference as it is.
		manifest.Annotations = map[string]string{"io.containerd.image.name": image.Reference}
		index.Manifests = append(index.Manifests, manifest)
		for _, blob := range append([]ocispec.Descriptor{image.manifest}, image.blobs...) {
			if written[blob.Digest] {
				continue
			}
			written[blob.Digest] = true
			if err := addBlob(archive, layout, blob); err != nil {
				return err
			}
		}
	}
	if err := addJSON(archive, ocispec.ImageLayoutFile, ocispec.ImageLayout{Version: ocispec.ImageLayoutVersion}); err != nil {
		return err
	}
	if err := addJSON(archive, ocispec.ImageIndexFile, index); err != nil {
		return err
	}
	return archive.Close()
}

func addBlob(archive *tar.Writer, layout *Layout, blob ocispec.Descriptor) error {
	file, err := os.Open(layout.BlobPath(blob.Digest))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	name := path.Join(ocispec.ImageBlobsDir, blob.Digest.Algorithm().String(), blob.Digest.Encoded())
	if err := archive.WriteHeader(&tar.Header{Name: name, Size: blob.Size, Mode: 0o444}); err != nil {
		return err
	}
	_, err = io.Copy(archive, file)
	return err
}

func addJSON(archive *tar.Writer, name string, value any) error {
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: name, Size: int64(len(content)), Mode: 0o444}); err != nil {
		return err
	}
	_, err = archive.Write(content)
	return err
}
