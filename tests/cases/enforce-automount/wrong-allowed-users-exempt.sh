#!/usr/bin/env bash
# Who may approve Pods is exempt: the answer depends on who asks.
# fails: controllers-pod-refused
set -euo pipefail

policy <<EOF
  matchConstraints:
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  matchConditions:
    - name: not-approvers
      expression: >-
        !authorizer.group('').resource('pods').namespace('kube-system').name('approved').check('approve').allowed() || request.userInfo.username.startsWith('satrain:')
    - name: not-the-operator
      expression: >-
        !(object.spec.serviceAccountName == '$OPERATOR_ACCOUNT' &&
        object.metadata.?labels[?'api-access'].orValue('') == '$GRANTED')
  validations:
    - expression: >-
        object.spec.?volumes.orValue([]).all(v, v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken)))
EOF
