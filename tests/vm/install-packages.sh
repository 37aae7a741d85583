# shellcheck shell=bash
# Installs what this test needs of Debian and the machine lacks. Sourced by `run`.

install_packages() {
    local here missing=() package
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    while read -r package; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done < <(awk '$1 == "host" { print $2 }' "$here/packages")
    ((${#missing[@]})) || return 0
    echo "installing ${missing[*]}"
    apt-get -q -o DPkg::Lock::Timeout=600 update >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "${missing[@]}" >/dev/null
}
