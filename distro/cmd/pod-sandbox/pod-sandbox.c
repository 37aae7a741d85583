/*
 * pod-sandbox: makes a Pod's namespaces, and the process that holds them.
 *
 *   pod-sandbox ROOT [--net FILE] [--user] [--pid] [--ipc] [--uts NAME] [--cgroup FILE]... [--sysctl NAME=VALUE]...
 *
 * --net joins a network namespace, --user the user namespace that owns it;
 * --pid, --ipc and --uts make new ones. The process that stays has joined the
 * control groups, has nothing but the folder ROOT for a file system, and no
 * rights. Its PID is printed; what could not be done is said on stderr.
 *
 * In C, as a Go program has many threads and cannot join a user namespace, and
 * as one runs for each Pod.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whom the process runs as: nobody who owns anything, as upstream's pause image. */
#define NOBODY 65535

static void fail(const char *doing, const char *what)
{
	fprintf(stderr, "%s %s: %s\n", doing, what, strerror(errno));
	exit(1);
}

static void write_text(int dir, const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail("writing", path);
	close(fd);
}

/* net.ipv4.ip_forward=1: dots are slashes, unless the name has slashes already. */
static void set_sysctl(int proc, char *assignment)
{
	char path[256], *value = strchr(assignment, '=');
	if (!value) {
		errno = EINVAL;
		fail("setting", assignment);
	}
	*value++ = '\0';
	if (!strchr(assignment, '/'))
		for (char *c = assignment; *c; c++)
			if (*c == '.')
				*c = '/';
	snprintf(path, sizeof path, "sys/%s", assignment);
	write_text(proc, path, value);
}

/* An orphan in a shared PID namespace becomes a child of this process. */
static void reap(int signal_number)
{
	int saved = errno;
	(void)signal_number;
	while (waitpid(-1, NULL, WNOHANG) > 0) {
	}
	errno = saved;
}

static void hold(void)
{
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_handler = reap;
	action.sa_flags = SA_NOCLDSTOP;
	sigaction(SIGCHLD, &action, NULL);
	prctl(PR_SET_NAME, "pause");
	syscall(SYS_close_range, 0, ~0U, 0);
	for (;;)
		pause();
}

/* A mount namespace of its own, with the folder as its root. */
static void enter_root(const char *root)
{
	if (unshare(CLONE_NEWNS) || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		fail("making", "a mount namespace");
	if (mount(root, root, NULL, MS_BIND, NULL) || chdir(root))
		fail("entering", root);
	if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
		fail("staying in", root);
	if (mount("", "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		fail("protecting", root);
}

static void drop_rights(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		fail("dropping", "privileges");
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap);
	/* EINVAL: a user namespace without so many ids. The rights that root has there go with the next line. */
	if ((setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY)) && errno != EINVAL)
		fail("becoming", "nobody");
	struct { unsigned version; int pid; } head = { 0x20080522, 0 };
	struct { unsigned effective, permitted, inheritable; } none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	if (syscall(SYS_capset, &head, none))
		fail("dropping", "capabilities");
}

int main(int count, char **words)
{
	static const struct option options[] = {
		{ "net", required_argument, NULL, 'n' }, { "user", no_argument, NULL, 'u' },
		{ "pid", no_argument, NULL, 'p' }, { "ipc", no_argument, NULL, 'i' },
		{ "uts", required_argument, NULL, 'h' }, { "cgroup", required_argument, NULL, 'c' },
		{ "sysctl", required_argument, NULL, 's' }, { NULL, 0, NULL, 0 },
	};
	const char *net = NULL, *hostname = NULL;
	char *sysctls[64];
	int with_user = 0, new = 0, settings = 0, option, net_fd = -1, user_fd = -1, proc;

	while ((option = getopt_long(count, words, "", options, NULL)) != -1) {
		switch (option) {
		case 'n': net = optarg; break;
		case 'u': with_user = 1; break;
		case 'p': new |= CLONE_NEWPID; break;
		case 'i': new |= CLONE_NEWIPC; break;
		case 'h': new |= CLONE_NEWUTS; hostname = optarg; break;
		case 'c': write_text(AT_FDCWD, optarg, "0"); break;
		case 's':
			if (settings == (int)(sizeof sysctls / sizeof *sysctls)) {
				errno = E2BIG;
				fail("setting", optarg);
			}
			sysctls[settings++] = optarg;
			break;
		default: return 2;
		}
	}
	if (optind != count - 1) {
		fprintf(stderr, "usage: pod-sandbox ROOT [--net FILE] [--user] [--pid] [--ipc] [--uts NAME] "
				"[--cgroup FILE]... [--sysctl NAME=VALUE]...\n");
		return 2;
	}
	if ((proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		fail("opening", "/proc");
	if (net && (net_fd = open(net, O_RDONLY | O_CLOEXEC)) < 0)
		fail("opening", net);
	if (with_user && (user_fd = ioctl(net_fd, NS_GET_USERNS)) < 0)
		fail("finding the user namespace of", net ? net : "nothing");

	enter_root(words[optind]);
	if (with_user && (setns(user_fd, CLONE_NEWUSER) || setresgid(0, 0, 0) || setresuid(0, 0, 0)))
		fail("joining the user namespace of", net);
	if (net && setns(net_fd, CLONE_NEWNET))
		fail("joining", net);
	if (new && unshare(new))
		fail("making", "namespaces");
	if (hostname && sethostname(hostname, strlen(hostname)))
		fail("naming the host", hostname);
	for (int i = 0; i < settings; i++)
		set_sysctl(proc, sysctls[i]);
	drop_rights();

	pid_t pid = fork();
	if (pid < 0)
		fail("making", "the process that holds the namespaces");
	if (pid == 0)
		hold();
	printf("%d\n", (int)pid);
	return 0;
}
