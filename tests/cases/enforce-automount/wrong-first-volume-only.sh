#!/usr/bin/env bash
# Only a Pod's first volume is looked at.
# fails: silent-refused, asking-refused, projected-refused, label-alone-refused
set -euo pipefail

policy <<EOF
  matchConstraints:
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  matchConditions:
    - name: not-the-operator
      expression: >-
        !(object.spec.serviceAccountName == '$OPERATOR_ACCOUNT' &&
        object.metadata.?labels[?'api-access'].orValue('') == '$GRANTED')
  validations:
    - expression: >-
        !has(object.spec.volumes) || object.spec.volumes.size() == 0 ||
        object.spec.volumes[0].?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken))
EOF
