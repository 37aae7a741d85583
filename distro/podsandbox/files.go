package podsandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const (
	plugin  = "io.containerd.grpc.v1.cri" // whose folders the CRI plugin looks in
	shmSize = 64 << 20                    // as the CRI plugin would make it
)

// folders are where the CRI plugin looks for a sandbox's files.
type folders struct {
	Lasting  string `json:"lasting"`  // hostname, hosts, resolv.conf
	Volatile string `json:"volatile"` // shm
}

// foldersOf derives them from a bundle: STATE/PLUGIN/NAMESPACE/ID, with a link to ROOT/PLUGIN/NAMESPACE/ID.
func foldersOf(bundle, id string) (folders, error) {
	work, err := os.Readlink(filepath.Join(bundle, "work"))
	if err != nil {
		return folders{}, err
	}
	up := func(path string) string { return filepath.Dir(filepath.Dir(filepath.Dir(path))) }
	return folders{
		Lasting:  filepath.Join(up(work), plugin, "sandboxes", id),
		Volatile: filepath.Join(up(bundle), plugin, "sandboxes", id),
	}, nil
}

func (f folders) shm() string { return filepath.Join(f.Volatile, "shm") }

// write makes what containers of the Pod mount.
func (f folders) write(config *cri.PodSandboxConfig) error {
	for _, folder := range []string{f.Lasting, f.Volatile} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	hostname := config.GetHostname()
	if hostname == "" {
		var err error
		if hostname, err = os.Hostname(); err != nil {
			return err
		}
	}
	hosts, err := os.ReadFile("/etc/hosts")
	if err != nil {
		return err
	}
	resolv, err := resolvConf(config.GetDnsConfig())
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"hostname": []byte(hostname + "\n"), "hosts": hosts, "resolv.conf": resolv} {
		if err := os.WriteFile(filepath.Join(f.Lasting, name), content, 0o644); err != nil {
			return err
		}
	}
	if config.GetLinux().GetSecurityContext().GetNamespaceOptions().GetIpc() == cri.NamespaceMode_NODE {
		return nil
	}
	if err := os.MkdirAll(f.shm(), 0o700); err != nil {
		return err
	}
	flags := uintptr(unix.MS_NOEXEC | unix.MS_NOSUID | unix.MS_NODEV)
	if err := unix.Mount("shm", f.shm(), "tmpfs", flags, fmt.Sprintf("mode=1777,size=%d", shmSize)); err != nil {
		return fmt.Errorf("mounting %s: %w", f.shm(), err)
	}
	return nil
}

// unmount ends what would keep the folders busy. Nothing mounted is no error.
func (f folders) unmount() error {
	err := unix.Unmount(f.shm(), unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
	if err == nil || errors.Is(err, unix.EINVAL) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("unmounting %s: %w", f.shm(), err)
}

func (f folders) remove() error {
	return errors.Join(f.unmount(), os.RemoveAll(f.Lasting), os.RemoveAll(f.Volatile))
}

// resolvConf is the Pod's own, or the node's where the Pod has none.
func resolvConf(config *cri.DNSConfig) ([]byte, error) {
	if config == nil {
		return os.ReadFile("/etc/resolv.conf")
	}
	var text strings.Builder
	if len(config.GetSearches()) > 0 {
		fmt.Fprintf(&text, "search %s\n", strings.Join(config.GetSearches(), " "))
	}
	for _, server := range config.GetServers() {
		fmt.Fprintf(&text, "nameserver %s\n", server)
	}
	if len(config.GetOptions()) > 0 {
		fmt.Fprintf(&text, "options %s\n", strings.Join(config.GetOptions(), " "))
	}
	return []byte(text.String()), nil
}
