# Creates what is not there, and replaces the rest, instead of applying.
# solution: kubectl apply -f -

before() {
    shim_kubectl <<'END'
if [[ "$*" == "apply -f -" ]]; then
    "$kubectl" create --dry-run=client -o json -f - >"$here/applied.json"
    "$kubectl" create -f "$here/applied.json" 2>"$here/created" || "$kubectl" replace -f "$here/applied.json" || {
        cat "$here/created" && exit 1
    }
    exit
fi
exec "$kubectl" "$@"
END
}
