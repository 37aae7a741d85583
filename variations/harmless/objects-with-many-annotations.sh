# Gives its objects 150 annotations.

after() {
    local all=()
    mapfile -t all < <(seq -f 'example.com/variation-%g=reviewed' 150)
    for space in $spaces; do
        kubectl annotate deployments,roles,rolebindings --all -n "$space" "${all[@]}" >/dev/null
    done
}
