#!/usr/bin/env bash
# One container may read any file of the node by its handle.
# fails: no-token
set -euo pipefail

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
      securityContext: {capabilities: {add: [DAC_READ_SEARCH]}}
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
