# Puts a folder in the place of an answer.
# fact: ^answer

after() {
    local file
    file=$workspace/answers/$(answers | sed -n 1p)
    rm "$file"
    mkdir "$file"
}
