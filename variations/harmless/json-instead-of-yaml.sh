# Writes its manifests as JSON.
# solution: kubectl (apply|create) -f -

before() {
    shim_kubectl <<'END'
if [[ "$*" == "apply -f -" || "$*" == "create -f -" ]]; then
    "$kubectl" create --dry-run=client -o json -f - >"$here/manifests.json"
    set -- "$1" -f "$here/manifests.json"
fi
exec "$kubectl" "$@"
END
}
