# Edits the object instead of patching it.
# solution: kubectl patch

before() {
    shim_kubectl <<'END'
if [[ ${1:-} == patch && "$*" != *--local* ]]; then
    "$kubectl" "$@" --dry-run=server -o yaml >"$here/patched.yaml"
    printf '#!/bin/sh\ncp %q "$1"\n' "$here/patched.yaml" >"$here/editor"
    chmod +x "$here/editor"
    object=$("$kubectl" "$@" --dry-run=server -o go-template='{{.kind}}/{{.metadata.name}}{{with .metadata.namespace}} -n {{.}}{{end}}')
    # shellcheck disable=SC2086
    KUBE_EDITOR=$here/editor exec "$kubectl" edit $object
fi
exec "$kubectl" "$@"
END
}
