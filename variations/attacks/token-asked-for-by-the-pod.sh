# Lets the Pod ask for its token.
# fact: ^tokenMount

after() {
    tokenless
    change_pod '{"spec": {"automountServiceAccountToken": true}}'
}
