package upstream_test

// What bootstrap.Write leaves is what the API server's own hooks leave: one server with it, one without, and each object compared.
// Runs the programs of the distribution that SATRAIN_DISTRIBUTION names, on the loopback.

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	rbac       = "/apis/rbac.authorization.k8s.io/v1/"
	scheduling = "/apis/scheduling.k8s.io/v1/"
	// Everybody is kube-apiserver's own group of administrators with this.
	token = "of-this-test-only"
	// How long a server may take to be ready.
	patience = time.Minute
	// Above this revision of etcd, the API server wrote it.
	firstRevisions = 4
)

var contentTypes = map[string]string{http.MethodPatch: "application/merge-patch+json", http.MethodPost: "application/json"}

var lists = []string{
	rbac + "clusterroles", rbac + "clusterrolebindings", rbac + "roles", rbac + "rolebindings", scheduling + "priorityclasses",
}

func TestWhatIsWrittenIsWhatUpstreamWrites(t *testing.T) {
	program := satrainKube(t)
	upstream := begin(t, program, t.TempDir(), false).objects(t)
	if len(upstream) < 140 {
		t.Fatalf("upstream has only %d objects", len(upstream))
	}
	server := begin(t, program, t.TempDir(), true)
	ours := server.objects(t)
	for name, wanted := range upstream {
		if found, ok := ours[name]; !ok {
			t.Errorf("%s is missing", name)
		} else if revision(t, found) > firstRevisions {
			t.Errorf("%s was written by the API server", name)
		} else if !reflect.DeepEqual(bare(found), bare(wanted)) {
			t.Errorf("%s differs:\n%s\nupstream:\n%s", name, shown(bare(found)), shown(bare(wanted)))
		}
	}
	for name := range ours {
		if _, ok := upstream[name]; !ok {
			t.Errorf("%s is one too many", name)
		}
	}
}

func TestWhatIsGoneComesBackWhenTheServerStartsAgain(t *testing.T) {
	program, folder := satrainKube(t), t.TempDir()
	server := begin(t, program, folder, true)
	server.ask(t, http.MethodDelete, rbac+"clusterroles/system:node-proxier", nil)
	server.ask(t, http.MethodPatch, rbac+"clusterroles/view", []byte(`{"metadata":{"labels":{"a":"b"}}}`))
	server.stop()
	again := begin(t, program, folder, true).objects(t)
	if _, ok := again[rbac+"clusterroles/system:node-proxier"]; !ok {
		t.Error("the role is still gone")
	}
	if label := again[rbac+"clusterroles/view"]["metadata"].(map[string]any)["labels"].(map[string]any)["a"]; label != "b" {
		t.Errorf("what was changed is not as it was left: %v", label)
	}
}

func satrainKube(t *testing.T) string {
	distribution := os.Getenv("SATRAIN_DISTRIBUTION")
	if distribution == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("SATRAIN_DISTRIBUTION names no distribution, and in CI nothing may be left out")
		}
		t.Skip("left out: SATRAIN_DISTRIBUTION names no distribution")
	}
	return filepath.Join(distribution, "bin", "satrain-kube")
}

// server is an API server with its etcd.
type server struct {
	address string
	client  *http.Client
	running []*exec.Cmd
}

