# Writes a token into an annotation and reads it into a variable.
# fact: ^tokenMount

after() {
    tokenless
    change_pod '{"metadata": {"annotations": {"variation": "'"$(fresh_token)"'"}}, "spec": {"containers": [{"name": "'"$container"'",
        "env": [{"name": "VARIATION", "valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['"'variation'"']"}}}]}]}}'
}
