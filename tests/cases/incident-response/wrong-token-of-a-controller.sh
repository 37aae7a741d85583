#!/usr/bin/env bash
# A long-lived token of an account of the control plane is a credential that stays.
# fails: nothing-wider
set -euo pipefail

withdraw_from_default
withdraw_from_group
make_account
move_app
kubectl apply -f - <<YAML
apiVersion: v1
kind: Secret
metadata:
  name: $NAMESPACE-copy
  namespace: kube-system
  annotations: {kubernetes.io/service-account.name: clusterrole-aggregation-controller}
type: kubernetes.io/service-account-token
YAML
