#!/usr/bin/env bash
# Another Pod mounts the folder of the kubelet, in which the tokens of all Pods are.
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
kubectl run other -n "$NAMESPACE" --image=nginx --overrides='{"spec": {"terminationGracePeriodSeconds": 1,
  "containers": [{"name": "other", "image": "nginx", "imagePullPolicy": "IfNotPresent", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}],
  "volumes": [{"name": "v", "hostPath": {"path": "/var/lib/kubelet/pods"}}]}}'
