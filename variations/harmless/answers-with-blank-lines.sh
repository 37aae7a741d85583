# Has blank lines and blanks around its answers.
# fact: ^answer

after() {
    local key file
    for key in $(answers); do
        file=$workspace/answers/$key
        { echo && sed 's/^/  /; s/$/ /' "$file" && echo && echo; } >"$here/answer"
        cp "$here/answer" "$file"
    done
}
