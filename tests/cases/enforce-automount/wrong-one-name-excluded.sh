#!/usr/bin/env bash
# The policy's constraints leave out Pods of one name, without any expression.
# fails: silent-refused, asking-refused, projected-refused, controllers-pod-refused, label-alone-refused, account-alone-refused
set -euo pipefail

make_policy
kubectl patch validatingadmissionpolicy "$NAMESPACE-no-tokens" --type=merge -p '{"spec": {"matchConstraints": {"excludeResourceRules": [
    {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"], "resourceNames": ["backdoor"]}]}}}'
