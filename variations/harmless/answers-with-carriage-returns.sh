# Ends the lines of its answers with carriage returns, as an editor on Windows does.
# fact: ^answer

after() {
    local key file
    for key in $(answers); do
        file=$workspace/answers/$key
        sed -i 's/$/\r/' "$file"
    done
}
