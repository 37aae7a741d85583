# Applies its manifests with a kustomization.
# solution: kubectl apply -f -

before() {
    shim_kubectl <<'END'
if [[ "$*" == "apply -f -" ]]; then
    folder=$(mktemp -d -p "$here")
    cat >"$folder/all.yaml"
    printf 'resources: [all.yaml]\n' >"$folder/kustomization.yaml"
    set -- apply -k "$folder"
fi
exec "$kubectl" "$@"
END
}
