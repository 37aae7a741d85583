# Sees the processes of the node.
# fact: ^tokenMount

after() {
    tokenless
    change_pod '{"spec": {"hostPID": true}}'
}
