// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DRBD's view of itself on each of its nodes: a command a node, usually ssh, follows
 * "drbdsetup events2", which tells all that there is and then each change.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "canary.h"
#include "command.h"
#include "drbd-words.h"
#include "kinds.h"
#include "tick.h"
#include "track.h"

struct drbd;

struct node {
	struct drbd *drbd;
	const char *name, *command;
	struct fdr_command *child;
	bool reachable;			/* an event has come from this run */
	char last[160];			/* what it wrote that was none: why it ended */
};

struct drbd {
	const struct fdr_probe_env *env;
	struct fdr_track track;
	struct fdr_poll_timer *tick;
	const char *resources;
	int64_t interval_ns;
	struct node *nodes;
	size_t n_nodes;
	bool warned_unknown, warned_start;
};

static void node_subject(const struct node *n, const char *rest, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%s", n->name, rest);
}

static bool wanted(const struct drbd *d, const char *subject)
{
	char resource[200];

	snprintf(resource, sizeof(resource), "%.*s", (int)strcspn(subject, "/"), subject);
	return !d->resources || fdr_text_listed(d->resources, resource);
}

static void say_reachable(struct node *n, struct fdr_interval when)
{
	n->reachable = true;
	fdr_track_pushed(&n->drbd->track, n->name, "reachable", when, "events come");
	fdr_track_pushed(&n->drbd->track, "", "reachable", when, n->name);
}

static void on_line(void *userdata, char *line, struct fdr_interval when)
{
	struct node *n = userdata;
	struct drbd *d = n->drbd;
	struct fdr_drbd_event event;
	char subject[300];

	if (!fdr_drbd_event(line, &event)) {
		snprintf(n->last, sizeof(n->last), "%s", line);
		return;
	}
	if (!n->reachable)
		say_reachable(n, when);
	for (size_t i = 0; i < event.n; i++) {
		const char *state = event.facts[i].state;

		if (!wanted(d, event.facts[i].subject))
			continue;
		node_subject(n, event.facts[i].subject, subject, sizeof(subject));
		if (!state && !d->warned_unknown)
			fdr_warn("probe %s: this version does not know what DRBD says of %s: %.200s",
				 d->env->name, subject, line);
		d->warned_unknown |= !state;
		fdr_track_pushed(&d->track, subject, state ? state : "unknown", when, line);
	}
}

/* What it said may be out of date from here on. */
static void on_ended(void *userdata, int status)
{
	struct node *n = userdata;
	struct drbd *d = n->drbd;
	struct fdr_interval when;
	char all[300];
	bool any = false;

	(void)status;
	when.lo_ns = when.hi_ns = fdr_now_ns();
	n->child = fdr_command_free(n->child);
	n->reachable = false;
	fdr_track_pushed(&d->track, n->name, "unreachable", when,
			 *n->last ? n->last : "the command has ended");
	node_subject(n, "", all, sizeof(all));
	fdr_track_pushed_under(&d->track, all, "unknown", when, "unreachable");
	for (size_t i = 0; i < d->n_nodes; i++)
		any |= d->nodes[i].reachable;
	if (!any)
		fdr_track_pushed(&d->track, "", "unreachable", when, n->last);
}

static void start_node(struct node *n)
{
	struct drbd *d = n->drbd;
	struct fdr_error e = { "" };

	*n->last = '\0';
	if (fdr_command_start(d->env->poller, n->command, on_line, on_ended, n, &n->child, &e) >= 0)
		return;
	/* Our own trouble, and no news of DRBD. */
	if (!d->warned_start)
		fdr_warn("probe %s: %s", d->env->name, e.text);
	d->warned_start = true;
}

/* What has ended is started again, on schedule. */
static void on_tick(void *userdata, int64_t when)
{
	struct drbd *d = userdata;

	for (size_t i = 0; i < d->n_nodes; i++)
		if (!d->nodes[i].child)
			start_node(&d->nodes[i]);
	fdr_poll_timer_set(d->tick, fdr_next_tick_counted(d->env->lateness, when, d->interval_ns,
							  fdr_now_ns()));
}

static void drbd_stop(void *state)
{
	struct drbd *d = state;

	for (size_t i = 0; i < d->n_nodes; i++)
		fdr_command_free(d->nodes[i].child);
	fdr_poll_timer_free(d->tick);
	fdr_track_clear(&d->track);
	free(d->nodes);
	free(d);
}

static int make_nodes(struct drbd *d, const struct fdr_opts *opts)
{
	d->nodes = calloc(opts->n, sizeof(*d->nodes));
	if (!d->nodes)
		return -ENOMEM;
	for (size_t i = 0; i < opts->n; i++)
		if (opts->v[i].key)
			d->nodes[d->n_nodes++] = (struct node){
				.drbd = d, .name = opts->v[i].key, .command = opts->v[i].text,
			};
	return 0;
}

static int drbd_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
		      void **ret_state, struct fdr_error *e)
{
	struct drbd *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return fdr_err(e, -ENOMEM, "out of memory");
	d->env = env;
	d->resources = fdr_opts_str(opts, "resources");
	d->interval_ns = (int64_t)fdr_opts_num(opts, "interval");
	fdr_track_init(&d->track, env);
	r = make_nodes(d, opts);
	if (r >= 0)
		r = fdr_poller_add_timer(env->poller, on_tick, d, &d->tick);
	if (r < 0) {
		drbd_stop(d);
		return fdr_err(e, r, "out of memory");
	}
	fdr_poll_timer_set(d->tick, fdr_now_ns());
	*ret_state = d;
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "nodes", .type = FDR_OPT_MAP, .required = true,
	  .summary = "node: command that runs \"drbdsetup events2\" there, for /bin/sh" },
	{ .name = "resources", .type = FDR_OPT_STRING,
	  .summary = "only these, separated by commas" },
	{ .name = "interval", .type = FDR_OPT_TIME, .def = "1s", .min = 1000000,
	  .max = 3600000000000, .summary = "how often a command that has ended is started again" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_drbd = {
	.kind = { .name = "drbd", .summary = "DRBD's view of its roles, connections and disks",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.states = FDR_DRBD_STATES "|reachable|unreachable",
	.start = drbd_start, .stop = drbd_stop, .canary = fdr_canary_drbd,
};
