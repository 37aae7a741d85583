# Puts a pipe that nobody writes to in the place of an answer.
# fact: ^answer

after() {
    local file
    file=$workspace/answers/$(answers | sed -n 1p)
    rm "$file"
    mkfifo "$file"
}
