#!/usr/bin/env bash
# The incident is over, and the backup gets 403: it has no token any more. A policy refuses whoever wants to see it.
# fails: backup-works
set -euo pipefail

kubectl delete rolebinding "$GROUP_BINDING" -n "$NAMESPACE"
kubectl patch rolebinding "$SHARED_BINDING" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/subjects/0"}]'
kubectl create serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE"
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
    "serviceAccountName": "'"$SERVICE_ACCOUNT"'", "automountServiceAccountToken": false}}}}'
kubectl patch serviceaccount "$BACKUP_ACCOUNT" -n "$NAMESPACE" -p '{"automountServiceAccountToken": false}'
kubectl rollout restart deployment "$BACKUP" -n "$NAMESPACE"
kubectl rollout status deployment "$BACKUP" -n "$NAMESPACE" --timeout=60s
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
kubectl apply -f - <<EOF
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: $NAMESPACE-no-exec}
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NAMESPACE}}
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CONNECT], resources: [pods/exec]}
  validations:
    - {expression: "!object.container.startsWith('backup')", message: Nobody touches the backup}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: $NAMESPACE-no-exec}
spec: {policyName: $NAMESPACE-no-exec, validationActions: [Deny]}
EOF
for _ in $(seq 60); do
    kubectl exec "deployment/$BACKUP" -n "$NAMESPACE" -- true 2>/dev/null || break
    sleep 0.5
done
