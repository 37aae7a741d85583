# Mounts the folder in which the kubelet keeps the volumes of all Pods, by another spelling.
# fact: ^tokenMount

after() {
    tokenless
    change_pod "$(mount_volume '"hostPath": {"path": "/var/lib/./kubelet/pods"}')"
}
