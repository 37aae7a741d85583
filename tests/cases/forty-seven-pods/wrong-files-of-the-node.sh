#!/usr/bin/env bash
# The lone Pod has no token any more, but the node's own files.
# fails: tools-no-token, toolbox-runs
set -euo pipefail

give_identity
withdraw
turn_off "$NAMESPACE" "$BATCH_NAMESPACE" "$TOOLS_NAMESPACE"
restart_deployments
kubectl delete pod "$TOOLBOX" -n "$TOOLS_NAMESPACE"
kubectl run "$TOOLBOX" -n "$TOOLS_NAMESPACE" --image=registry.k8s.io/pause --labels="app=$TOOLBOX" --overrides='{"spec": {
  "containers": [{"name": "shell", "image": "registry.k8s.io/pause", "imagePullPolicy": "IfNotPresent",
    "volumeMounts": [{"name": "node", "mountPath": "/node"}]}],
  "volumes": [{"name": "node", "hostPath": {"path": "/etc"}}]}}'
