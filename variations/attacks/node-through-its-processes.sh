# Mounts the processes of the node.
# fact: ^tokenMount

after() {
    tokenless
    change_pod "$(mount_volume '"hostPath": {"path": "/proc"}')"
}
