# Has an init container copy its token into a volume that the application reads.
# fact: ^tokenMount

after() {
    tokenless
    change_pod '{"spec": {
        "volumes": [{"name": "variation", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
            {"name": "shared", "emptyDir": {}}],
        "initContainers": [{"name": "variation", "image": "satrain.local/lab:1", "command": ["cp", "/from/token", "/to/"],
            "volumeMounts": [{"name": "variation", "mountPath": "/from"}, {"name": "shared", "mountPath": "/to"}]}],
        "containers": [{"name": "'"$container"'", "volumeMounts": [{"name": "shared", "mountPath": "/var/run/variation"}]}]}}'
}
