// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * victim - a process for faults to be done to, that can tell what it noticed.
 *
 *	victim beat NAME FILE THREADS	each thread counts up in FILE every ms, and
 *					all signals that can be caught are counted
 *	victim tree NAME FILE		the same with one thread, and a child that
 *					does so too
 *	victim vfork NAME FILE MS	the same, without the child, after it has waited
 *					for so long in the kernel where only death wakes it
 *	victim show FILE		"beats N N ..." and "signal NUMBER TIMES"
 *	victim serve NAME IN OUT	carries out what FIFO IN says, answers in OUT:
 *		open		open files until it fails: "TIMES ERRNO"
 *		fork		the same with processes
 *		limit N		set the soft limit of descriptors: "ok"
 *		child		start a process that sleeps: "PID"
 *		quit
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS		64
#define MANY		65536

struct seen {
	uint32_t threads;
	uint64_t beats[THREADS];
	uint64_t signals[65];
};

static struct seen *seen;

static int fail(const char *what)
{
	fprintf(stderr, "victim: %s: %s\n", what, strerror(errno));
	return 1;
}

static struct seen *map(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	void *at = MAP_FAILED;

	if (fd >= 0 && (!(flags & O_CREAT) || !ftruncate(fd, sizeof(struct seen))))
		at = mmap(NULL, sizeof(struct seen), PROT_READ | (flags & O_RDWR ? PROT_WRITE : 0),
			  MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	return at == MAP_FAILED ? NULL : at;
}

static void count_signal(int sig)
{
	__atomic_fetch_add(&seen->signals[sig], 1, __ATOMIC_RELAXED);
}

static void *beat(void *arg)
{
	uint64_t *count = arg;

	for (;;) {
		__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
		usleep(1000);
	}
	return NULL;
}

/* The parent of a vfork() sleeps until its child is gone. */
static void wait_deep(unsigned int ms)
{
	pid_t pid = vfork();

	if (!pid) {
		usleep(ms * 1000);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static int beats(const char *path, unsigned int threads, bool tree, unsigned int wait_ms)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = SA_RESTART };
	pthread_t thread;

	if (threads < 1 || threads > THREADS) {
		fprintf(stderr, "victim: 1 to %d threads\n", THREADS);
		return 2;
	}
	seen = map(path, O_RDWR | O_CREAT | O_TRUNC);
	if (!seen)
		return fail(path);
	for (int i = 1; i < SIGRTMIN; i++)
		sigaction(i, &action, NULL);
	seen->threads = tree ? 2 : threads;
	if (tree && !fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		beat(&seen->beats[1]);
	}
	for (unsigned int i = 1; i < threads; i++) {
		if (pthread_create(&thread, NULL, beat, &seen->beats[i]))
			return fail("pthread_create");
	}
	if (wait_ms)
		wait_deep(wait_ms);
	beat(&seen->beats[0]);
	return 0;
}

static int show(const char *path)
{
	const struct seen *s = map(path, O_RDONLY);

	if (!s)
		return fail(path);
	printf("beats");
	for (uint32_t i = 0; i < s->threads; i++)
		printf(" %llu", (unsigned long long)s->beats[i]);
	puts("");
	for (int i = 1; i <= 64; i++) {
		if (s->signals[i])
			printf("signal %d %llu\n", i, (unsigned long long)s->signals[i]);
	}
	return 0;
}

static void try_open(FILE *out)
{
	static int fds[MANY];
	int n = 0, err = 0;

	while (n < MANY) {
		fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (fds[n] < 0) {
			err = errno;
			break;
		}
		n++;
	}
	for (int i = 0; i < n; i++)
		close(fds[i]);
	fprintf(out, "%d %s\n", n, err ? strerrorname_np(err) : "none");
}

static void try_fork(FILE *out)
{
	static pid_t pids[MANY];
	int n = 0, err = 0;

	while (n < MANY) {
		pids[n] = fork();
		if (!pids[n]) {
			pause();
			_exit(0);
		}
		if (pids[n] < 0) {
			err = errno;
			break;
		}
		n++;
	}
	for (int i = 0; i < n; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	fprintf(out, "%d %s\n", n, err ? strerrorname_np(err) : "none");
}

static void set_limit(FILE *out, const char *text)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = strtoul(text, NULL, 10);
	fputs(setrlimit(RLIMIT_NOFILE, &limit) ? "failed\n" : "ok\n", out);
}

static void start_child(FILE *out)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	fprintf(out, "%d\n", pid);
}

/* Both ends stay open from the start: later it may not be able to open them. */
static int serve(const char *in_path, const char *out_path)
{
	FILE *in = fopen(in_path, "r+"), *out = fopen(out_path, "r+");
	char line[64];

	if (!in || !out)
		return fail(in ? out_path : in_path);
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "open"))
			try_open(out);
		else if (!strcmp(line, "fork"))
			try_fork(out);
		else if (!strncmp(line, "limit ", 6))
			set_limit(out, line + 6);
		else if (!strcmp(line, "child"))
			start_child(out);
		else
			return 0;
		fflush(out);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "show") && argc == 3)
		return show(argv[2]);
	if (argc > 3)
		prctl(PR_SET_NAME, argv[2]);
	if (!strcmp(what, "beat") && argc == 5)
		return beats(argv[3], atoi(argv[4]), false, 0);
	if (!strcmp(what, "tree") && argc == 4)
		return beats(argv[3], 1, true, 0);
	if (!strcmp(what, "vfork") && argc == 5)
		return beats(argv[3], 1, false, atoi(argv[4]));
	if (!strcmp(what, "serve") && argc == 5)
		return serve(argv[3], argv[4]);
	fputs("usage: victim beat NAME FILE THREADS | tree NAME FILE | vfork NAME FILE MS |\n"
	      "       show FILE | serve NAME IN OUT\n", stderr);
	return 2;
}