func begin(t *testing.T, program, folder string, bootstrap bool) *server {
	ports := free(t, 3)
	etcd := "http://127.0.0.1:" + ports[0]
	s := &server{address: "https://127.0.0.1:" + ports[2]}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // its certificate is its own
	s.client = &http.Client{Timeout: 10 * time.Second, Transport: transport}
	t.Cleanup(s.stop)
	s.run(t, program, folder, "etcd", "--data-dir="+folder+"/data", "--listen-client="+etcd,
		"--listen-peer=http://127.0.0.1:"+ports[1], "--tick-ms=10", fmt.Sprintf("--bootstrap=%t", bootstrap))
	if _, err := os.Stat(folder + "/sa.key"); err != nil {
		writeKeys(t, folder)
	}
	s.run(t, program, folder, "kube-apiserver", "--etcd-servers="+etcd, "--secure-port="+ports[2], "--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", "--cert-dir="+folder, "--token-auth-file="+folder+"/tokens",
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file="+folder+"/sa.key",
		"--service-account-signing-key-file="+folder+"/sa.key", "--authorization-mode=Node,RBAC",
		"--service-cluster-ip-range=10.96.0.0/16", "--enable-priority-and-fairness=false")
	for until := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		if code, _ := s.try(http.MethodGet, "/readyz", nil); code == http.StatusOK {
			return s
		}
		if time.Now().After(until) || s.isGone() {
			log, _ := os.ReadFile(folder + "/kube-apiserver.log")
			t.Fatalf("the API server is not ready:\n%s", log)
		}
	}
}

func (s *server) run(t *testing.T, program, folder, component string, args ...string) {
	log, err := os.OpenFile(filepath.Join(folder, component+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	command := exec.Command(program, append([]string{component}, args...)...)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	s.running = append(s.running, command)
}

// isGone says whether a program has ended.
func (s *server) isGone() bool {
	for _, one := range s.running {
		var status syscall.WaitStatus
		if pid, err := syscall.Wait4(one.Process.Pid, &status, syscall.WNOHANG, nil); err != nil || pid != 0 {
			return true
		}
	}
	return false
}

func (s *server) stop() {
	for i := len(s.running) - 1; i >= 0; i-- {
		_ = s.running[i].Process.Signal(syscall.SIGTERM)
		// Its open connections end after a minute.
		timer := time.AfterFunc(5*time.Second, func() { _ = s.running[i].Process.Kill() })
		_ = s.running[i].Wait()
		timer.Stop()
	}
	s.running = nil
}

func (s *server) try(method, path string, body []byte) (int, []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, s.address+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", contentTypes[method])
	response, err := s.client.Do(request)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil
	}
	return response.StatusCode, text
}

func (s *server) ask(t *testing.T, method, path string, body []byte) []byte {
	code, text := s.try(method, path, body)
	if code != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, code, text)
	}
	return text
}

func (s *server) create(t *testing.T, path, object string) {
	if code, text := s.try(http.MethodPost, path, []byte(object)); code != http.StatusCreated {
		t.Fatalf("POST %s: %d %s", path, code, text)
	}
}

// objects is everything that both make, by path.
func (s *server) objects(t *testing.T) map[string]map[string]any {
	all := map[string]map[string]any{}
	for _, list := range lists {
		var found struct {
			Items []map[string]any `json:"items"`
		}
		if err := json.Unmarshal(s.ask(t, http.MethodGet, list, nil), &found); err != nil {
			t.Fatal(err)
		}
		for _, one := range found.Items {
			meta := one["metadata"].(map[string]any)
			namespace, _ := meta["namespace"].(string)
			all[strings.TrimSuffix(list+"/"+namespace, "/")+"/"+meta["name"].(string)] = one
		}
	}
	return all
}

func revision(t *testing.T, object map[string]any) int {
	number, err := strconv.Atoi(object["metadata"].(map[string]any)["resourceVersion"].(string))
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// bare is an object without what differs between any two clusters.
func bare(object map[string]any) map[string]any {
	meta := object["metadata"].(map[string]any)
	for _, field := range []string{"uid", "resourceVersion", "creationTimestamp"} {
		delete(meta, field)
	}
	written, _ := meta["managedFields"].([]any)
	for _, entry := range written {
		delete(entry.(map[string]any), "time")
	}
	return object
}

func shown(object map[string]any) string {
	text, _ := json.Marshal(object)
	return string(text)
}

func free(t *testing.T, count int) []string {
	var ports []string
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = listener.Close() }()
		ports = append(ports, strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
	}
	return ports
}

func writeKeys(t *testing.T, folder string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	for name, text := range map[string][]byte{"sa.key": block, "tokens": []byte(token + ",test,test,system:masters\n")} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
