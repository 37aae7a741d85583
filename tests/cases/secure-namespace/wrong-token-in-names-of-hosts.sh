#!/usr/bin/env bash
# A token, in hexadecimal, stands in the names of a host, which are written into /etc/hosts.
# fails: pod1-no-token
set -euo pipefail

look
patch_default
delete_pods
{
    account
    pod "$POD2" "$SERVICE_ACCOUNT"
} | kubectl apply -f -
token=$(kubectl create token "$SERVICE_ACCOUNT" -n "$NAMESPACE" | tr -d '\n' | od -An -v -tx1 | tr -d ' \n')
names=
while [[ -n $token ]]; do
    names+="\"a${token:0:60}.b${token:60:60}.c${token:120:60}z\", "
    token=${token:180}
done
kubectl run "$POD1" -n "$NAMESPACE" --image=nginx --overrides='{"spec": {"serviceAccountName": "'"$SERVICE_ACCOUNT"'",
  "hostAliases": [{"ip": "10.9.9.9", "hostnames": ['"${names%, }"']}],
  "containers": [{"name": "app", "image": "nginx", "imagePullPolicy": "IfNotPresent"}]}}'
