#!/usr/bin/env bash
# Another Pod mounts a token of a ConfigMap.
# fails: no-other-pods
set -euo pipefail

look
patch_default
delete_pods
{
    account
    pod "$POD1" "$SERVICE_ACCOUNT"
    pod "$POD2" "$SERVICE_ACCOUNT"
} | kubectl apply -f -
kubectl create configmap other -n "$NAMESPACE" --from-literal=token="$(kubectl create token default -n "$NAMESPACE")"
kubectl run other -n "$NAMESPACE" --image=nginx --overrides='{"spec": {"terminationGracePeriodSeconds": 1,
  "containers": [{"name": "other", "image": "nginx", "imagePullPolicy": "IfNotPresent", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}],
  "volumes": [{"name": "v", "configMap": {"name": "other"}}]}}'
