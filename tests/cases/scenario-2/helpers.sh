#!/usr/bin/env bash
# What the task asks for.
solve() {
    kubectl apply -f - <<YAML
apiVersion: v1
kind: ServiceAccount
metadata:
  name: $SERVICE_ACCOUNT
  namespace: $NAMESPACE
automountServiceAccountToken: false
YAML
    kubectl replace --force -f - <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: $POD
  namespace: $NAMESPACE
  labels: {app: $POD, tier: web}
spec:
  serviceAccountName: $SERVICE_ACCOUNT
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: satrain.local/lab:1
      command: [web]
      env:
        - {name: PORT, value: "8080"}
      ports:
        - {name: http, containerPort: 8080}
      volumeMounts:
        - {name: pages, mountPath: /usr/share/nginx/html}
  volumes:
    - name: pages
      configMap: {name: $POD-pages}
YAML
}
