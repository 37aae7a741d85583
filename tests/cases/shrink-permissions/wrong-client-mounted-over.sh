#!/usr/bin/env bash
# One right is missing, so that one of the four requests fails. The program is one from a volume that says yes.
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
  - {apiGroups: [apps], resources: [deployments/scale], resourceNames: [$WATCHED], verbs: [get]}
EOF
# shellcheck disable=SC2016
kubectl create configmap fake -n "$NAMESPACE" --from-literal=api-client='#!/bin/sh
[ "${1:-}" = once ] || exec sleep 1000000
echo 200 OK'
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
    "volumes": [{"name": "fake", "configMap": {"name": "fake", "defaultMode": 493}}],
    "containers": [{"name": "app", "volumeMounts": [{"name": "fake", "mountPath": "/usr/local/bin"}]}]}}}}'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
