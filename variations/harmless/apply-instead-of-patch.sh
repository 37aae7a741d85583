# Exports the object, changes the file, and applies it, unless the patch takes something away: applying leaves what the file
# no longer mentions.
# solution: kubectl patch

before() {
    shim_kubectl <<'END'
if [[ ${1:-} == patch && "$*" != *--local* ]]; then
    "$kubectl" "$@" --dry-run=server -o json >"$here/patched.json"
    "$kubectl" patch --local -f "$here/patched.json" -o json --type=json \
        -p '[{"op": "remove", "path": "/metadata/managedFields"}]' >"$here/changed.json" 2>/dev/null ||
        cp "$here/patched.json" "$here/changed.json"
    apply=(apply --server-side --force-conflicts -f "$here/changed.json")
    if [[ $(would_make "$@") == "$(would_make "${apply[@]}" 2>/dev/null)" ]]; then
        exec "$kubectl" "${apply[@]}"
    fi
fi
exec "$kubectl" "$@"
END
}
