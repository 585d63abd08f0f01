// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine that the random steps are made on. */
#include "machine.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WALL_TOLERANCE_NS	50000000LL
#define MEMORY_TOLERANCE_KIB	16384
#define SAME_WAIT_MS		10000
#define CGROUP			"/sys/fs/cgroup/faultdrill-test"

static pid_t keeper;
static volatile pid_t *victim;	/* shared with the keeper */

static void keep_a_victim(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		pid_t pid = fork();

		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		*victim = pid;
		waitpid(pid, NULL, 0);
	}
}

void kt_machine_start(void)
{
	victim = mmap(NULL, sizeof(*victim), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	keeper = fork();
	if (keeper == 0)
		keep_a_victim();
	while (!*victim)
		usleep(1000);
}

void kt_machine_end(void)
{
	kill(keeper, SIGKILL);
	waitpid(keeper, NULL, 0);
	rmdir(CGROUP);
}

const char *kt_place(const char *word, char *buf, size_t len)
{
	if (!strcmp(word, "pid")) {
		snprintf(buf, len, "%d", *victim);
		return buf;
	}
	if (!strcmp(word, "disk"))
		return getenv("RANDOM_DISK");
	if (!strcmp(word, "ifname"))
		return getenv("RANDOM_IFNAME");
	if (!strcmp(word, "dir"))
		return getenv("RANDOM_DIR");
	if (!strcmp(word, "cgroup")) {
		mkdir(CGROUP, 0755);
		return access(CGROUP "/cgroup.procs", F_OK) ? NULL : CGROUP;
	}
	return NULL;
}

static ssize_t read_file(const char *path, char *buf, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = 0, got;

	buf[0] = '\0';
	if (fd < 0)
		return -1;
	while ((size_t)n < len - 1 && (got = read(fd, buf + n, len - 1 - n)) > 0)
		n += got;
	close(fd);
	buf[n] = '\0';
	return n;
}

void kt_read_tree(const char *dir)
{
	char path[512], buf[4096];
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d))) {
		if (e->d_type != DT_REG)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		read_file(path, buf, sizeof(buf));
	}
	if (d)
		closedir(d);
}

static void list_threads(char *buf, size_t len)
{
	char path[300], name[64];
	struct dirent *e;
	DIR *d = opendir("/proc");

	buf[0] = '\0';
	while (d && (e = readdir(d))) {
		if (!isdigit(e->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
		if (read_file(path, name, sizeof(name)) > 0 &&
		    (!strncmp(name, "fdr-", 4) || !strncmp(name, "faultdrill/", 11)))
			strncat(buf, name, len - strlen(buf) - 1);
	}
	if (d)
		closedir(d);
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static long available_kib(void)
{
	char text[8192], *at;
	FILE *f = fopen("/proc/sys/vm/drop_caches", "w");

	sync();
	if (f) {
		fputs("3", f);
		fclose(f);
	}
	read_file("/proc/meminfo", text, sizeof(text));
	at = strstr(text, "MemAvailable:");
	return at ? strtol(at + strlen("MemAvailable:"), NULL, 10) : 0;
}

void kt_machine_look(struct kt_machine *m)
{
	memset(m, 0, sizeof(*m));
	read_file("/sys/kernel/tracing/enabled_functions", m->hooks, sizeof(m->hooks));
	read_file("/sys/devices/system/cpu/online", m->online, sizeof(m->online));
	list_threads(m->threads, sizeof(m->threads));
	m->wall_ns = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_BOOTTIME);
	m->available_kib = available_kib();
}

/* What differs, or an empty text. */
static void compare(const struct kt_machine *a, const struct kt_machine *b, char *why, size_t len)
{
	why[0] = '\0';
	if (strcmp(a->hooks, b->hooks))
		snprintf(why, len, "hooks: were '%.200s', are '%.200s'", a->hooks, b->hooks);
	else if (strcmp(a->online, b->online))
		snprintf(why, len, "CPUs on line: were %s, are %s", a->online, b->online);
	else if (strcmp(a->threads, b->threads))
		snprintf(why, len, "threads: were '%.200s', are '%.200s'", a->threads, b->threads);
	else if (llabs(a->wall_ns - b->wall_ns) > WALL_TOLERANCE_NS)
		snprintf(why, len, "the wall clock is off by %lld us",
			 (long long)(b->wall_ns - a->wall_ns) / 1000);
	else if (a->available_kib - b->available_kib > MEMORY_TOLERANCE_KIB)
		snprintf(why, len, "%ld KiB of memory have gone",
			 a->available_kib - b->available_kib);
}

bool kt_machine_same(const struct kt_machine *before, struct kt_machine *now, char *why,
		     size_t len)
{
	for (int64_t end = now_ns(CLOCK_BOOTTIME) + SAME_WAIT_MS * 1000000LL;;) {
		kt_machine_look(now);
		compare(before, now, why, len);
		if (!why[0])
			return true;
		if (now_ns(CLOCK_BOOTTIME) >= end)
			return false;
		usleep(100000);
	}
}
