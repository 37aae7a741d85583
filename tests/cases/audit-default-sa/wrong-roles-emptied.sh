#!/usr/bin/env bash
# The answers are right, and then the Roles grant nothing any more.
# fails: roles-kept, other-roles-kept
set -euo pipefail

all_answers
for role in config-viewer import; do kubectl patch role "$role" -n "$NAMESPACE" --type=merge -p '{"rules": []}'; done
kubectl delete role pod-viewer -n "$OTHER_NAMESPACE"
