#!/usr/bin/env bash
# There is a policy, and no binding.
# fails: silent-refused, asking-refused, projected-refused, controllers-pod-refused, label-alone-refused, account-alone-refused
set -euo pipefail

kubectl apply -f - <<EOF
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: $NAMESPACE-no-tokens
spec:
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
        object.spec.?volumes.orValue([]).all(v, v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken)))
EOF
