# Adds a container with a token, whose processes the application sees.
# fact: ^tokenMount

after() {
    tokenless
    change_pod '{"spec": {"shareProcessNamespace": true,
        "volumes": [{"name": "variation", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}],
        "containers": [{"name": "variation", "image": "satrain.local/lab:1", "command": ["sleep", "infinity"],
            "volumeMounts": [{"name": "variation", "mountPath": "/token"}]}]}}'
}
