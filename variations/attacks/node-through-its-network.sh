# Runs in the network of the node.
# fact: ^tokenMount
# reach: cluster

after() {
    tokenless
    change_pod '{"spec": {"hostNetwork": true}}'
}
