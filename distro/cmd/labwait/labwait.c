/*
 * labwait: the two programs of the lab images that do nothing but wait.
 *
 *   pause             (any other name) waits for ever: holds a Pod's namespaces
 *   sleep DURATION... waits for the sum of the durations: N[s|m|h|d] or "infinity"
 *
 * In C, since every Pod runs a pause: a Go program would cost a megabyte more
 * each. And a sleep of our own, since the first process of a container ignores
 * every signal for which it has no handler: a Pod that runs busybox's sleep
 * takes its whole grace period to end, one that runs this ends at once.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The status of a process which the signal ended, as a shell reports it. */
static void end(int signal_number) { _exit(128 + signal_number); }

/* An orphan in a shared PID namespace becomes a child of its pause process. */
static void reap(int signal_number)
{
	int saved = errno;
	(void)signal_number;
	while (waitpid(-1, NULL, WNOHANG) > 0) {
	}
	errno = saved;
}

static void pause_end(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

static int handle(int signal_number, void (*handler)(int), int flags)
{
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_handler = handler;
	action.sa_flags = flags;
	return sigaction(signal_number, &action, NULL);
}

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

/* Returns the seconds that text stands for, or -1 if it is no duration. */
static double duration(const char *text)
{
	char *rest;
	double value = strtod(text, &rest);
	if (rest == text || value < 0 || value != value)
		return -1;
	switch (*rest) {
	case '\0':
		return value;
	case 's':
		break;
	case 'm':
		value *= 60;
		break;
	case 'h':
		value *= 60 * 60;
		break;
	case 'd':
		value *= 24 * 60 * 60;
		break;
	default:
		return -1;
	}
	return rest[1] == '\0' ? value : -1;
}

static int sleep_main(int count, char **words)
{
	const double ages = 1e9; /* seconds: 30 years; more may overflow time_t */
	double seconds = 0;
	struct timespec left;

	handle(SIGTERM, end, 0);
	handle(SIGINT, end, 0);
	if (count < 2) {
		fprintf(stderr, "usage: sleep N[s|m|h|d]...\n");
		return 1;
	}
	for (int i = 1; i < count; i++) {
		double d = duration(words[i]); /* strtod knows "infinity" and "inf" */
		if (d < 0) {
			fprintf(stderr, "sleep: invalid number '%s'\n", words[i]);
			return 1;
		}
		seconds += d;
	}
	if (seconds > ages)
		wait_for_ever();
	left.tv_sec = (time_t)seconds;
	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	while (nanosleep(&left, &left) != 0 && errno == EINTR) {
	}
	return 0;
}

int main(int count, char **words)
{
	const char *name = count > 0 ? strrchr(words[0], '/') : NULL;
	name = name ? name + 1 : count > 0 ? words[0] : "";
	if (strcmp(name, "sleep") == 0)
		return sleep_main(count, words);

	handle(SIGTERM, pause_end, 0);
	handle(SIGINT, pause_end, 0);
	handle(SIGCHLD, reap, SA_NOCLDSTOP);
	wait_for_ever();
}
