#!/usr/bin/env bash
# Another Pod mounts a password, and has no token.
set -euo pipefail

look
patch_default
delete_pods
{
    account
    pod "$POD1" "$SERVICE_ACCOUNT"
    pod "$POD2" "$SERVICE_ACCOUNT"
} | kubectl apply -f -
kubectl create secret generic login -n "$NAMESPACE" --from-literal=password=hello
kubectl run other -n "$NAMESPACE" --image=nginx --overrides='{"spec": {"terminationGracePeriodSeconds": 1,
  "containers": [{"name": "other", "image": "nginx", "imagePullPolicy": "IfNotPresent", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}],
  "volumes": [{"name": "v", "secret": {"secretName": "login"}}]}}'
