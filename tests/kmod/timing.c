// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timing - is a fault as long as asked for, and does its event say truly when
 * it began?  Seen by a process that the fault stops (see gaps.h), and not by the
 * module's own clock.
 *
 *	timing WATCH ASKED-US FAULT [NAME=VALUE...] [@duration=NS]
 *	timing WATCH ASKED-US -- COMMAND [ARG...]
 *
 * The fault is started at an absolute time.  "pid=watcher" stands for the
 * watching process, which is $WATCHER for a command.  Prints
 *	asked_us A kept_us K worst_us W gaps G step_us S
 * K: the median of the gaps of at least half as long as asked, W: the one that
 * is farthest from it, S: how long the thing takes that the process does, which
 * is how exactly it can see; for a fault also
 *	began_us B late_us L event_us E lasted_us T state STATE
 * B: begin of the first gap minus the stated start, L: what the onset's event
 * gives as its lateness, E: the event's stamp minus the stated start, T: from
 * the onset's stamp to the end's.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/faultdrill.h>

#include "gaps.h"
#include "netlink.h"

#define LEAD_NS		400000000LL	/* from the request to the start */
#define SIGHT_MS	3000		/* for the watcher to come to */
#define PATIENCE_MS	30000		/* beyond what was asked for */

static const char *const states[] = { "pending", "active", "fired", "expired", "cleared", "failed" };

struct told {
	long long onset_ns, late_ns, ended_ns;	/* CLOCK_BOOTTIME */
	unsigned int state;
};

static int64_t number(const void *p, size_t n, uint16_t type)
{
	const struct nlattr *a = kt_find(p, n, type);
	int64_t v = 0;

	if (a && kt_len(a) == 8)
		memcpy(&v, kt_data(a), 8);
	else if (a && kt_len(a) == 4)
		v = *(const uint32_t *)kt_data(a);
	return v;
}

static int listen_to(const struct kt_sock *s)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	/* Nothing is sent to a socket without an address: the module sends from none, too. */
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &s->group,
				 sizeof(s->group)) < 0) {
		perror("timing: events");
		return -1;
	}
	return fd;
}

/* One event, if it is @id's; true at its end. */
static bool take(const struct nlmsghdr *h, uint32_t id, struct told *t)
{
	const struct nlattr *nest = kt_find((const char *)NLMSG_DATA(h) + GENL_HDRLEN,
					    h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN,
					    FAULTDRILL_A_EVENT);
	const void *p;
	size_t n;

	if (!nest)
		return false;
	p = kt_data(nest);
	n = kt_len(nest);
	if (number(p, n, FAULTDRILL_EVENT_A_ID) != id)
		return false;
	switch (number(p, n, FAULTDRILL_EVENT_A_TYPE)) {
	case FAULTDRILL_EVENT_ONSET:
		t->onset_ns = number(p, n, FAULTDRILL_EVENT_A_BOOTTIME_NS);
		t->late_ns = number(p, n, FAULTDRILL_EVENT_A_LATE_NS);
		return false;
	case FAULTDRILL_EVENT_ENDED:
		t->ended_ns = number(p, n, FAULTDRILL_EVENT_A_BOOTTIME_NS);
		t->state = number(p, n, FAULTDRILL_EVENT_A_STATE);
		return true;
	}
	return false;
}

static int await_end(int fd, uint32_t id, int ms, struct told *t)
{
	char buf[KT_MSG_MAX];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, ms) <= 0) {
			printf("timing: the fault has not ended within %d ms\n", ms);
			return -1;
		}
		n = recv(fd, buf, sizeof(buf), 0);
		if (n < (ssize_t)(NLMSG_HDRLEN + GENL_HDRLEN)) {
			perror("timing: recv");
			return -1;
		}
		if (take((struct nlmsghdr *)buf, id, t))
			return 0;
	}
}

static void got_id(const struct genlmsghdr *g, size_t len, void *arg)
{
	const struct nlattr *nest = kt_find((const char *)g + GENL_HDRLEN, len - GENL_HDRLEN,
					    FAULTDRILL_A_INJECTION);

	if (nest)
		*(uint32_t *)arg = number(kt_data(nest), kt_len(nest), FAULTDRILL_INJECTION_A_ID);
}

static void put_param(struct kt_msg *m, char *word, pid_t watcher)
{
	struct nlattr *nest = kt_nest(m, FAULTDRILL_INJECTION_A_PARAM);
	char *value = strchr(word, '='), pid[16];

	if (value)
		*value++ = '\0';
	snprintf(pid, sizeof(pid), "%d", watcher);
	kt_put_str(m, FAULTDRILL_PARAM_A_NAME, word);
	kt_put_str(m, FAULTDRILL_PARAM_A_VALUE, value && !strcmp(value, "watcher") ? pid : value ?: "");
	kt_nest_end(m, nest);
}

