#!/usr/bin/env bash
# The label's value is compared by its beginning: others that begin so are exempt, too.
# fails: account-alone-refused
set -euo pipefail

policy <<EOF
  matchConstraints:
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  matchConditions:
    - name: not-the-operator
      expression: >-
        !(object.spec.serviceAccountName == '$OPERATOR_ACCOUNT' &&
        object.metadata.?labels[?'api-access'].orValue('').startsWith('$GRANTED'))
  validations:
    - expression: >-
        object.spec.?volumes.orValue([]).all(v, v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken)))
EOF
