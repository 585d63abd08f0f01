// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ganglia's view of hosts: gmond and gmetad send all that they know, as XML, to whoever
 * connects.  A host counts as down where nothing came from it for so many times its TMAX,
 * as Ganglia's own web pages have it.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/text.h"
#include "canary.h"
#include "ganglia-words.h"
#include "kinds.h"
#include "sys/addr.h"
#include "tick.h"
#include "track.h"

#define ANSWER_MAX	(64u << 20)

struct ganglia {
	const struct fdr_probe_env *env;
	struct fdr_track track;
	struct fdr_addr addr;
	const char *clusters;
	int64_t interval_ns, timeout_ns;
	uint64_t factor;
	struct fdr_poll_timer *tick;
	int fd;
	struct fdr_poll_io *io;
	bool connecting;
	int64_t asked_ns;
	char *buf;
	size_t len, size;
};

static void hang_up(struct ganglia *g)
{
	g->io = fdr_poll_io_free(g->io);
	fdr_closep(&g->fd);
	g->fd = -1;
	g->len = 0;
}

static void fail(struct ganglia *g, const char *why)
{
	fdr_track_polled(&g->track, "", "unreachable", g->asked_ns, fdr_now_ns(), why);
	hang_up(g);
}

static void on_row(void *userdata, const struct fdr_ganglia_row *r)
{
	struct ganglia *g = userdata;
	bool down = r->tmax_s && r->tn_s > r->tmax_s * g->factor;
	char detail[80];

	if (g->clusters && !fdr_text_listed(g->clusters, r->cluster))
		return;
	snprintf(detail, sizeof(detail), "TN %llu, TMAX %llu", (unsigned long long)r->tn_s,
		 (unsigned long long)r->tmax_s);
	fdr_track_polled(&g->track, r->host, down ? "down" : "up", g->asked_ns, fdr_now_ns(),
			 detail);
}

static void take_answer(struct ganglia *g)
{
	struct fdr_error e = { "" };

	fdr_track_round_begin(&g->track);
	if (fdr_ganglia_xml(g->buf, g->len, on_row, g, &e) < 0) {
		fail(g, e.text);
		return;
	}
	fdr_track_round_end(&g->track, g->asked_ns, fdr_now_ns());
	fdr_track_polled(&g->track, "", "reachable", g->asked_ns, fdr_now_ns(), "answers");
	hang_up(g);
}

/* Makes room for more.  False: there is too much of it. */
static bool grow(struct ganglia *g)
{
	char *buf;

	if (g->size - g->len >= 4096)
		return true;
	buf = g->size < ANSWER_MAX ? realloc(g->buf, g->size * 2) : NULL;
	if (!buf)
		return false;
	g->buf = buf;
	g->size *= 2;
	return true;
}

static void on_socket(void *userdata, int fd, uint32_t revents)
{
	struct ganglia *g = userdata;
	int r;

	(void)revents;
	if (g->connecting) {
		r = fdr_addr_connected(fd);
		if (r >= 0)
			r = fdr_poll_io_set(g->io, EPOLLIN);
		if (r < 0) {
			fail(g, strerror(-r));
			return;
		}
		g->connecting = false;
	}
	for (;;) {
		ssize_t n;

		if (!grow(g)) {
			fail(g, "the answer does not end");
			return;
		}
		n = recv(fd, g->buf + g->len, g->size - g->len, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			fail(g, strerror(errno));
			return;
		}
		if (n == 0) {
			take_answer(g);
			return;
		}
		g->len += (size_t)n;
	}
}

static void dial(struct ganglia *g)
{
	bool done = false;
	int r;

	g->asked_ns = fdr_now_ns();
	r = fdr_addr_connect(&g->addr, &g->fd, &done);
	if (r >= 0)
		r = fdr_poller_add_io(g->env->poller, g->fd, done ? EPOLLIN : EPOLLOUT, on_socket,
				      g, &g->io);
	g->connecting = !done;
	if (r < 0)
		fail(g, strerror(-r));
}

