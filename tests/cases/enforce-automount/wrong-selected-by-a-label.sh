#!/usr/bin/env bash
# The binding leaves out Pods with another label.
# fails: label-alone-refused
set -euo pipefail

make_policy
kubectl patch validatingadmissionpolicybinding "$NAMESPACE-no-tokens" --type=merge -p '{"spec": {"matchResources": {"objectSelector": {
    "matchExpressions": [{"key": "break-glass", "operator": "DoesNotExist"}]}}}}'
