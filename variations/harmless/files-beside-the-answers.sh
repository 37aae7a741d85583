# Leaves files of its own beside the answers.

after() {
    echo "to do" >"$workspace/answers/notes.txt"
    echo "old" >"$workspace/answers/.swp"
    mkdir "$workspace/backup"
    cp -r "$workspace/answers" "$workspace/backup/"
}
