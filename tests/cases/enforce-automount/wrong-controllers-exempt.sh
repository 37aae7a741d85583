#!/usr/bin/env bash
# Users whose name begins with `system:` are exempt, and controllers are among them: a Deployment's Pods get a token.
# A plausible mistake: many policies leave `system:` users alone.
# fails: controllers-pod-refused
set -euo pipefail

policy <<EOF
  matchConstraints:
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  matchConditions:
    - name: leave-the-system-alone
      expression: >-
        !request.userInfo.username.startsWith('system:')
    - name: not-the-operator
      expression: >-
        !(object.spec.serviceAccountName == '$OPERATOR_ACCOUNT' &&
        object.metadata.?labels[?'api-access'].orValue('') == '$GRANTED')
  validations:
    - expression: >-
        object.spec.?volumes.orValue([]).all(v, v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken)))
EOF
