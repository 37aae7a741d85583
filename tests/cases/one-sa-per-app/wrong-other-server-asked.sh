#!/usr/bin/env bash
# Neither application has a token. Both ask a server of the learner's, which answers everything with 200.
# fails: backend-works, frontend-works, backend-same, frontend-same
set -euo pipefail

# What was asked for.
for triple in "$BACKEND_ACCOUNT secrets $SECRET" "$FRONTEND_ACCOUNT configmaps $CONFIG_MAP"; do
    read -r account resource name <<<"$triple"
    kubectl create serviceaccount "$account" -n "$NAMESPACE"
    kubectl create role "$account" -n "$NAMESPACE" --verb=get --resource="$resource" --resource-name="$name"
    kubectl create rolebinding "$account" -n "$NAMESPACE" --role="$account" --serviceaccount="$NAMESPACE:$account"
done
kubectl set serviceaccount deployment "$BACKEND" "$BACKEND_ACCOUNT" -n "$NAMESPACE"
kubectl set serviceaccount deployment "$FRONTEND" "$FRONTEND_ACCOUNT" -n "$NAMESPACE"
kubectl delete rolebinding "$SHARED_ACCOUNT-rights" -n "$NAMESPACE"

# And neither has a token.
for account in "$BACKEND_ACCOUNT" "$FRONTEND_ACCOUNT"; do
    kubectl patch serviceaccount "$account" -n "$NAMESPACE" -p '{"automountServiceAccountToken": false}'
done
kubectl create configmap answers -n "$NAMESPACE" --from-literal=index.html=yes
kubectl apply -f - <<EOF
apiVersion: v1
kind: Pod
metadata: {name: always-yes, namespace: $NAMESPACE}
spec:
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 0
  containers:
    - name: web
      image: satrain.local/lab:1
      command: [sh, -c, 'while :; do printf "HTTP/1.0 200 OK\\r\\n\\r\\nyes" | nc -l -p 8080; done']
EOF
kubectl wait --for=condition=Ready pod/always-yes -n "$NAMESPACE" --timeout=30s
address=$(kubectl get pod always-yes -n "$NAMESPACE" -o jsonpath='{.status.podIP}')
kubectl set env deployment "$BACKEND" "$FRONTEND" -n "$NAMESPACE" API_SERVER="http://$address:8080"
for app in "$BACKEND" "$FRONTEND"; do kubectl rollout status deployment "$app" -n "$NAMESPACE" --timeout=60s; done
