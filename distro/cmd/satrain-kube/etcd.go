package main

// etcd for one throw-away cluster: a single member without TLS, which listens
// on the loopback of the cluster's own network namespace.

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"

	"distro.satrain.dev/bootstrap"
	"distro.satrain.dev/checkpoints"
)

const (
	etcdStartTimeout = 30 * time.Second
	// A lab holds a few MB, and the history of a proof of all variations some hundreds; the quota only stops a runaway
	// loop from filling the disk.
	etcdQuotaBytes = 1 << 30
	// Ticks without a leader before an election. A single member elects itself,
	// so few and short ticks cost nothing and save start-up time.
	etcdElectionTicks = 5
	// For how long earlier revisions are kept: as long as somebody may be at one lab.
	etcdHistory = "12h"
)

type etcdOptions struct {
	dataDir      string
	listenClient string
	listenPeer   string
	tickMs       uint
	fsync        bool
	checkpoints  string
	bootstrap    bool
}

func newEtcdCommand() *cobra.Command {
	var o etcdOptions
	cmd := &cobra.Command{
		Use:           "etcd",
		Short:         "Run a single etcd member",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true, // cli.Run prints it
		RunE:          func(*cobra.Command, []string) error { return o.run() },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.dataDir, "data-dir", "", "data directory")
	flags.StringVar(&o.listenClient, "listen-client", "http://127.0.0.1:2379", "client URL (http:// or unix://)")
	flags.StringVar(&o.listenPeer, "listen-peer", "http://127.0.0.1:2380", "peer URL")
	flags.UintVar(&o.tickMs, "tick-ms", 100, "raft tick in milliseconds; the election time-out is 5 ticks")
	flags.StringVar(&o.checkpoints, "checkpoints", "", "socket on which the state of an earlier revision can be restored")
	flags.BoolVar(&o.bootstrap, "bootstrap", false, "write the roles that Kubernetes begins with into new data")
	flags.BoolVar(&o.fsync, "fsync", false, "flush every write to disk (slower; survives a crash of the machine)")
	return cmd
}

func (o *etcdOptions) config() (*embed.Config, error) {
	if o.dataDir == "" {
		return nil, errors.New("--data-dir is required")
	}
	client, err := url.Parse(o.listenClient)
	if err != nil {
		return nil, fmt.Errorf("--listen-client: %w", err)
	}
	peer, err := url.Parse(o.listenPeer)
	if err != nil {
		return nil, fmt.Errorf("--listen-peer: %w", err)
	}
	cfg := embed.NewConfig()
	cfg.Name, cfg.Dir = "satrain", o.dataDir
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{*client}, []url.URL{*client}
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = []url.URL{*peer}, []url.URL{*peer}
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	cfg.Logger, cfg.LogLevel = "zap", "warn"
	cfg.UnsafeNoFsync = !o.fsync
	cfg.TickMs, cfg.ElectionMs = o.tickMs, etcdElectionTicks*o.tickMs
	cfg.QuotaBackendBytes = etcdQuotaBytes
	cfg.AutoCompactionMode, cfg.AutoCompactionRetention = embed.CompactorModePeriodic, etcdHistory
	return cfg, nil
}

func (o *etcdOptions) run() error {
	cfg, err := o.config()
	if err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)

	member, err := embed.StartEtcd(cfg)
	if err != nil {
		return err
	}
	defer member.Close()
	select {
	case <-member.Server.ReadyNotify():
		if o.bootstrap {
			if err := bootstrap.Write(context.Background(), v3client.New(member.Server)); err != nil {
				return fmt.Errorf("--bootstrap: %w", err)
			}
		}
		if o.checkpoints != "" {
			if err := checkpoints.Serve(member.Server, o.checkpoints, bootstrap.Controllers()); err != nil {
				return fmt.Errorf("--checkpoints: %w", err)
			}
		}
		fmt.Fprintln(os.Stderr, "etcd: ready")
	case err := <-member.Err():
		return err
	case <-stop:
		return nil
	case <-time.After(etcdStartTimeout):
		return fmt.Errorf("etcd is not ready after %s", etcdStartTimeout)
	}
	select {
	case <-stop:
		return nil
	case err := <-member.Err():
		return err
	}
}
