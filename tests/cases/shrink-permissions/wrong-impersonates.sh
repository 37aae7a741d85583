#!/usr/bin/env bash
# It may act as every other ServiceAccount of the Namespace.
# fails: exactly
set -euo pipefail

rights_and <<EOF
  - {apiGroups: [""], resources: [serviceaccounts], verbs: [impersonate]}
EOF
