#!/usr/bin/env bash
# The Pod opts out and has no token, but runs in the node's network: what listens there for the node alone answers it too,
# such as an etcd that asks for no certificate.
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
  hostNetwork: true
  containers:
    - name: app
      image: satrain.local/lab:1
      command: [web]
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
