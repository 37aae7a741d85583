#!/usr/bin/env bash
# The answer is wrong, and a policy makes it look right: it sets the Pod's own flag to what its ServiceAccount says.
# fails: decides, nothing-wider
set -euo pipefail

kubectl apply -f - <<EOF
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata:
  name: $NAMESPACE-account-wins
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NAMESPACE}}
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  matchConditions:
    - name: of-this-account
      expression: "object.spec.serviceAccountName == '$ON_ACCOUNT'"
  reinvocationPolicy: Never
  mutations:
    - patchType: ApplyConfiguration
      applyConfiguration:
        expression: "Object{spec: Object.spec{automountServiceAccountToken: true}}"
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata:
  name: $NAMESPACE-account-wins
spec:
  policyName: $NAMESPACE-account-wins
EOF
{
    echo "$OFF_ACCOUNT/true"
    for account in "$ON_ACCOUNT" "$SILENT_ACCOUNT"; do echo "$account/true, $account/unset"; done
} >answers/predicted
echo serviceaccount >answers/decides
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {"automountServiceAccountToken": false}}}}'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
