// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * observe - how CPUs fare from now until SIGTERM, told at the end.
 *
 * On each CPU a process of its own, bound to it, reads CLOCK_MONOTONIC without
 * a pause and notes when a reading came late.  One more process looks at the
 * counts of local timer ticks in /proc/interrupts, from wherever it may run.
 * Processes, not threads: a CPU that is locked up must not hold the others by
 * a shared address space.
 *
 * Prints "ready", then at the end for each CPU
 *	cpu N longest_us L longest_quiet_us Q ticks T gaps G: US US ...
 *	starts N: US ...
 * L: the longest time without running; Q: without a tick, as seen by others;
 * G gaps of at least the given length, in their order, and when they began.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_CPUS	8
#define MAX_GAPS	64
#define LOOK_US		5000

struct seen {
	volatile int ready;
	long long longest_ns;
	unsigned int n_gaps;
	long long gaps[MAX_GAPS], starts[MAX_GAPS];
	/* by the onlooker */
	long long quiet_ns;
	unsigned long long ticks;
};

static volatile sig_atomic_t done;
static struct seen *seen;
static int n_cpus;
static long long min_gap_ns;

static void on_term(int sig)
{
	(void)sig;
	done = 1;
}

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void read_clock(int cpu)
{
	struct seen *s = &seen[cpu];
	long long last, now;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0) {
		perror("observe: sched_setaffinity");
		_exit(1);
	}
	s->ready = 1;
	for (last = now_ns(); !done; last = now) {
		long long gap;

		now = now_ns();
		gap = now - last;
		if (gap > s->longest_ns)
			s->longest_ns = gap;
		if (gap >= min_gap_ns && s->n_gaps < MAX_GAPS) {
			s->starts[s->n_gaps] = last;
			s->gaps[s->n_gaps++] = gap;
		}
	}
	_exit(0);
}

/* The "LOC:" line: one count for each CPU. */
static int read_ticks(unsigned long long *ticks)
{
	char line[512], *p;
	FILE *f = fopen("/proc/interrupts", "r");
	int i;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		p = strstr(line, "LOC:");
		if (!p)
			continue;
		for (p += 4, i = 0; i < n_cpus; i++)
			ticks[i] = strtoull(p, &p, 10);
		fclose(f);
		return 0;
	}
	fclose(f);
	return -1;
}

static void look_at_ticks(void)
{
	unsigned long long ticks[MAX_CPUS], first[MAX_CPUS], last[MAX_CPUS];
	long long since[MAX_CPUS];
	int i;

	if (read_ticks(first) < 0) {
		fprintf(stderr, "observe: no LOC line in /proc/interrupts\n");
		exit(1);
	}
	memcpy(last, first, sizeof(last));
	for (i = 0; i < n_cpus; i++)
		since[i] = now_ns();
	while (!done) {
		long long now;

		read_ticks(ticks);
		now = now_ns();
		for (i = 0; i < n_cpus; i++) {
			if (ticks[i] != last[i]) {
				last[i] = ticks[i];
				since[i] = now;
			} else if (now - since[i] > seen[i].quiet_ns) {
				seen[i].quiet_ns = now - since[i];
			}
		}
		usleep(LOOK_US);
	}
	for (i = 0; i < n_cpus; i++)
		seen[i].ticks = last[i] - first[i];
}

static void tell(void)
{
	for (int i = 0; i < n_cpus; i++) {
		printf("cpu %d longest_us %lld longest_quiet_us %lld ticks %llu gaps %u:", i,
		       seen[i].longest_ns / 1000, seen[i].quiet_ns / 1000, seen[i].ticks,
		       seen[i].n_gaps);
		for (unsigned int g = 0; g < seen[i].n_gaps; g++)
			printf(" %lld", seen[i].gaps[g] / 1000);
		printf("\nstarts %d:", i);
		for (unsigned int g = 0; g < seen[i].n_gaps; g++)
			printf(" %lld", seen[i].starts[g] / 1000);
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_term };
	pid_t pids[MAX_CPUS];
	int i;

	if (argc != 2 || atoi(argv[1]) <= 0) {
		fprintf(stderr, "usage: observe SHORTEST-GAP-MS\n");
		return 2;
	}
	min_gap_ns = atoi(argv[1]) * 1000000LL;
	n_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (n_cpus > MAX_CPUS)
		n_cpus = MAX_CPUS;
	seen = mmap(NULL, MAX_CPUS * sizeof(*seen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		return 1;
	sigaction(SIGTERM, &sa, NULL);
	for (i = 0; i < n_cpus; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			return 1;
		if (!pids[i])
			read_clock(i);
		while (!seen[i].ready)
			usleep(1000);
	}
	printf("ready\n");
	fflush(stdout);
	look_at_ticks();
	for (i = 0; i < n_cpus; i++) {
		kill(pids[i], SIGTERM);
		waitpid(pids[i], NULL, 0);
	}
	tell();
	return 0;
}
