#!/usr/bin/env bash
# The CA comes from a ClusterTrustBundle of the signer, made from the ConfigMap, as the explanation suggests.
set -euo pipefail

kubectl apply -f - <<YAML
apiVersion: certificates.k8s.io/v1
kind: ClusterTrustBundle
metadata: {name: "ca.example.com:$NAMESPACE:first"}
spec:
  signerName: ca.example.com/$NAMESPACE
  trustBundle: |
$(kubectl get configmap "$AUTHORITY" -n "$NAMESPACE" -o jsonpath='{.data.ca\.crt}' | sed 's/^/    /')
YAML
volume "$(hourly), {\"clusterTrustBundle\": {\"signerName\": \"ca.example.com/$NAMESPACE\", \"labelSelector\": {}, \"path\": \"ca.crt\"}}"
