#!/usr/bin/env bash
# It may give itself whatever it wants.
# fails: exactly
set -euo pipefail

rights_and <<EOF
  - {apiGroups: [rbac.authorization.k8s.io], resources: [roles], resourceNames: [as-seen], verbs: [escalate, patch]}
EOF
