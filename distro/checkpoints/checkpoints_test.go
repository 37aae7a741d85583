package checkpoints

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
)

func state(keys ...string) map[string][]byte {
	all := map[string][]byte{}
	for _, pair := range keys {
		key, value, _ := strings.Cut(pair, "=")
		all["/registry/"+key] = []byte(value)
	}
	return all
}

func TestDifferenceRemovesWhatIsNewAndPutsBackWhatChangedOrIsGone(t *testing.T) {
	before := state("secrets/a/kept=1", "secrets/a/changed=1", "secrets/a/gone=1", "minions/node=1")
	now := state("secrets/a/kept=1", "secrets/a/changed=2", "secrets/a/new=1", "minions/node=2",
		"events/a/x=1", "serviceaccounts/kube-system/late=1", "pods/a/new=1",
		"configmaps/kube-public/cluster-info=1", "configmaps/kube-system/mine=1", "serviceaccounts/kube-mine/default=1")
	var found []string
	for _, change := range (&cluster{late: lateKeys([]string{"late"})}).difference(before, now) {
		found = append(found, change.String())
	}
	slices.Sort(found)
	wanted := []string{"+ /registry/secrets/a/changed", "+ /registry/secrets/a/gone",
		"- /registry/configmaps/kube-system/mine", "- /registry/pods/a/new", "- /registry/secrets/a/new",
		"- /registry/serviceaccounts/kube-mine/default"}
	if !slices.Equal(found, wanted) {
		t.Errorf("difference is %v, not %v", found, wanted)
	}
}

func TestWhatMakesPodsGoesFirst(t *testing.T) {
	first, rest := split([]change{{key: "/registry/pods/a/x"}, {key: "/registry/deployments/a/x"}})
	if len(first) != 1 || len(rest) != 1 || !strings.Contains(first[0].key, "deployments") {
		t.Errorf("first %v, then %v", first, rest)
	}
}

func TestACheckpointIsRestoredOverItsSocket(t *testing.T) {
	folder := t.TempDir()
	config := embed.NewConfig()
	config.Dir, config.LogLevel = filepath.Join(folder, "data"), "error"
	config.ListenClientUrls, config.AdvertiseClientUrls = at(folder, "c"), at(folder, "c")
	config.ListenPeerUrls, config.AdvertisePeerUrls = at(folder, "p"), at(folder, "p")
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.TickMs, config.ElectionMs = 10, 50
	member, err := embed.StartEtcd(config)
	if err != nil {
		t.Fatal(err)
	}
	defer member.Close()
	<-member.Server.ReadyNotify()
	socket := filepath.Join(folder, "checkpoints.sock")
	if err := Serve(member.Server, socket, nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the socket is open to others: %v %v", info, err)
	}
	client := v3client.New(member.Server)
	put := func(key, value string) {
		if _, err := client.Put(context.Background(), "/registry/"+key, value); err != nil {
			t.Fatal(err)
		}
	}
	put("secrets/a/old", "1")
	var revision int64
	if _, err := fmt.Sscanf(ask(t, socket, "revision"), "ok %d", &revision); err != nil {
		t.Fatal(err)
	}
	put("secrets/a/old", "2")
	for i := range 250 {
		put(fmt.Sprintf("pods/a/%d", i), "x")
	}
	put("deployments/a/web", "x")
	answer := ask(t, socket, fmt.Sprintf("restore %d", revision))
	if !strings.HasPrefix(answer, "ok\n") || strings.Count(answer, "\n- ") != 251 ||
		!strings.Contains(answer, "\n+ /registry/secrets/a/old\n") || !strings.HasSuffix(answer, "\n\n") {
		t.Errorf("restore answers %.200q", answer)
	}
	left, err := client.Get(context.Background(), "/registry/", clientv3.WithPrefix())
	if err != nil || len(left.Kvs) != 1 || string(left.Kvs[0].Value) != "1" {
		t.Errorf("%v, %v are left", left, err)
	}
	// More than one transaction may hold.
	large := strings.Repeat("x", 700_000)
	for i := range 6 {
		put(fmt.Sprintf("configmaps/a/%d", i), large)
	}
	if _, err := fmt.Sscanf(ask(t, socket, "revision"), "ok %d", &revision); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		put(fmt.Sprintf("configmaps/a/%d", i), "small")
	}
	if answer := ask(t, socket, fmt.Sprintf("restore %d", revision)); strings.Count(answer, "\n+ ") != 6 {
		t.Errorf("restore answers %.200q", answer)
	}
	put("events/a/x", "1")
	if answer := ask(t, socket, "forget"); answer != "ok\n" {
		t.Errorf("forget answers %q", answer)
	}
	if left, err := client.Get(context.Background(), "/registry/events/", clientv3.WithPrefix()); err != nil || len(left.Kvs) > 0 {
		t.Errorf("%v, events %v are left", err, left)
	}
	if _, err := client.Get(context.Background(), "/registry/", clientv3.WithPrefix(), clientv3.WithRev(revision)); err == nil {
		t.Error("what was forgotten can be read")
	}
	for _, wrong := range []string{fmt.Sprintf("restore %d", revision), "restore 999999", "restore x", "nonsense"} {
		if answer := ask(t, socket, wrong); !strings.HasPrefix(answer, "error ") {
			t.Errorf("%q is answered by %q", wrong, answer)
		}
	}
}

func at(folder, name string) []url.URL {
	return []url.URL{{Scheme: "unix", Path: filepath.Join(folder, name)}}
}

func ask(t *testing.T, socket, request string) string {
	t.Helper()
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintln(conn, request); err != nil {
		t.Fatal(err)
	}
	var answer strings.Builder
	if _, err := bufio.NewReader(conn).WriteTo(&answer); err != nil {
		t.Fatal(err)
	}
	return answer.String()
}
