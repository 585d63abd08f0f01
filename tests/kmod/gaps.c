// SPDX-License-Identifier: GPL-2.0-or-later
/* Watching for gaps: see gaps.h. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gaps.h"

/* One step of a watcher: 0, or -1 with errno. */
struct watcher {
	const char *name;
	int (*open)(const char *arg);
	int (*step)(int fd);
};

static volatile sig_atomic_t done;

static void on_term(int sig)
{
	(void)sig;
	done = 1;
}

long long boottime_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* A CPU: only the clock is read. */

static int open_cpu(const char *arg)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(atoi(arg), &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

static int step_nothing(int fd)
{
	(void)fd;
	return 0;
}

/* The rtnl lock: a request to change nothing of lo. */

static int open_rtnl(const char *arg)
{
	(void)arg;
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static int step_rtnl(int fd)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg ifi;
	} m = {
		.h = { .nlmsg_len = sizeof(m), .nlmsg_type = RTM_SETLINK,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.ifi = { .ifi_family = AF_UNSPEC, .ifi_index = 1 },
	};
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
	} answer;

	if (send(fd, &m, sizeof(m), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return -1;
	errno = -answer.e.error;
	return answer.e.error ? -1 : 0;
}

/* A file's inode, and the right to write to its file system. */

static int open_file(const char *arg)
{
	return open(arg, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

static int step_inode(int fd)
{
	return fchmod(fd, 0600);
}

static int step_write(int fd)
{
	return pwrite(fd, "x", 1, 0) == 1 ? 0 : -1;
}

/* The memory map of this very process. */
static int step_mmap(int fd)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)fd;
	return p == MAP_FAILED ? -1 : munmap(p, 4096);
}

/*
 * A grace period of RCU: it is what the end of a packet socket waits for.  At
 * once when that is over, also beside a reader that keeps the CPU busy.
 */
static int open_rcu(const char *arg)
{
	const struct sched_param first = { .sched_priority = 1 };

	(void)arg;
	return sched_setscheduler(0, SCHED_FIFO, &first);
}

static int step_rcu(int fd)
{
	(void)fd;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	return fd < 0 ? -1 : close(fd);
}

/* An item of system_wq on each CPU, and its end. */

static int open_work(const char *arg)
{
	(void)arg;
	return open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);
}

static int step_work(int fd)
{
	return pwrite(fd, "1\n", 2, 0) < 0 ? -1 : 0;
}

static const struct watcher watchers[] = {
	{ "cpu", open_cpu, step_nothing },	{ "rtnl", open_rtnl, step_rtnl },
	{ "inode", open_file, step_inode },	{ "write", open_file, step_write },
	{ "mmap", NULL, step_mmap },		{ "rcu", open_rcu, step_rcu },
	{ "work", open_work, step_work },
};

static void note(struct watch *w, long long begin, long long end, long long least)
{
	if (end - begin < least) {
		w->steps++;
		w->steps_ns += end - begin;
	} else if (w->n < MAX_GAPS) {
		w->gaps[w->n++] = (struct gap){ begin, end };
	}
}

static int watch_steps(struct watch *w, const char *what, long long least)
{
	size_t len = strcspn(what, ":");
	const char *arg = what + len + (what[len] == ':');
	long long last, now;
	int fd = 0;

	for (size_t i = 0; i < sizeof(watchers) / sizeof(watchers[0]); i++) {
		const struct watcher *k = &watchers[i];

		if (strlen(k->name) != len || strncmp(k->name, what, len))
			continue;
		if (k->open)
			fd = k->open(arg);
		/* Once before it counts: the first touches memory. */
		if (fd < 0 || k->step(fd) < 0)
			return -errno;
		w->ready = 1;
		for (last = boottime_ns(); !done; last = now) {
			if (k->step(fd) < 0)
				return -errno;
			now = boottime_ns();
			note(w, last, now, least);
		}
		return 0;
	}
	return -EINVAL;
}

/* The stat file of the thread of that name, or -1 while there is none. */
static int find_task(const char *name)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	int found = -1;

	while (proc && found < 0 && (d = readdir(proc))) {
		char path[300], comm[32] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%s/comm", d->d_name);
		f = d->d_name[0] >= '0' && d->d_name[0] <= '9' ? fopen(path, "r") : NULL;
		if (!f)
			continue;
		if (fgets(comm, sizeof(comm), f))
			comm[strcspn(comm, "\n")] = '\0';
		fclose(f);
		snprintf(path, sizeof(path), "/proc/%s/stat", d->d_name);
		if (!strcmp(comm, name))
			found = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (proc)
		closedir(proc);
	return found;
}

/* Its time in state D, from the first look at it to the first that is past. */
static int watch_task(struct watch *w, const char *name, long long least)
{
	long long began = 0, before = boottime_ns();
	int fd;

	w->ready = 1;
	while ((fd = find_task(name)) < 0) {
		if (done)
			return -ESRCH;
	}
	while (!done) {
		char text[64], *state = NULL;
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
		long long now = boottime_ns();
		bool hung;

		text[n > 0 ? n : 0] = '\0';
		state = strrchr(text, ')');
		hung = state && state[2] == 'D';
		if (hung && !began)
			began = before;
		if (began && !hung) {
			note(w, began, now, least);
			began = 0;
		}
		before = now;
	}
	return 0;
}

struct watch *watch_start(const char *what, long long least_ns, pid_t *ret_pid)
{
	struct watch *w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sigaction sa = { .sa_handler = on_term };

	if (w == MAP_FAILED) {
		perror("timing: mmap");
		return NULL;
	}
	*ret_pid = fork();
	if (*ret_pid < 0) {
		perror("timing: fork");
		return NULL;
	}
	if (!*ret_pid) {
		sigaction(SIGTERM, &sa, NULL);
		w->failed = -(strncmp(what, "task:", 5) ? watch_steps(w, what, least_ns) :
							  watch_task(w, what + 5, least_ns));
		_exit(0);
	}
	while (!w->ready && !w->failed)
		usleep(1000);
	return w;
}

int watch_stop(struct watch *w, pid_t pid, const char *what)
{
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	if (!w->failed || w->failed == EINTR)
		return 0;
	printf("timing: %s: %s\n", what, strerror(w->failed));
	return -1;
}
