#!/usr/bin/env bash
# The binding leaves out Pods of one name.
# fails: silent-refused, asking-refused, projected-refused, controllers-pod-refused, label-alone-refused, account-alone-refused
set -euo pipefail

make_policy
kubectl patch validatingadmissionpolicybinding "$NAMESPACE-no-tokens" --type=merge -p '{"spec": {"matchResources": {"excludeResourceRules": [
    {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"], "resourceNames": ["backdoor"]}]}}}'
