#!/usr/bin/env bash
# The lone Pod is started again by the usual command, with the image's name without its tag.
set -euo pipefail

give_identity
withdraw
turn_off "$NAMESPACE" "$BATCH_NAMESPACE" "$TOOLS_NAMESPACE"
restart_deployments
kubectl delete pod "$TOOLBOX" -n "$TOOLS_NAMESPACE"
kubectl run "$TOOLBOX" -n "$TOOLS_NAMESPACE" --image=registry.k8s.io/pause --labels="app=$TOOLBOX" \
    --image-pull-policy=IfNotPresent
