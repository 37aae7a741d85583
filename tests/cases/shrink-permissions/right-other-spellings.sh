#!/usr/bin/env bash
# The subject without Namespace, and as a User: the requirement is about rights.
set -euo pipefail

rights_and <<EOF
  - {apiGroups: ["", batch], resources: [pods], verbs: [list]}
EOF
