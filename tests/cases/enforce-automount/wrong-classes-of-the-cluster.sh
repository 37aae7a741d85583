#!/usr/bin/env bash
# Objects that all of the cluster share: a default StorageClass, a default IngressClass, a driver that asks for tokens.
# fails: nothing-wider
# alone
set -euo pipefail

make_policy
kubectl apply -f - <<'YAML'
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: attic, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: attic.example.com
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: attic, annotations: {ingressclass.kubernetes.io/is-default-class: "true"}}
spec: {controller: attic.example.com/x}
---
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: {name: attic.example.com}
spec: {attachRequired: false, tokenRequests: [{audience: ""}]}
YAML
