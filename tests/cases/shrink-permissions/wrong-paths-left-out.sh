#!/usr/bin/env bash
# Two rights are missing. The application asks for less than it did, so nothing of it fails.
# fails: exactly, app-works, same-app
set -euo pipefail

kubectl delete clusterrolebinding "$NAMESPACE-admins"
kubectl delete rolebinding "$GROUP_BINDING" -n "$OTHER_NAMESPACE"
kubectl patch rolebinding "$SHARED_BINDING" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/subjects/0"}]'
kubectl replace -f - <<EOF
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: everything, namespace: $NAMESPACE}
rules:
  - {apiGroups: [""], resources: [configmaps], resourceNames: [$CONFIG_MAP], verbs: [get]}
  - {apiGroups: [""], resources: [pods], verbs: [list]}
EOF
kubectl set env deployment "$APP" -n "$NAMESPACE" API_PATHS="/api/v1/namespaces/$NAMESPACE/configmaps/$CONFIG_MAP"
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
