#!/usr/bin/env bash
# Format, vet and tests of the Go module, with the build's own flags, so that nothing upstream is compiled a second time.
set -euo pipefail
cd "$(dirname "$0")"
export GOTOOLCHAIN=local GOFLAGS=-mod=readonly GOGC=${GOGC:-1000} GOMEMLIMIT=${GOMEMLIMIT:-3GiB} CGO_ENABLED=0
flags=(-trimpath -gcflags=all=-dwarf=false
    -tags "grpcnotrace,no_btrfs,no_zfs,no_devmapper,urfave_cli_no_docs")
# bootstrap, satrain-kube, satrain-node and cmd/kubectl are left out: vetting them would read all of Kubernetes.
packages=(./checkpoints ./cni ./idmaps ./images ./kubectl/... ./labapp/... ./podsandbox ./upstream
    ./cmd/labapp ./cmd/imagebuild ./cmd/containerd-shim-runc-v2)

unformatted=$(gofmt -l .)
if [[ -n $unformatted ]]; then
    printf 'gofmt would change:\n%s\n' "$unformatted" >&2
    exit 1
fi
go vet "${flags[@]}" "${packages[@]}"
go test "${flags[@]}" "${packages[@]}"
