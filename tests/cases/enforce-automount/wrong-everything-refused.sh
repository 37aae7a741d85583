#!/usr/bin/env bash
# The policy refuses every Pod, so a refusal says nothing about tokens.
# fails: silent-refused, asking-refused, projected-refused, controllers-pod-refused, label-alone-refused, account-alone-refused, operator-admitted, tokenless-admitted
set -euo pipefail

policy <<EOF
  matchConstraints:
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  matchConditions:
    - name: not-the-operator
      expression: >-
        true
  validations:
    - expression: >-
        false
      reason: RequestEntityTooLarge
EOF
