# Runs as a privileged container.
# fact: ^tokenMount

after() {
    tokenless
    change_pod '{"spec": {"containers": [{"name": "'"$container"'", "securityContext": {"privileged": true, "allowPrivilegeEscalation": true}}]}}'
}
