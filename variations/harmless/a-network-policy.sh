# Leaves a NetworkPolicy that allows everything.

after() {
    kubectl apply -f - <<END
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: variation, namespace: ${spaces%% *}}
spec: {podSelector: {}, ingress: [{}], egress: [{}], policyTypes: [Ingress, Egress]}
END
}
