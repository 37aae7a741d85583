#!/usr/bin/env bash
# The binding's object selector leaves Pods alone that have a label of their own.
# fails: silent-refused, asking-refused, label-alone-refused
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
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: $NAMESPACE-no-tokens
spec:
  policyName: $NAMESPACE-no-tokens
  validationActions: [Deny]
  matchResources:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NAMESPACE}}
    objectSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}
EOF
