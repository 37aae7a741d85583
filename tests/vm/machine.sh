# shellcheck shell=bash disable=SC2154
# The virtual machine of one run: made, booted, spoken to and ended. Sourced by `run`.
#
# In: $cache (root.ext4, vmlinuz, initrd), $scratch (this run's own folder). A session is `root` or `u`: its commands go
# through the pair of FIFOs SESSION.in and SESSION.out to guest/agent.

machine=           # qemu's process id
declare -A to from # the descriptors of each session's FIFOs
silence=1200       # seconds without a word after which a command counts as hanging

# Puts satrain, its distribution and the checks on a disk of their own.
make_disk() { # SATRAIN DISTRIBUTION CHECKS
    local files=$scratch/files
    mkdir -p "$files"
    strip -o "$files/satrain" "$1"
    cp -a "$2/." "$files/distribution"
    cp -a "$3" "$files/checks"
    chmod -R a+rX,go-w "$files"
    truncate -s 1G "$scratch/satrain.ext4"
    mke2fs -q -t ext4 -O ^has_journal -m 0 -E root_owner=0:0 -d "$files" -F "$scratch/satrain.ext4"
    rm -rf "$files"
}

# Boots it. The root file system is never written: changes go to a temporary file that ends with qemu.
boot_machine() {
    local session in out
    for session in root u; do
        mkfifo "$scratch/$session.in" "$scratch/$session.out"
    done
    # By the processor where it can, else emulated.
    local how=(-accel "tcg,thread=multi,tb-size=1024")
    if [[ -w /dev/kvm ]] && grep -qE '\<(vmx|svm)\>' /proc/cpuinfo; then
        how=(-accel kvm "${how[@]}")
    fi
    TMPDIR=$scratch qemu-system-x86_64 \
        -M pc "${how[@]}" -cpu max -smp 2 -m 4G \
        -nographic -nodefaults -no-reboot -monitor none \
        -kernel "$cache/vmlinuz" -initrd "$cache/initrd" \
        -append "console=ttyS0 root=/dev/vda quiet mitigations=off random.trust_cpu=on systemd.show_status=0 nokaslr" \
        -drive "file=$cache/root.ext4,if=virtio,format=raw,snapshot=on,cache=unsafe" \
        -drive "file=$scratch/satrain.ext4,if=virtio,format=raw,cache=unsafe" \
        -serial "file:$scratch/console-root.log" -serial "file:$scratch/console-u.log" \
        -device virtio-serial-pci \
        -chardev "pipe,id=root,path=$scratch/root" -device virtserialport,chardev=root,name=root \
        -chardev "pipe,id=u,path=$scratch/u" -device virtserialport,chardev=u,name=u \
        </dev/null >"$scratch/qemu.log" 2>&1 &
    machine=$!
    for session in root u; do
        exec {in}<>"$scratch/$session.in" {out}<>"$scratch/$session.out"
        to[$session]=$in from[$session]=$out
        answer "$session"
    done
}

# Shows what a session says until it says how a command ended; returns that exit code, and 98 if no answer comes.
answer() { # SESSION
    local line quiet=0
    while ((quiet < silence)); do
        if IFS= read -r -t 5 -u "${from[$1]}" line; then
            quiet=0
            case $line in
                '| '*) printf '    %s\n' "${line:2}" ;;
                '= ready') return 0 ;;
                '= '*) return "${line:2}" ;;
            esac
        elif kill -0 "$machine" 2>/dev/null; then
            quiet=$((quiet + 5))
        else
            echo "the virtual machine ended" >&2
            cat "$scratch/qemu.log" >&2
            return 98
        fi
    done
    echo "session $1 said nothing for $silence s" >&2
    return 98
}

# Runs a command line in a session of the virtual machine.
guest() { # SESSION COMMAND…
    local session=$1
    shift
    printf '%s\n' "$*" >&"${to[$session]}"
    answer "$session"
}

# Waits until a session that ended has begun anew.
new_session() { # SESSION
    answer "$1"
}

# The most memory that qemu has used so far.
machine_memory() {
    awk '$1 == "VmHWM:" { printf "%d MB\n", $2 / 1024 }' "/proc/$machine/status"
}

# Ends it, if it runs.
end_machine() {
    [[ -n $machine ]] || return 0
    kill "$machine" 2>/dev/null || true
    wait "$machine" 2>/dev/null || true
    machine=
}
