#!/usr/bin/env bash
# The exception is also granted by an annotation, which the task does not name.
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
        '$GRANTED' in [object.metadata.?labels[?'api-access'].orValue(''),
        object.metadata.?annotations[?'api-access'].orValue('')])
  validations:
    - expression: >-
        object.spec.?volumes.orValue([]).all(v, v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken)))
EOF
