package podsandbox

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	api "github.com/containerd/containerd/api/runtime/sandbox/v1"
	"github.com/containerd/containerd/api/types"
	"github.com/containerd/containerd/v2/pkg/shutdown"
	"github.com/containerd/containerd/v2/pkg/sys/reaper"
	"github.com/containerd/errdefs"
	"github.com/containerd/errdefs/pkg/errgrpc"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Lifetime is the shim's own end, which waits for its sandbox's: containerd asks for it with the last container.
type Lifetime struct {
	shutdown.Service
	held atomic.Bool
}

// Shutdown ends the shim, unless it holds a sandbox.
func (l *Lifetime) Shutdown() {
	if !l.held.Load() {
		l.Service.Shutdown()
	}
}

// answersLeave is how long a shim stays when its sandbox is gone: so that those who wait for that hear of it.
const answersLeave = 200 * time.Millisecond

// Service answers the sandbox API for the one sandbox of a shim.
type Service struct {
	program  string
	lifetime *Lifetime
	end      func() // ends the shim, if it has no containers

	mu      sync.Mutex
	id      string
	bundle  string
	netns   string
	config  cri.PodSandboxConfig
	made    record
	started time.Time

	ended    chan struct{} // closed when the process is gone
	status   uint32
	exitedAt time.Time
}

var _ api.TTRPCSandboxService = (*Service)(nil)

// New returns a service without a sandbox, which will start program (see [Program]). When its sandbox is gone, it calls
// end, which is to end the shim if that has no containers either.
func New(program string, lifetime *Lifetime, end func()) *Service {
	return &Service{program: program, lifetime: lifetime, end: end, ended: make(chan struct{})}
}

// CreateSandbox takes note of what is wanted. From here on the shim stays until the sandbox is gone.
func (s *Service) CreateSandbox(_ context.Context, r *api.CreateSandboxRequest) (*api.CreateSandboxResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.id != "" {
		return nil, errgrpc.ToGRPCf(errdefs.ErrAlreadyExists, "sandbox %s", s.id)
	}
	if err := proto.Unmarshal(r.GetOptions().GetValue(), &s.config); err != nil {
		return nil, errgrpc.ToGRPCf(errdefs.ErrInvalidArgument, "reading the Pod's configuration: %v", err)
	}
	s.id, s.bundle, s.netns = r.SandboxID, r.BundlePath, r.NetnsPath
	s.lifetime.held.Store(true)
	return &api.CreateSandboxResponse{}, nil
}

// StartSandbox makes the namespaces and the process that holds them.
func (s *Service) StartSandbox(_ context.Context, r *api.StartSandboxRequest) (*api.StartSandboxResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.mustBe(r.SandboxID); err != nil {
		return nil, err
	}
	if !s.started.IsZero() {
		return nil, errgrpc.ToGRPCf(errdefs.ErrAlreadyExists, "sandbox %s runs", s.id)
	}
	exits := reaper.Default.Subscribe()
	made, err := start(s.program, s.bundle, s.id, s.netns, &s.config)
	s.made = made
	if err != nil {
		reaper.Default.Unsubscribe(exits)
		return nil, errgrpc.ToGRPC(errors.Join(err, made.remove()))
	}
	s.started = time.Now()
	go func() {
		defer reaper.Default.Unsubscribe(exits)
		for exit := range exits {
			if exit.Pid == made.Pid {
				s.status, s.exitedAt = uint32(exit.Status), exit.Timestamp
				close(s.ended)
				return
			}
		}
	}()
	return &api.StartSandboxResponse{Pid: uint32(made.Pid), CreatedAt: timestamppb.New(s.started)}, nil
}

// Platform is the node's.
func (s *Service) Platform(context.Context, *api.PlatformRequest) (*api.PlatformResponse, error) {
	return &api.PlatformResponse{Platform: &types.Platform{OS: runtime.GOOS, Architecture: runtime.GOARCH}}, nil
}

