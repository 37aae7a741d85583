#!/usr/bin/env bash
# It may still create Pods, and tokens of one ServiceAccount.
# fails: no-way-up, exactly
set -euo pipefail

rights_and <<EOF
  - {apiGroups: [""], resources: [pods], resourceNames: [""], verbs: [create]}
  - {apiGroups: [""], resources: [serviceaccounts/token], resourceNames: [default], verbs: [create]}
EOF
