#!/usr/bin/env bash
# A token stands in a hook's command line, and so in the container's processes.
# fails: no-token
set -euo pipefail

token=$(kubectl create token "$SERVICE_ACCOUNT" -n "$NAMESPACE")
kubectl delete pod "$POD" -n "$NAMESPACE"
kubectl apply -f - <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: $POD
  namespace: $NAMESPACE
  labels: {app: $POD, tier: web}
spec:
  serviceAccountName: $SERVICE_ACCOUNT
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: satrain.local/lab:1
      command: [web]
      lifecycle: {postStart: {exec: {command: ["true", "$token"]}}}
      env:
        - {name: PORT, value: "8080"}
      volumeMounts:
        - {name: pages, mountPath: /usr/share/nginx/html}
    - name: log-shipper
      image: satrain.local/lab:1
      command: [sleep, infinity]
  volumes:
    - name: pages
      configMap: {name: $POD-pages}
YAML
