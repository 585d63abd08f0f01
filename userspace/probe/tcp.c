// SPDX-License-Identifier: GPL-2.0-or-later
/* Does something accept connections there?  Attempts overlap: the schedule waits for none. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "kinds.h"
#include "sys/addr.h"
#include "tick.h"
#include "track.h"

#define IN_FLIGHT_MAX	256

struct tcp {
	const struct fdr_probe_env *env;
	struct fdr_track track;
	struct fdr_addr addr;
	int64_t interval_ns, timeout_ns;
	struct fdr_poll_timer *tick;
	struct attempt *attempts;
	size_t n;
};

struct attempt {
	struct tcp *tcp;
	struct attempt *prev, *next;
	int fd;
	struct fdr_poll_io *io;
	struct fdr_poll_timer *timeout;
	int64_t asked_ns;
};

static void attempt_free(struct attempt *a)
{
	struct linger at_once = { .l_onoff = 1 };

	if (a->prev)
		a->prev->next = a->next;
	else
		a->tcp->attempts = a->next;
	if (a->next)
		a->next->prev = a->prev;
	a->tcp->n--;
	fdr_poll_io_free(a->io);
	fdr_poll_timer_free(a->timeout);
	if (a->fd >= 0) {
		/* A reset instead of TIME_WAIT, which would use up the local ports. */
		setsockopt(a->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(a->fd);
	}
	free(a);
}

static void conclude(struct attempt *a, int err)
{
	struct tcp *t = a->tcp;
	int64_t asked = a->asked_ns;

	attempt_free(a);
	fdr_track_polled(&t->track, "", err ? "down" : "up", asked, fdr_now_ns(),
			 err ? strerror(-err) : "connected");
}

static void on_connected(void *userdata, int fd, uint32_t revents)
{
	(void)revents;
	conclude(userdata, fdr_addr_connected(fd));
}

static void on_timeout(void *userdata, int64_t when)
{
	(void)when;
	conclude(userdata, -ETIMEDOUT);
}

static void attempt(struct tcp *t)
{
	struct attempt *a = calloc(1, sizeof(*a));
	bool done = false;
	int r;

	if (!a)
		return;
	a->tcp = t;
	a->next = t->attempts;
	if (a->next)
		a->next->prev = a;
	t->attempts = a;
	t->n++;
	a->fd = -1;
	a->asked_ns = fdr_now_ns();
	r = fdr_addr_connect(&t->addr, &a->fd, &done);
	if (r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -ENOBUFS) {
		/* That is our own trouble, and says nothing about the target. */
		attempt_free(a);
		return;
	}
	if (r < 0 || done) {
		conclude(a, r);
		return;
	}
	r = fdr_poller_add_io(t->env->poller, a->fd, EPOLLOUT, on_connected, a, &a->io);
	if (r >= 0)
		r = fdr_poller_add_timer(t->env->poller, on_timeout, a, &a->timeout);
	if (r < 0)
		attempt_free(a);
	else
		fdr_poll_timer_set(a->timeout, a->asked_ns + t->timeout_ns);
}

static void on_tick(void *userdata, int64_t when)
{
	struct tcp *t = userdata;

	if (t->n < IN_FLIGHT_MAX)
		attempt(t);
	fdr_poll_timer_set(t->tick, fdr_next_tick(when, t->interval_ns, fdr_now_ns()));
}

static void tcp_stop(void *state)
{
	struct tcp *t = state;

	while (t->attempts)
		attempt_free(t->attempts);
	fdr_poll_timer_free(t->tick);
	fdr_track_clear(&t->track);
	free(t);
}

static int tcp_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
		     void **ret_state, struct fdr_error *e)
{
	struct tcp *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return fdr_err(e, -ENOMEM, "out of memory");
	t->env = env;
	t->interval_ns = (int64_t)fdr_opts_num(opts, "interval");
	t->timeout_ns = (int64_t)fdr_opts_num(opts, "timeout");
	fdr_track_init(&t->track, env);
	r = fdr_addr_parse(fdr_opts_str(opts, "address"), SOCK_STREAM, &t->addr, e);
	if (r < 0) {
		tcp_stop(t);
		return fdr_err_prefix(e, r, "address");
	}
	r = fdr_poller_add_timer(env->poller, on_tick, t, &t->tick);
	if (r < 0) {
		tcp_stop(t);
		return fdr_err(e, r, "out of memory");
	}
	fdr_poll_timer_set(t->tick, fdr_now_ns());
	*ret_state = t;
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "address", .type = FDR_OPT_STRING, .required = true,
	  .summary = "HOST:PORT, or the path of a socket" },
	{ .name = "interval", .type = FDR_OPT_TIME, .def = "100ms", .min = 1000000,
	  .max = 3600000000000, .summary = "how often a connection is attempted" },
	{ .name = "timeout", .type = FDR_OPT_TIME, .def = "1s", .min = 1000000,
	  .max = 3600000000000, .summary = "no connection within this is \"down\"" },
};

const struct fdr_probe_ops fdr_probe_tcp = {
	.kind = { .name = "tcp", .summary = "whether a port accepts connections",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.states = "up|down",
	.start = tcp_start, .stop = tcp_stop,
};
