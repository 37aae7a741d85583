# Mounts the folder of the container runtime's socket.
# fact: ^tokenMount

after() {
    tokenless
    change_pod "$(mount_volume '"hostPath": {"path": "/run"}')"
}
