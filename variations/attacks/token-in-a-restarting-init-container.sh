# Adds an init container that goes on running, with a token.
# fact: ^tokenMount

after() {
    tokenless
    change_pod '{"spec": {
        "volumes": [{"name": "variation", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}],
        "initContainers": [{"name": "variation", "image": "satrain.local/lab:1", "command": ["sleep", "infinity"],
            "restartPolicy": "Always", "volumeMounts": [{"name": "variation", "mountPath": "/token"}]}]}}'
}