// StopSandbox ends the process, and with it all that runs in its PID namespace, and removes what was made for it.
// Nothing is done with a stopped sandbox but to remove it, and the kubelet does that a minute later: the shim does
// not wait for it. containerd takes a sandbox whose shim is gone for one that does not run.
func (s *Service) StopSandbox(ctx context.Context, r *api.StopSandboxRequest) (*api.StopSandboxResponse, error) {
	if err := s.remove(ctx, r.SandboxID); err != nil {
		return nil, err
	}
	time.AfterFunc(answersLeave, s.release)
	return &api.StopSandboxResponse{}, nil
}

// release lets the shim go.
func (s *Service) release() {
	s.lifetime.held.Store(false)
	s.end()
}

// remove ends the process and removes what was made, once or again.
func (s *Service) remove(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.mustBe(id); err != nil {
		return err
	}
	if s.runs() {
		if err := unix.Kill(s.made.Pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
			return errgrpc.ToGRPC(fmt.Errorf("ending the sandbox's process: %w", err))
		}
		select {
		case <-s.ended:
		case <-ctx.Done():
			return errgrpc.ToGRPC(ctx.Err())
		}
	}
	return errgrpc.ToGRPC(s.made.remove())
}

// runs tells whether there is a process.
func (s *Service) runs() bool {
	select {
	case <-s.ended:
		return false
	default:
		return !s.started.IsZero()
	}
}

// WaitSandbox answers when the process is gone.
func (s *Service) WaitSandbox(ctx context.Context, _ *api.WaitSandboxRequest) (*api.WaitSandboxResponse, error) {
	select {
	case <-s.ended:
		return &api.WaitSandboxResponse{ExitStatus: s.status, ExitedAt: timestamppb.New(s.exitedAt)}, nil
	case <-ctx.Done():
		return nil, errgrpc.ToGRPC(ctx.Err())
	}
}

// SandboxStatus tells whether the sandbox runs.
func (s *Service) SandboxStatus(_ context.Context, r *api.SandboxStatusRequest) (*api.SandboxStatusResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.mustBe(r.SandboxID); err != nil {
		return nil, err
	}
	status := &api.SandboxStatusResponse{
		SandboxID: s.id,
		Pid:       uint32(s.made.Pid),
		State:     cri.PodSandboxState_SANDBOX_NOTREADY.String(),
		CreatedAt: timestamppb.New(s.started),
	}
	if s.runs() {
		status.State = cri.PodSandboxState_SANDBOX_READY.String()
	} else if !s.started.IsZero() {
		status.ExitedAt = timestamppb.New(s.exitedAt)
	}
	return status, nil
}

// PingSandbox answers.
func (s *Service) PingSandbox(context.Context, *api.PingRequest) (*api.PingResponse, error) {
	return &api.PingResponse{}, nil
}

// ShutdownSandbox is StopSandbox for one that was not stopped, and needs no answer to others.
func (s *Service) ShutdownSandbox(ctx context.Context, r *api.ShutdownSandboxRequest) (*api.ShutdownSandboxResponse, error) {
	if err := s.remove(ctx, r.SandboxID); err != nil {
		return nil, err
	}
	s.release()
	return &api.ShutdownSandboxResponse{}, nil
}

// SandboxMetrics has none: the process does nothing.
func (s *Service) SandboxMetrics(context.Context, *api.SandboxMetricsRequest) (*api.SandboxMetricsResponse, error) {
	return nil, errgrpc.ToGRPCf(errdefs.ErrNotImplemented, "metrics of a sandbox")
}

// UpdateSandbox has nothing to change: limits are those of the Pod's control group.
func (s *Service) UpdateSandbox(context.Context, *api.UpdateSandboxRequest) (*api.UpdateSandboxResponse, error) {
	return &api.UpdateSandboxResponse{}, nil
}

func (s *Service) mustBe(id string) error {
	if s.id == "" || s.id != id {
		return errgrpc.ToGRPCf(errdefs.ErrNotFound, "sandbox %s", id)
	}
	return nil
}
