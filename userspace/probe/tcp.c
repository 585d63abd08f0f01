// SPDX-License-Identifier: GPL-2.0-or-later
/* Does something accept connections there?  Attempts overlap: the schedule waits for none. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "canary.h"
#include "kinds.h"
#include "schedule.h"
#include "sys/addr.h"
#include "targets.h"
#include "track.h"

struct target {
	struct fdr_addr addr;
	size_t under_way;
};

struct tcp {
	const struct fdr_probe_env *env;
	struct fdr_track track;
	struct fdr_targets targets;
	struct target *v;
	struct fdr_schedule schedule;
	int64_t timeout_ns;
	struct attempt *attempts, *spare;
	size_t under_way;
};

struct attempt {
	struct tcp *tcp;
	struct attempt *prev, *next;
	size_t target;
	int fd;
	struct fdr_poll_io *io;
	struct fdr_poll_timer *timeout;
	int64_t asked_ns;
};

static void attempt_free(struct attempt *a)
{
	fdr_poll_timer_free(a->timeout);
	free(a);
}

static struct attempt *attempt_new(struct tcp *t)
{
	struct attempt *a = t->spare;

	if (a) {
		t->spare = a->next;
		return a;
	}
	return calloc(1, sizeof(*a));
}

/* Ends an attempt; it is spare again. */
static void attempt_end(struct attempt *a)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct tcp *t = a->tcp;

	if (a->prev)
		a->prev->next = a->next;
	else
		t->attempts = a->next;
	if (a->next)
		a->next->prev = a->prev;
	t->under_way--;
	t->v[a->target].under_way--;
	a->io = fdr_poll_io_free(a->io);
	if (a->timeout)
		fdr_poll_timer_stop(a->timeout);
	if (a->fd >= 0) {
		/* A reset instead of TIME_WAIT, which would use up the local ports. */
		setsockopt(a->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(a->fd);
	}
	a->next = t->spare;
	t->spare = a;
}

static void conclude(struct attempt *a, int err)
{
	struct tcp *t = a->tcp;
	int64_t asked = a->asked_ns;
	const char *name = t->targets.names[a->target];

	attempt_end(a);
	fdr_track_polled(&t->track, name, err ? "down" : "up", asked, fdr_now_ns(),
			 err ? strerror(-err) : "connected");
}

static void on_connected(void *userdata, int fd, uint32_t revents)
{
	conclude(userdata, revents & (EPOLLERR | EPOLLHUP) ? fdr_addr_connected(fd) : 0);
}

static void on_timeout(void *userdata, int64_t when)
{
	(void)when;
	conclude(userdata, -ETIMEDOUT);
}

/* 0, or negative errno of our own making. */
static int begin(struct attempt *a)
{
	struct tcp *t = a->tcp;
	bool done = false;
	int r = 0;

	if (!a->timeout)
		r = fdr_poller_add_timer(t->env->poller, on_timeout, a, &a->timeout);
	if (r < 0)
		return r;
	a->asked_ns = fdr_now_ns();
	r = fdr_addr_connect(&t->v[a->target].addr, &a->fd, &done);
	if (r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -ENOBUFS || r == -EADDRNOTAVAIL)
		return r;
	if (r < 0 || done) {
		conclude(a, r);
		return 0;
	}
	r = fdr_poller_add_io(t->env->poller, a->fd, EPOLLOUT, on_connected, a, &a->io);
	if (r >= 0)
		fdr_poll_timer_set(a->timeout, a->asked_ns + t->timeout_ns);
	return r;
}

static bool ask(void *userdata, size_t i)
{
	struct tcp *t = userdata;
	struct attempt *a;

	if (t->under_way >= t->targets.under_way_max ||
	    t->v[i].under_way >= t->targets.each_max)
		return false;
	a = attempt_new(t);
	if (!a)
		return false;
	a->tcp = t;
	a->target = i;
	a->fd = -1;
	a->prev = NULL;
	a->next = t->attempts;
	if (a->next)
		a->next->prev = a;
	t->attempts = a;
	t->under_way++;
	t->v[i].under_way++;
	if (begin(a) >= 0)
		return true;
	/* Our own trouble says nothing about the target. */
	attempt_end(a);
	return false;
}

static void tcp_stop(void *state)
{
	struct tcp *t = state;

	while (t->attempts)
		attempt_end(t->attempts);
	while (t->spare) {
		struct attempt *a = t->spare;

		t->spare = a->next;
		attempt_free(a);
	}
	fdr_schedule_stop(&t->schedule);
	fdr_targets_clear(&t->targets);
	fdr_track_clear(&t->track);
	free(t->v);
	free(t);
}

static int look_up(struct tcp *t, const struct fdr_opts *opts, struct fdr_error *e)
{
	t->v = calloc(t->targets.n, sizeof(*t->v));
	if (!t->v)
		return fdr_err(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < t->targets.n; i++) {
		int r = fdr_addr_parse(fdr_targets_text(&t->targets, opts, "address", i),
				       SOCK_STREAM, &t->v[i].addr, e);

		if (r < 0)
			return fdr_err_prefix(e, r, "address");
	}
	return 0;
}

static int tcp_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
		     void **ret_state, struct fdr_error *e)
{
	int64_t interval_ns = (int64_t)fdr_opts_num(opts, "interval");
	struct tcp *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return fdr_err(e, -ENOMEM, "out of memory");
	t->env = env;
	t->timeout_ns = (int64_t)fdr_opts_num(opts, "timeout");
	fdr_track_init(&t->track, env);
	r = fdr_targets_init(&t->targets, opts, "address", interval_ns, t->timeout_ns, e);
	if (r >= 0)
		r = look_up(t, opts, e);
	if (r >= 0) {
		r = fdr_schedule_start(&t->schedule, env, interval_ns, t->targets.n, ask, t);
		if (r < 0)
			fdr_err(e, r, "out of memory");
	}
	if (r < 0) {
		tcp_stop(t);
		return r;
	}
	*ret_state = t;
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "address", .type = FDR_OPT_TARGETS, .required = true, .max = FDR_TARGETS_MAX,
	  .summary = "HOST:PORT, or the path of a socket; a list, or a range: 10.0.0.[1-200]:80" },
	{ .name = "interval", .type = FDR_OPT_TIME, .def = "100ms", .min = 1000000,
	  .max = 3600000000000, .summary = "how often a connection is attempted" },
	{ .name = "timeout", .type = FDR_OPT_TIME, .def = "1s", .min = 1000000,
	  .max = 3600000000000, .summary = "no connection within this is \"down\"" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_tcp = {
	.kind = { .name = "tcp", .summary = "whether ports accept connections",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.states = "up|down",
	.start = tcp_start, .stop = tcp_stop, .canary = fdr_canary_tcp,
};
