# Writes out the tag that an image has anyway.
# solution: image: +nginx

before() {
    sed -i -E 's/(image: (nginx|registry\.k8s\.io\/pause))( *)$/\1:latest/; s/("image": "nginx)"/\1:latest"/' "$reference"
    grep -q ':latest' "$reference" || skip "the reference solution names no image without a tag"
}
