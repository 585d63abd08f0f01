// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ceph's view of its OSDs, placement groups and health: a command, usually by ssh, asks the
 * monitors over one connection and prints a line whenever something has changed.
 */
#include "ceph-words.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "canary.h"
#include "command.h"
#include "kinds.h"
#include "tick.h"
#include "track.h"

struct ceph {
	const struct fdr_probe_env *env;
	struct fdr_track track;
	struct fdr_poll_timer *tick;
	struct fdr_command *child;
	const char *command;
	int64_t interval_ns, timeout_ns;
	int64_t heard_ns;		/* when the last sound line came, or the command was started */
	struct fdr_interval when;	/* of the line that is being read */
	char last[200];			/* what it wrote that was no view: why it ended */
	bool warned_start, warned_line;
};

static void on_fact(void *userdata, const char *subject, const char *state, const char *detail)
{
	struct ceph *c = userdata;

	fdr_track_pushed(&c->track, subject, state, c->when, detail);
}

/* What was said may be out of date from here on. */
static void unreachable(struct ceph *c, struct fdr_interval when, const char *why)
{
	fdr_track_pushed_under(&c->track, "", "unknown", when, "unreachable");
	fdr_track_pushed(&c->track, "", "unreachable", when, why);
}

static void on_line(void *userdata, char *line, struct fdr_interval when)
{
	struct ceph *c = userdata;
	struct fdr_ceph_view v = { .fact = on_fact, .userdata = c }, dry = { 0 };
	struct fdr_error e = { "" };
	int r = fdr_ceph_line(line, &dry, &e);

	if (r == -EHOSTDOWN)
		unreachable(c, when, e.text);
	if (r == -EBADMSG) {
		/* The words of ssh, or of a Python that lacks something. */
		snprintf(c->last, sizeof(c->last), "%s", line);
		if (*line == '{' && !c->warned_line)
			fdr_warn("probe %s: %s", c->env->name, e.text);
		c->warned_line |= *line == '{';
	}
	if (r < 0)
		return;
	c->heard_ns = when.hi_ns;
	c->when = (struct fdr_interval){ when.lo_ns - dry.since_ns, when.hi_ns };
	fdr_track_pushed(&c->track, "", "reachable", when, "views come");
	fdr_track_round_begin(&c->track);
	if (fdr_ceph_line(line, &v, &e) < 0)
		return;
	fdr_track_round_pushed(&c->track, "osd.", "gone", c->when);
	fdr_track_round_pushed(&c->track, "health/", "cleared", c->when);
}

static void on_ended(void *userdata, int status)
{
	struct ceph *c = userdata;
	struct fdr_interval when;

	(void)status;
	when.lo_ns = when.hi_ns = fdr_now_ns();
	c->child = fdr_command_free(c->child);
	unreachable(c, when, *c->last ? c->last : "the command has ended");
}

static void start_command(struct ceph *c)
{
	struct fdr_error e = { "" };

	*c->last = '\0';
	c->heard_ns = fdr_now_ns();
	if (fdr_command_start(c->env->poller, c->command, on_line, on_ended, c, &c->child, &e) >= 0)
		return;
	/* Our own trouble, and no news of Ceph. */
	if (!c->warned_start)
		fdr_warn("probe %s: %s", c->env->name, e.text);
	c->warned_start = true;
}

/* What has ended is started again, on schedule; what says nothing is looked after. */
static void on_tick(void *userdata, int64_t when)
{
	struct ceph *c = userdata;
	int64_t now = fdr_now_ns();

	if (!c->child)
		start_command(c);
	else if (now - c->heard_ns > c->timeout_ns)
		unreachable(c, (struct fdr_interval){ c->heard_ns, now },
			    *c->last ? c->last : "no view in time");
	fdr_poll_timer_set(c->tick, fdr_next_tick_counted(c->env->lateness, when, c->interval_ns,
							  now));
}

static void ceph_stop(void *state)
{
	struct ceph *c = state;

	fdr_command_free(c->child);
	fdr_poll_timer_free(c->tick);
	fdr_track_clear(&c->track);
	free(c);
}

static int ceph_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
		      void **ret_state, struct fdr_error *e)
{
	struct ceph *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return fdr_err(e, -ENOMEM, "out of memory");
	c->env = env;
	c->command = fdr_opts_str(opts, "command");
	c->interval_ns = (int64_t)fdr_opts_num(opts, "interval");
	c->timeout_ns = (int64_t)fdr_opts_num(opts, "timeout");
	fdr_track_init(&c->track, env);
	r = fdr_poller_add_timer(env->poller, on_tick, c, &c->tick);
	if (r < 0) {
		ceph_stop(c);
		return fdr_err(e, r, "%s", strerror(-r));
	}
	fdr_poll_timer_set(c->tick, fdr_now_ns());
	*ret_state = c;
	return 0;
}

#define CANARY_LINE(up) \
	"echo '{\"since_us\": 0, \"epoch\": 1, \"osds\": [{\"osd\": 7, \"up\": " up ", \"in\": 1}], " \
	"\"reported\": [], \"pgs\": {}, \"health\": \"HEALTH_OK\", \"checks\": {}}'; "

/* A made-up view is read as a failure; the plan's command tells of all that the plan names. */
static int ceph_canary(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		       struct fdr_canary *ret, struct fdr_error *e)
{
	static const char *const made_up[] = {
		"command", CANARY_LINE("1") CANARY_LINE("0") "exec sleep 60", NULL,
	};
	int64_t limit = 10 * FDR_NS_PER_S + (int64_t)fdr_opts_num(opts, "timeout");
	struct fdr_canary_probe c;
	int r = fdr_canary_start(&c, env, &fdr_probe_ceph, opts, made_up, e);

	if (r < 0)
		return r;
	r = fdr_canary_await(&c, "osd.7", "down", NULL, limit, e);
	fdr_canary_stop(&c);
	if (r < 0)
		return r;
	r = fdr_canary_start(&c, env, &fdr_probe_ceph, opts, NULL, e);
	if (r < 0)
		return r;
	r = fdr_canary_await(&c, "", "reachable", NULL, limit, e);
	if (r < 0)
		fdr_err_prefix(e, r, "command");
	if (r >= 0)
		r = fdr_canary_knows(&c, opts, limit, "Ceph has no", e);
	fdr_canary_stop(&c);
	if (r >= 0)
		snprintf(ret->proven, sizeof(ret->proven), "a made-up view was read as down; "
			 "the command yields views, of all that the plan names");
	return r;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "command", .type = FDR_OPT_STRING, .required = true,
	  .summary = "command that prints a view of Ceph whenever it changes, for /bin/sh" },
	{ .name = "interval", .type = FDR_OPT_TIME, .def = "1s", .min = 1000000,
	  .max = 3600000000000, .summary = "how often a command that has ended is started again" },
	{ .name = "timeout", .type = FDR_OPT_TIME, .def = "10s", .min = 1000000,
	  .max = 3600000000000, .summary = "without a view for so long Ceph is unreachable" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_ceph = {
	.kind = { .name = "ceph", .summary = "Ceph's view of its OSDs, placement groups and health",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.states = FDR_CEPH_STATES "|reachable|unreachable",
	.start = ceph_start, .stop = ceph_stop, .canary = ceph_canary,
};
