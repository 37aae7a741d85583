#!/usr/bin/env bash
# The Pod as it should be, with further changes (JSON patch operations).
pod_with() {
    kubectl delete pod "$POD" -n "$NAMESPACE"
    kubectl patch --local -f - -o json --type=json -p "$1" <<YAML | kubectl apply -f -
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
}
