# Leaves a new Secret with a long-lived token.
# fact: ^legacySecrets \S*[a-z]

after() {
    local kind
    read -r kind space < <(grep '^legacySecrets ' "$here/facts")
    make <<END
apiVersion: v1
kind: Secret
metadata: {name: variation, namespace: $space, annotations: {kubernetes.io/service-account.name: default}}
type: kubernetes.io/service-account-token
END
    kubectl wait --for=jsonpath='{.data.token}' secret/variation -n "$space" --timeout=20s
}

undo() {
    local kind
    read -r kind space < <(grep '^legacySecrets ' "$here/facts")
    kubectl delete secret variation -n "$space"
}
