// Package idmaps takes mappings of users out of a container's mounts where the kernel would refuse them.
//
// A Pod with a user namespace of its own has its volumes mounted so that its users are the same there as in it. The
// kernel does that for a file system only if it was mounted by who asks: on a node that is in a user namespace itself,
// for those in memory (tokens, Secrets), and not for those on the host's disk. There the files are whose they are:
// everybody's to read, as configuration and /etc/hosts, or to write, as an empty folder.
package idmaps

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Drop takes them out of the configuration of the container in bundle.
func Drop(bundle string) error {
	file := filepath.Join(bundle, "config.json")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	changed, err := without(text, isInMemory)
	if err != nil || changed == nil {
		return err
	}
	return os.WriteFile(file, changed, 0o600)
}

// without returns the configuration without the mappings of mounts whose source can have none, and nil if there are
// no such mounts. Pure.
func without(config []byte, can func(source string) bool) ([]byte, error) {
	var spec map[string]any
	if err := json.Unmarshal(config, &spec); err != nil {
		return nil, err
	}
	mounts, _ := spec["mounts"].([]any)
	changed := false
	for _, each := range mounts {
		mount, _ := each.(map[string]any)
		source, _ := mount["source"].(string)
		if mount["uidMappings"] == nil && mount["gidMappings"] == nil || can(source) {
			continue
		}
		changed = true
		delete(mount, "uidMappings")
		delete(mount, "gidMappings")
		if options, ok := mount["options"].([]any); ok {
			mount["options"] = slices.DeleteFunc(options, func(option any) bool {
				return option == "idmap" || option == "ridmap"
			})
		}
	}
	if !changed {
		return nil, nil
	}
	return json.Marshal(spec)
}

func isInMemory(source string) bool {
	var stat unix.Statfs_t
	return unix.Statfs(source, &stat) == nil && stat.Type == unix.TMPFS_MAGIC
}
