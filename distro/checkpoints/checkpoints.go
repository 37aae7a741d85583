// Package checkpoints brings a cluster's whole state back to what it was at a
// revision of etcd, for labs that begin again. etcd keeps earlier revisions until
// they are compacted, so that a checkpoint is a number and costs nothing.
//
// It is asked over a socket, one request a connection:
//
//	revision      -> ok 1234
//	restore 1234  -> ok, a line for each key that was removed (-) or put back (+), an empty line
//	forget        -> ok; nothing that was until now can be read or restored any more, and no event tells of it
//	              -> error WHY
package checkpoints

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/etcdserver"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
)

const (
	registry = "/registry/"
	limit    = 30 * time.Second
	// A transaction takes 128 operations at most, and a megabyte and a half.
	operationsAtOnce = 100
	bytesAtOnce      = 1 << 20
	// In this time a controller hears that what it works for is gone. Else it might make one more Pod.
	makersHear = 100 * time.Millisecond
	// How often it is looked for what they made all the same.
	sweeps = 10
)

// What lives by itself and is no part of a lab: the node, heartbeats, events.
var livesByItself = []string{
	"/registry/events/", "/registry/leases/", "/registry/masterleases/", "/registry/minions/", "/registry/csinodes/",
	"/registry/peerserverleases/",
}

// What the control plane makes in its own time, and would miss; beside it, the accounts of its controllers.
var madeLate = []string{"/registry/ranges/", "/registry/clustertrustbundles/kubernetes.io:"}

// The namespaces that every cluster has, and what the control plane makes in them.
var (
	systemNamespaces = []string{"kube-system", "kube-public", "kube-node-lease"}
	systemAccounts   = []string{"default"}
	systemConfigMaps = []string{
		"kube-root-ca.crt", "extension-apiserver-authentication", "kube-apiserver-legacy-service-account-token-tracking",
		"cluster-info",
	}
)

// What makes Pods or what makes those, and what a controller fills again as long as it is there.
var makers = []string{
	"/registry/namespaces/",
	"/registry/cronjobs/", "/registry/jobs/", "/registry/deployments/", "/registry/daemonsets/",
	"/registry/statefulsets/", "/registry/replicasets/", "/registry/controllers/",
}

type cluster struct {
	client *clientv3.Client
	// What the control plane may make later, by key.
	late map[string]bool
}

// Serve listens on a socket that only its owner can use, until the process ends. controllers are the names of the
// ServiceAccounts that the control plane's controllers have.
func Serve(server *etcdserver.EtcdServer, path string, controllers []string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	c := &cluster{client: v3client.New(server), late: lateKeys(controllers)}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	return nil
}

