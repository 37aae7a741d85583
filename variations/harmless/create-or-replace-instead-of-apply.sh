# Creates what is not there, and replaces the rest, instead of applying, unless the file leaves out something that is to stay.
# solution: kubectl apply -f -

before() {
    shim_kubectl <<'END'
if [[ "$*" == "apply -f -" ]]; then
    file=$here/applied.json
    "$kubectl" create --dry-run=client -o json -f - >"$file"
    ! "$kubectl" create -f "$file" 2>"$here/created" || exit 0
    if [[ $(would_make replace -f "$file") != "$(would_make apply -f "$file")" ]]; then
        exec "$kubectl" apply -f "$file"
    fi
    "$kubectl" replace -f "$file" || {
        cat "$here/created" && exit 1
    }
    exit
fi
exec "$kubectl" "$@"
END
}
