#!/usr/bin/env bash
# The migration is right, and then one token is put back as an ordinary Secret of its old name. The API server looks
# for a Secret of that name with that token in it, and never at its type: the old token works again.
# fails: secrets-gone
set -euo pipefail

# The two applications.
for app in "$APP" "$OTHER_APP"; do
    kubectl get "deployment/$app" -n "$NAMESPACE" -o jsonpath='{.spec.template.spec.volumes[0].name}' | grep -qx token
    kubectl patch "deployment/$app" -n "$NAMESPACE" --type=json -p '[
    {"op": "replace", "path": "/spec/template/spec/volumes/0", "value": {"name": "token", "projected": {"sources": [
      {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
      {"serviceAccountToken": {"expirationSeconds": 1800, "path": "token"}}]}}}]'
done

# The job: another right, another script.
kubectl create role ask-for-token -n "$CI_NAMESPACE" --verb=create --resource=serviceaccounts/token --resource-name="$DEPLOYER"
kubectl create rolebinding ask-for-token -n "$CI_NAMESPACE" --role=ask-for-token --serviceaccount="$CI_NAMESPACE:$RUNNER"
kubectl delete rolebinding/get-token role/get-token -n "$CI_NAMESPACE"
cat >get-token <<EOF
# Has a token issued for $DEPLOYER, for an hour, and prints it.
self=/var/run/secrets/kubernetes.io/serviceaccount
curl -sSf --cacert "\$CA_FILE" -H "Authorization: Bearer \$(cat \$self/token)" -H 'Content-Type: application/json' \\
  -d '{"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": {"expirationSeconds": 3600}}' \\
  "\$API/api/v1/namespaces/$CI_NAMESPACE/serviceaccounts/$DEPLOYER/token" | grep -o '"token": *"[^"]*"' | cut -d'"' -f4
EOF
kubectl create configmap "$JOB" -n "$CI_NAMESPACE" --from-file=get-token --dry-run=client -o yaml >scripts.yaml
kubectl patch configmap "$JOB" -n "$CI_NAMESPACE" --patch-file scripts.yaml
kubectl rollout restart "deployment/$JOB" -n "$CI_NAMESPACE"
kubectl rollout status "deployment/$JOB" -n "$CI_NAMESPACE" --timeout=120s
for app in "$APP" "$OTHER_APP"; do kubectl rollout status "deployment/$app" -n "$NAMESPACE" --timeout=90s; done

# All twelve go; one comes back.
kubectl get secret dashboard-2021 -n "$NAMESPACE" -o jsonpath='{.data.token}' | base64 -d >token
for space in "$NAMESPACE" "$CI_NAMESPACE"; do
    kubectl delete secrets -n "$space" --field-selector=type=kubernetes.io/service-account-token
done
kubectl create secret generic dashboard-2021 -n "$NAMESPACE" --from-file=token
rm token
