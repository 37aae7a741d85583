//! The system calls that no script needs: those that reach the kernel where namespaces do not hold, and sockets other than the
//! internet's and Unix'. They answer "not permitted", as if the user had no right to them.

use std::io;

use nix::libc;

/// Calls by number: kernel keys, programs in the kernel, tracing, other processes' memory, mounts and namespaces, asynchronous
/// rings, modules, clocks and swap.
const REFUSED: &[libc::c_long] = &[
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_adjtimex,
    libc::SYS_bpf,
    libc::SYS_chroot,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_fanotify_init,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_init_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kcmp,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pivot_root,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    libc::SYS_vhangup,
];

/// Families of sockets that are a script's: Unix, IPv4, IPv6, and netlink, by which programs list interfaces.
const FAMILIES: [i32; 4] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

/// What the kernel calls this processor (linux/audit.h); None: it has no filter here.
const ARCHITECTURE: Option<u32> = if cfg!(all(target_arch = "x86_64", target_endian = "little")) {
    Some(0xc000_003e)
} else if cfg!(all(target_arch = "aarch64", target_endian = "little")) {
    Some(0xc000_00b7)
} else {
    None
};

/// Calls of x86's third interface have this bit.
const X32: u32 = 0x4000_0000;

// The offsets of struct seccomp_data.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;

const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

const fn step(code: u16, k: u32, yes: u8, no: u8) -> libc::sock_filter {
    libc::sock_filter { code, jt: yes, jf: no, k }
}

const fn refuse(errno: i32) -> libc::sock_filter {
    step(RETURN, libc::SECCOMP_RET_ERRNO | errno.unsigned_abs(), 0, 0)
}

/// How long the program is: the head, two steps for each refused call, and the families.
const LENGTH: usize = 7 + 2 * REFUSED.len() + 1 + 1 + FAMILIES.len() + 2;

/// The program, made when satrain is compiled: between fork and exec nothing may be allocated.
const fn program(architecture: u32) -> [libc::sock_filter; LENGTH] {
    let allow = step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0);
    let mut all = [allow; LENGTH];
    // Another architecture's numbers mean something else.
    all[0] = step(LOAD, ARCH, 0, 0);
    all[1] = step(EQUAL, architecture, 1, 0);
    all[2] = step(RETURN, libc::SECCOMP_RET_KILL_PROCESS, 0, 0);
    all[3] = step(LOAD, NUMBER, 0, 0);
    all[4] = step(AT_LEAST, X32, 0, 1);
    all[5] = refuse(libc::ENOSYS);
    let mut at = 6;
    let mut n = 0;
    while n < REFUSED.len() {
        all[at] = step(EQUAL, REFUSED[n] as u32, 0, 1);
        all[at + 1] = refuse(libc::EPERM);
        at += 2;
        n += 1;
    }
    // Not a socket: allowed, by the step after the next.
    all[at] = step(EQUAL, libc::SYS_socket as u32, 1, 0);
    all[at + 1] = allow;
    all[at + 2] = step(LOAD, FIRST_ARGUMENT, 0, 0);
    at += 3;
    let mut n = 0;
    while n < FAMILIES.len() {
        // To the last step, past the refusal.
        all[at] = step(EQUAL, FAMILIES[n].unsigned_abs(), (FAMILIES.len() - n) as u8, 0);
        at += 1;
        n += 1;
    }
    all[at] = refuse(libc::EAFNOSUPPORT);
    all[at + 1] = allow;
    all
}

/// Filters the system calls of this process and of all that it starts. Needs "no new privileges". Makes system calls only.
pub(super) fn install() -> io::Result<()> {
    let Some(architecture) = ARCHITECTURE else { return Ok(()) };
    let mut program = program(architecture);
    let filter = libc::sock_fprog { len: LENGTH as u16, filter: program.as_mut_ptr() };
    // SAFETY: the program lives until the call returns, and its length is right.
    match unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
