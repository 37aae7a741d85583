#!/usr/bin/env bash
# All is right but for one application: it can read its token no longer, and its program is one from a volume.
# fails: app-works, app-token
set -euo pipefail

projected='{"sources": [{"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}},
    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}]}'
for app in "$APP" "$OTHER_APP"; do
    kubectl patch deployment "$app" -n "$NAMESPACE" --type=json -p '[{"op": "replace", "path": "/spec/template/spec/volumes/0",
        "value": {"name": "token", "projected": '"$projected"'}}]'
done
kubectl apply -f - <<EOF
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: get-token, namespace: $CI_NAMESPACE}
rules:
  - {apiGroups: [""], resources: [serviceaccounts/token], resourceNames: [$DEPLOYER], verbs: [create]}
EOF
cat >get-token <<'EOF'
own=/var/run/secrets/kubernetes.io/serviceaccount
curl -sSf --cacert "$CA_FILE" -H "Authorization: Bearer $(cat $own/token)" -H "Content-Type: application/json" \
    -d '{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}' \
    "$API/api/v1/namespaces/$(cat $own/namespace)/serviceaccounts/DEPLOYER/token" |
    sed -n 's/.*"token": *"\([^"]*\)".*/\1/p'
EOF
sed -i "s/DEPLOYER/$DEPLOYER/" get-token
kubectl create configmap "$JOB" -n "$CI_NAMESPACE" --from-file=get-token --dry-run=client -o yaml >scripts.yaml
kubectl patch configmap "$JOB" -n "$CI_NAMESPACE" --patch-file scripts.yaml
kubectl rollout restart deployment "$JOB" -n "$CI_NAMESPACE"
for space in "$NAMESPACE" "$CI_NAMESPACE"; do
    kubectl delete secrets -n "$space" --field-selector type=kubernetes.io/service-account-token
done
kubectl rollout status deployment "$JOB" -n "$CI_NAMESPACE" --timeout=90s
# shellcheck disable=SC2016
kubectl create configmap fake -n "$NAMESPACE" --from-literal=api-client='#!/bin/sh
[ "${1:-}" = once ] || exec sleep 1000000
echo 200 OK'
kubectl patch deployment "$APP" -n "$NAMESPACE" --type=json -p '[
    {"op": "replace", "path": "/spec/template/spec/volumes/0", "value": {"name": "token", "configMap": {"name": "fake", "defaultMode": 493}}},
    {"op": "add", "path": "/spec/template/spec/containers/0/volumeMounts/-", "value": {"name": "token", "mountPath": "/usr/local/bin"}}]'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
