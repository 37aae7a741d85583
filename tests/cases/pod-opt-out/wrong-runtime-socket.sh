#!/usr/bin/env bash
# The container runtime's socket starts any container on the node.
# fails: no-token, same-app
set -euo pipefail

pod_with '[
  {"op": "add", "path": "/spec/containers/0/volumeMounts/-", "value": {"name": "runtime", "mountPath": "/runtime"}},
  {"op": "add", "path": "/spec/volumes/-", "value": {"name": "runtime", "hostPath": {"path": "/run/containerd"}}}]'
