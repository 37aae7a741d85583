#!/usr/bin/env bash
# Everybody who logs in reads Secrets: one more rule of a ClusterRole that all are bound to.
# fails: sa-without-rights, default-without-rights, nothing-wider
set -euo pipefail

withdraw_from_default
withdraw_from_group
make_account
move_app
kubectl patch clusterrole system:basic-user --type=json -p '[{"op": "add", "path": "/rules/-", "value":
  {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}}]'
