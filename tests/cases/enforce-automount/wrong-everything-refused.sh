#!/usr/bin/env bash
# The policy refuses every Pod, so a refusal says nothing about tokens.
# fails: silent-refused, asking-refused, projected-refused, controllers-pod-refused, label-alone-refused, account-alone-refused, operator-admitted, tokenless-admitted
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
        true
  validations:
    - expression: >-
        false
      reason: RequestEntityTooLarge
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
EOF
