#!/usr/bin/env bash
# A Pod that is not of the Deployment wears its label, and has a token.
# fails: label-of-the-reader
set -euo pipefail

give_identity
withdraw
turn_off "$NAMESPACE" "$BATCH_NAMESPACE" "$TOOLS_NAMESPACE"
restart_deployments
replace_toolbox
kubectl run intruder -n "$NAMESPACE" --image=registry.k8s.io/pause --labels="app=$READER" \
    --overrides='{"spec": {"automountServiceAccountToken": true, "terminationGracePeriodSeconds": 1}}'
