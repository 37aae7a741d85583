# Writes out the registry that an image comes from anyway.
# solution: image: +nginx

before() {
    sed -i -E 's/image: nginx( *)$/image: docker.io\/library\/nginx/' "$reference"
    grep -q 'docker.io/library' "$reference" || skip "the reference solution names no image without a registry"
}
