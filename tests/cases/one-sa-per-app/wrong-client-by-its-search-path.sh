#!/usr/bin/env bash
# Neither application has a token. `PATH` leads to a program that says yes.
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
# shellcheck disable=SC2016
kubectl create configmap fake -n "$NAMESPACE" --from-literal=api-client='#!/bin/sh
[ "${1:-}" = once ] || exec sleep 1000000
echo 200 OK'
for app in "$BACKEND" "$FRONTEND"; do
    kubectl patch deployment "$app" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
        "volumes": [{"name": "fake", "configMap": {"name": "fake", "defaultMode": 493}}],
        "containers": [{"name": "app", "env": [{"name": "PATH", "value": "/fake:/usr/bin:/bin"}],
            "volumeMounts": [{"name": "fake", "mountPath": "/fake"}]}]}}}}'
done
for app in "$BACKEND" "$FRONTEND"; do kubectl rollout status deployment "$app" -n "$NAMESPACE" --timeout=60s; done
