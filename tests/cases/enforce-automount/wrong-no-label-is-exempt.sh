#!/usr/bin/env bash
# A Pod of the operator's account without the label counts as granted: a wrong default for what is missing.
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
        object.metadata.?labels[?'api-access'].orValue('$GRANTED') == '$GRANTED')
  validations:
    - expression: >-
        object.spec.?volumes.orValue([]).all(v, v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken)))
EOF
