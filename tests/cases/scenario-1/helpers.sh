#!/usr/bin/env bash
# The task's ServiceAccount, and no token for it or `default` unless a Pod asks.
quiet_accounts() {
    kubectl create serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE"
    for account in default "$SERVICE_ACCOUNT"; do
        kubectl patch serviceaccount "$account" -n "$NAMESPACE" -p '{"automountServiceAccountToken": false}'
    done
}

# Starts a Pod that serves a token of `default` at /token; prints its address.
serve_a_token() {
    {
        kubectl create configmap page -n "$NAMESPACE" --from-literal=token="$(kubectl create token default -n "$NAMESPACE")"
        kubectl run server -n "$NAMESPACE" --image=nginx --overrides='{"spec": {"terminationGracePeriodSeconds": 1,
          "containers": [{"name": "server", "image": "nginx", "imagePullPolicy": "IfNotPresent",
            "volumeMounts": [{"name": "page", "mountPath": "/usr/share/nginx/html"}]}],
          "volumes": [{"name": "page", "configMap": {"name": "page"}}]}}'
        kubectl wait --for=condition=Ready pod/server -n "$NAMESPACE" --timeout=60s
    } >&2
    kubectl get pod server -n "$NAMESPACE" -o jsonpath='{.status.podIP}'
}
