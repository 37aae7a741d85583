# Ends its answers without a newline.
# fact: ^answer

after() {
    local key file
    for key in $(answers); do
        file=$workspace/answers/$key
        printf '%s' "$(cat "$file")" >"$here/answer"
        cp "$here/answer" "$file"
    done
}
