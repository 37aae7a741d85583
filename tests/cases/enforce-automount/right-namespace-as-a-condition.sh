#!/usr/bin/env bash
# The Namespace is a match condition instead of a selector.
set -euo pipefail

kubectl apply -f - <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: $NAMESPACE-no-tokens
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  matchConditions:
    - name: here
      expression: request.namespace == '$NAMESPACE'
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
YAML