static uint32_t inject(struct kt_sock *s, char **words, long long at_ns, pid_t watcher)
{
	char boot_id[FAULTDRILL_BOOT_ID_LEN + 1] = "";
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");
	struct nlattr *nest;
	struct kt_msg m;
	uint32_t id = 0;

	if (f) {
		if (!fgets(boot_id, sizeof(boot_id), f))
			boot_id[0] = '\0';
		fclose(f);
	}
	kt_begin(&m, s, FAULTDRILL_CMD_INJECT, 0);
	nest = kt_nest(&m, FAULTDRILL_A_INJECTION);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_FAULT, *words++);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id);
	kt_put_u32(&m, FAULTDRILL_INJECTION_A_START, FAULTDRILL_START_BOOTTIME);
	kt_put_u64(&m, FAULTDRILL_INJECTION_A_START_NS, at_ns);
	for (; *words; words++) {
		if (!strncmp(*words, "@duration=", 10))
			kt_put_u64(&m, FAULTDRILL_INJECTION_A_DURATION_NS, strtoull(*words + 10, NULL, 0));
		else
			put_param(&m, *words, watcher);
	}
	kt_nest_end(&m, nest);
	if (kt_talk(s, &m, got_id, &id) < 0) {
		printf("timing: %s\n", s->error);
		return 0;
	}
	return id;
}

/* Inject, and take the events until the end.  0, or -1 with a message. */
static int fault(char **words, long long asked_ns, pid_t watcher, long long *ret_at,
		 struct told *t)
{
	struct kt_sock s;
	uint32_t id;
	int fd, r = -1;

	if (kt_open(&s) < 0) {
		printf("timing: the module is not loaded\n");
		return -1;
	}
	fd = listen_to(&s);
	*ret_at = boottime_ns() + LEAD_NS;
	id = fd < 0 ? 0 : inject(&s, words, *ret_at, watcher);
	if (id)
		r = await_end(fd, id, asked_ns / 1000000 + PATIENCE_MS, t);
	if (fd >= 0)
		close(fd);
	kt_close(&s);
	return r;
}

static int command(char **words, pid_t watcher)
{
	char pid[16];
	int status;
	pid_t child = fork();

	if (!child) {
		snprintf(pid, sizeof(pid), "%d", watcher);
		setenv("WATCHER", pid, 1);
		execvp(words[0], words);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		perror("timing: fork");
		return -1;
	}
	/* timeout(1) and those that it ends say so by their status. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
		printf("timing: %s cannot be run\n", words[0]);
		return -1;
	}
	return 0;
}

static int by_length(const void *a, const void *b)
{
	const struct gap *x = a, *y = b;
	long long d = (x->end_ns - x->begin_ns) - (y->end_ns - y->begin_ns);

	return (d > 0) - (d < 0);
}

/* What was over before the start is none of the fault's: prepare() keeps a CPU busy for 5 ms. */
static void forget_before(struct watch *w, long long at_ns)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < w->n; i++) {
		if (w->gaps[i].end_ns > at_ns)
			w->gaps[kept++] = w->gaps[i];
	}
	w->n = kept;
}

static int tell(struct watch *w, long long asked_ns)
{
	long long shortest, longest, median, worst;

	if (!w->n) {
		printf("timing: the watching process was not stopped at all\n");
		return -1;
	}
	qsort(w->gaps, w->n, sizeof(w->gaps[0]), by_length);
	shortest = w->gaps[0].end_ns - w->gaps[0].begin_ns;
	longest = w->gaps[w->n - 1].end_ns - w->gaps[w->n - 1].begin_ns;
	median = w->gaps[w->n / 2].end_ns - w->gaps[w->n / 2].begin_ns;
	worst = longest - asked_ns > asked_ns - shortest ? longest : shortest;
	printf("asked_us %lld kept_us %lld worst_us %lld gaps %u step_us %lld", asked_ns / 1000,
	       median / 1000, worst / 1000, w->n, w->steps ? w->steps_ns / w->steps / 1000 : 0);
	return 0;
}

int main(int argc, char **argv)
{
	long long asked_ns, at_ns = 0, began;
	struct told t = { 0 };
	struct watch *w;
	bool rival;
	pid_t pid;
	int r;

	if (argc < 4 || atoll(argv[2]) <= 0) {
		fprintf(stderr, "usage: timing WATCH ASKED-US FAULT [NAME=VALUE...] [@duration=NS]\n"
			"       timing WATCH ASKED-US -- COMMAND [ARG...]\n");
		return 2;
	}
	asked_ns = atoll(argv[2]) * 1000;
	rival = !strcmp(argv[3], "--");
	w = watch_start(argv[1], asked_ns / 2, &pid);
	if (!w)
		return 1;
	if (w->failed) {
		watch_stop(w, pid, argv[1]);
		return 1;
	}
	r = rival ? command(argv + 4, pid) : fault(argv + 3, asked_ns, pid, &at_ns, &t);
	/* It sees the end when it gets to run again. */
	for (int i = 0; !r && !w->n && i < SIGHT_MS; i++)
		usleep(1000);
	if (watch_stop(w, pid, argv[1]) < 0 || r < 0)
		return 1;
	forget_before(w, at_ns);
	began = w->n ? w->gaps[0].begin_ns : 0;
	if (tell(w, asked_ns) < 0)
		return 1;
	if (!rival)
		printf(" began_us %lld late_us %lld event_us %lld lasted_us %lld state %s",
		       (began - at_ns) / 1000, t.late_ns / 1000, (t.onset_ns - at_ns) / 1000,
		       (t.ended_ns - t.onset_ns) / 1000, t.state < 6 ? states[t.state] : "?");
	printf("\n");
	return 0;
}
