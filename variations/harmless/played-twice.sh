# Plays the reference solution a second time, which changes nothing any more, with the answers of the first time.

after() {
    cp -a "$workspace/answers" "$here/answers"
    PATH="$here/shims:$PATH" bash -u "$reference" || true
    rm -rf "$workspace/answers"
    cp -a "$here/answers" "$workspace/answers"
}