/* Asks on schedule; while an answer is under way its turn is passed over. */
static void on_tick(void *userdata, int64_t when)
{
	struct ganglia *g = userdata;
	int64_t now = fdr_now_ns();

	if (g->fd < 0) {
		fdr_lateness_asked(g->env->lateness, now - when);
		dial(g);
	} else if (now - g->asked_ns > g->timeout_ns) {
		fail(g, g->connecting ? "no connection in time" : "no whole answer in time");
	}
	fdr_poll_timer_set(g->tick, fdr_next_tick_counted(g->env->lateness, when, g->interval_ns,
							  now));
}

static void ganglia_stop(void *state)
{
	struct ganglia *g = state;

	hang_up(g);
	fdr_poll_timer_free(g->tick);
	fdr_track_clear(&g->track);
	free(g->buf);
	free(g);
}

static int ganglia_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
			 void **ret_state, struct fdr_error *e)
{
	struct ganglia *g = calloc(1, sizeof(*g));
	int r = -ENOMEM;

	if (!g)
		return fdr_err(e, r, "out of memory");
	g->env = env;
	g->fd = -1;
	g->clusters = fdr_opts_str(opts, "clusters");
	g->interval_ns = (int64_t)fdr_opts_num(opts, "interval");
	g->timeout_ns = (int64_t)fdr_opts_num(opts, "timeout");
	g->factor = fdr_opts_num(opts, "factor");
	fdr_track_init(&g->track, env);
	g->size = 16384;
	g->buf = malloc(g->size);
	if (g->buf)
		r = fdr_poller_add_timer(env->poller, on_tick, g, &g->tick);
	if (r < 0) {
		fdr_err(e, r, "%s", strerror(-r));
	} else {
		r = fdr_addr_parse(fdr_opts_str(opts, "address"), SOCK_STREAM, &g->addr, e);
		if (r < 0)
			fdr_err_prefix(e, r, "address");
	}
	if (r < 0) {
		ganglia_stop(g);
		return r;
	}
	fdr_poll_timer_set(g->tick, fdr_now_ns());
	*ret_state = g;
	return 0;
}

/* The answer comes, and knows every host that the plan names. */
static int ganglia_canary(const struct fdr_canary_env *env, const struct fdr_opts *opts,
			  struct fdr_canary *ret, struct fdr_error *e)
{
	int64_t limit = 3 * FDR_NS_PER_S + 2 * (int64_t)fdr_opts_num(opts, "timeout");
	struct fdr_canary_probe c;
	int r = fdr_canary_start(&c, env, &fdr_probe_ganglia, opts, NULL, e);

	if (r < 0)
		return r;
	r = fdr_canary_await(&c, "", "reachable", NULL, limit, e);
	if (r < 0)
		fdr_err_prefix(e, r, "address");
	if (r >= 0)
		r = fdr_canary_knows(&c, opts, limit, "Ganglia has no host", e);
	fdr_canary_stop(&c);
	if (r >= 0)
		snprintf(ret->proven, sizeof(ret->proven), "Ganglia answers and knows %s",
			 env->n_subjects ? "the plan's hosts" : "its hosts");
	return r;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "address", .type = FDR_OPT_STRING, .required = true,
	  .summary = "where gmond (port 8649) or gmetad (8651) sends XML: HOST:PORT" },
	{ .name = "interval", .type = FDR_OPT_TIME, .def = "250ms", .min = 1000000,
	  .max = 3600000000000, .summary = "how often it is asked" },
	{ .name = "timeout", .type = FDR_OPT_TIME, .def = "2s", .min = 1000000,
	  .max = 3600000000000, .summary = "without a whole answer for so long it is unreachable" },
	{ .name = "factor", .type = FDR_OPT_U64, .def = "4", .min = 1, .max = 1000,
	  .summary = "a host is down when nothing came from it for so many times its TMAX" },
	{ .name = "clusters", .type = FDR_OPT_STRING,
	  .summary = "only these clusters, separated by commas" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_ganglia = {
	.kind = { .name = "ganglia", .summary = "Ganglia's view of hosts",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.states = "up|down|gone|reachable|unreachable",
	.start = ganglia_start, .stop = ganglia_stop, .canary = ganglia_canary,
};