func (c *cluster) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(limit))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	answer, err := c.answer(ctx, strings.TrimSpace(line))
	if err != nil {
		answer = fmt.Sprintf("error %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	_, _ = conn.Write([]byte(answer))
}

func (c *cluster) answer(ctx context.Context, request string) (string, error) {
	if request == "revision" {
		state, err := c.client.Get(ctx, registry, clientv3.WithCountOnly(), clientv3.WithPrefix())
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("ok %d\n", state.Header.Revision), nil
	}
	if request == "forget" {
		return "ok\n", c.forget(ctx)
	}
	var revision int64
	if _, err := fmt.Sscanf(request, "restore %d", &revision); err != nil || revision <= 0 {
		return "", fmt.Errorf("%q is no request", request)
	}
	changed, err := c.restore(ctx, revision)
	if err != nil {
		return "", err
	}
	return "ok\n" + strings.Join(append(changed, "", ""), "\n"), nil
}

// lateKeys is what the control plane may make at any time.
func lateKeys(controllers []string) map[string]bool {
	late := map[string]bool{}
	for _, namespace := range systemNamespaces {
		for _, name := range append(slices.Clone(systemAccounts), controllers...) {
			late["/registry/serviceaccounts/"+namespace+"/"+name] = true
		}
		for _, name := range systemConfigMaps {
			late["/registry/configmaps/"+namespace+"/"+name] = true
		}
	}
	return late
}

// forget removes the history: earlier revisions, and events.
func (c *cluster) forget(ctx context.Context) error {
	done, err := c.client.Delete(ctx, registry+"events/", clientv3.WithPrefix())
	if err != nil {
		return err
	}
	_, err = c.client.Compact(ctx, done.Header.Revision)
	return err
}

// restore makes everything as it was at a revision, and returns the keys that this changed.
func (c *cluster) restore(ctx context.Context, revision int64) ([]string, error) {
	before, err := c.state(ctx, revision)
	if err != nil {
		return nil, err
	}
	now, err := c.state(ctx, 0)
	if err != nil {
		return nil, err
	}
	changes := c.difference(before, now)
	first, rest := split(changes)
	if err := c.apply(ctx, first); err != nil {
		return nil, err
	}
	if len(first) > 0 {
		time.Sleep(makersHear)
	}
	if err := c.apply(ctx, rest); err != nil {
		return nil, err
	}
	if len(changes) > 0 {
		if err := c.sweep(ctx, before); err != nil {
			return nil, err
		}
	}
	keys := make([]string, 0, len(changes))
	for _, change := range changes {
		keys = append(keys, change.String())
	}
	return keys, nil
}

// sweep removes what a controller made once more before it heard.
func (c *cluster) sweep(ctx context.Context, before map[string][]byte) error {
	for range sweeps {
		time.Sleep(makersHear)
		now, err := c.state(ctx, 0)
		if err != nil {
			return err
		}
		var late []change
		for _, change := range c.difference(before, now) {
			if change.value == nil {
				late = append(late, change)
			}
		}
		if len(late) == 0 {
			return nil
		}
		if err := c.apply(ctx, late); err != nil {
			return err
		}
	}
	return nil
}

// state is every key with its value at a revision (0: now).
func (c *cluster) state(ctx context.Context, revision int64) (map[string][]byte, error) {
	found, err := c.client.Get(ctx, registry, clientv3.WithPrefix(), clientv3.WithRev(revision))
	if err != nil {
		return nil, err
	}
	state := make(map[string][]byte, len(found.Kvs))
	for _, pair := range found.Kvs {
		state[string(pair.Key)] = pair.Value
	}
	return state, nil
}

func (c *cluster) apply(ctx context.Context, changes []change) error {
	for len(changes) > 0 {
		count := atOnce(changes)
		operations := make([]clientv3.Op, 0, count)
		for _, change := range changes[:count] {
			operations = append(operations, change.operation())
		}
		if _, err := c.client.Txn(ctx).Then(operations...).Commit(); err != nil {
			return err
		}
		changes = changes[count:]
	}
	return nil
}

// atOnce is how many changes one transaction takes; one that is large goes alone.
func atOnce(changes []change) int {
	size := 0
	for i, change := range changes {
		size += len(change.key) + len(change.value)
		if i > 0 && (i == operationsAtOnce || size > bytesAtOnce) {
			return i
		}
	}
	return len(changes)
}

// change puts a key back (value) or removes it (nil).
type change struct {
	key   string
	value []byte
}

func (c change) String() string {
	if c.value == nil {
		return "- " + c.key
	}
	return "+ " + c.key
}

func (c change) operation() clientv3.Op {
	if c.value == nil {
		return clientv3.OpDelete(c.key)
	}
	return clientv3.OpPut(c.key, string(c.value))
}

// difference is what makes now as it was before.
func (c *cluster) difference(before, now map[string][]byte) []change {
	var changes []change
	for key := range now {
		if _, there := before[key]; !there && !hasPrefix(key, livesByItself) && !hasPrefix(key, madeLate) && !c.late[key] {
			changes = append(changes, change{key: key})
		}
	}
	for key, value := range before {
		if hasPrefix(key, livesByItself) {
			continue
		}
		if there, ok := now[key]; !ok || !bytes.Equal(there, value) {
			changes = append(changes, change{key: key, value: value})
		}
	}
	return changes
}

// split puts what makes Pods first.
func split(changes []change) (first, rest []change) {
	for _, change := range changes {
		if hasPrefix(change.key, makers) {
			first = append(first, change)
		} else {
			rest = append(rest, change)
		}
	}
	return first, rest
}

func hasPrefix(key string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}
