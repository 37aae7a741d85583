# Plays the reference solution a second time, which changes nothing any more, with the answers of the first time. Patches that
# remove an element by its number are left out: the second time it is another element.

after() {
    cp -a "$workspace/answers" "$here/answers"
    shim_kubectl <<'END'
if [[ ${1:-} == patch && "$*" =~ \"remove\",\ *\"path\":\ *\"[^\"]*/[0-9]+\" ]]; then
    exit 0
fi
exec "$kubectl" "$@"
END
    PATH="$here/shims:$PATH" bash -u "$reference" || true
    rm -rf "$workspace/answers"
    cp -a "$here/answers" "$workspace/answers"
}
