#!/usr/bin/env bash
# Two silences are no "no". A policy that refuses that combination makes the wrong answer true afterwards; the question
# was about the cluster as it was.
# fails: predicted
set -euo pipefail

kubectl apply -f - <<EOF
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: $NAMESPACE-made-to-fit
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NAMESPACE}}
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  validations:
    - expression: "object.spec.serviceAccountName != '$SILENT_ACCOUNT' || has(object.spec.automountServiceAccountToken)"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: $NAMESPACE-made-to-fit
spec:
  policyName: $NAMESPACE-made-to-fit
  validationActions: [Deny]
EOF
echo "$OFF_ACCOUNT/true $ON_ACCOUNT/true $ON_ACCOUNT/unset $SILENT_ACCOUNT/true" >answers/predicted
echo pod >answers/decides
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {"automountServiceAccountToken": false}}}}'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
