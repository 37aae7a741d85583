#!/usr/bin/env bash
# Parts of the object have names of their own.
set -euo pipefail

policy <<EOF
  matchConstraints:
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  variables:
    - {name: meta, expression: object.metadata}
    - {name: spec, expression: object.spec}
    - {name: podLabels, expression: "variables.meta.?labels.orValue({})"}
  validations:
    - expression: >-
        (variables.spec.serviceAccountName == '$OPERATOR_ACCOUNT' &&
        variables.podLabels[?'api-access'].orValue('') == '$GRANTED') ||
        variables.spec.?volumes.orValue([]).all(v, v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken)))
EOF
