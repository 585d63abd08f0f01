// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pacemaker's and Corosync's view of themselves, on each of their nodes: a command a node,
 * usually ssh, follows the logs, and another one is run again and again and prints what
 * crm_mon knows.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "canary.h"
#include "command.h"
#include "kinds.h"
#include "pacemaker-words.h"
#include "tick.h"
#include "track.h"

#define ANSWER_MAX	(16u << 20)

struct pacemaker;

struct node {
	struct pacemaker *all;
	const char *name, *log_command, *status_command;	/* the last may be NULL */
	struct fdr_command *log, *status;
	bool reachable;
	char last[160];			/* what it wrote that was no news: why it ended */
	int64_t asked_ns;
	char *answer;
	size_t len, size;
	bool too_long;
};

struct pacemaker {
	const struct fdr_probe_env *env;
	struct fdr_track track;
	struct fdr_poll_timer *tick;
	int64_t interval_ns, timeout_ns;
	struct node *nodes;
	size_t n_nodes;
	bool warned;
};

/* Our own trouble, and no news of the cluster. */
static void warn_once(struct pacemaker *p, const char *why)
{
	if (!p->warned)
		fdr_warn("probe %s: %s", p->env->name, why);
	p->warned = true;
}

static struct node *find_node(struct pacemaker *p, const char *name)
{
	for (size_t i = 0; i < p->n_nodes; i++)
		if (!strcmp(p->nodes[i].name, name))
			return &p->nodes[i];
	return NULL;
}

static void node_subject(const struct node *n, const char *rest, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%s", n->name, rest);
}

static void say_reachable(struct node *n, struct fdr_interval when, const char *why)
{
	if (n->reachable)
		return;
	n->reachable = true;
	fdr_track_pushed(&n->all->track, n->name, "reachable", when, why);
	fdr_track_pushed(&n->all->track, "", "reachable", when, n->name);
}

static void say_unreachable(struct node *n, struct fdr_interval when, const char *why)
{
	struct pacemaker *p = n->all;
	char all[FDR_PACEMAKER_NAME];
	bool any = false;

	n->reachable = false;
	fdr_track_pushed(&p->track, n->name, "unreachable", when, why);
	node_subject(n, "", all, sizeof(all));
	fdr_track_pushed_under(&p->track, all, "unknown", when, "unreachable");
	for (size_t i = 0; i < p->n_nodes; i++)
		any |= p->nodes[i].reachable;
	if (!any)
		fdr_track_pushed(&p->track, "", "unreachable", when, why);
}

static void on_log(void *userdata, char *line, struct fdr_interval when)
{
	struct node *n = userdata;
	struct fdr_pacemaker_event event;
	char subject[2 * FDR_PACEMAKER_NAME];

	if (!fdr_pacemaker_line(line, &event)) {
		snprintf(n->last, sizeof(n->last), "%s", line);
		return;
	}
	say_reachable(n, when, "its log is followed");
	/* What another node has done is for its own log to tell. */
	if (*event.node && strcmp(event.node, n->name))
		return;
	node_subject(n, event.subject, subject, sizeof(subject));
	fdr_track_pushed(&n->all->track, subject, event.state, when, line);
}

static void on_log_ended(void *userdata, int status)
{
	struct node *n = userdata;
	int64_t now = fdr_now_ns();

	(void)status;
	n->log = fdr_command_free(n->log);
	say_unreachable(n, (struct fdr_interval){ now, now },
			*n->last ? n->last : "the command has ended");
}

static void on_status_line(void *userdata, char *line, struct fdr_interval when)
{
	struct node *n = userdata;
	size_t len = strlen(line), need = n->len + len + 1;
	char *buf;

	(void)when;
	if (need > n->size) {
		buf = need <= ANSWER_MAX ? realloc(n->answer, need * 2) : NULL;
		if (!buf) {
			n->too_long = true;
			return;
		}
		n->answer = buf;
		n->size = need * 2;
	}
	memcpy(n->answer + n->len, line, len);
	n->answer[n->len + len] = '\n';
	n->len = need;
}

static void on_status_event(void *userdata, const struct fdr_pacemaker_event *e)
{
	struct node *n = userdata;
	char subject[2 * FDR_PACEMAKER_NAME];

	node_subject(n, e->subject, subject, sizeof(subject));
	fdr_track_polled(&n->all->track, subject, e->state, n->asked_ns, fdr_now_ns(), "crm_mon");
}

/* What crm_mon said before may be out of date from here on. */
static void no_answer(struct node *n, int64_t now, const char *why)
{
	char all[FDR_PACEMAKER_NAME];

	node_subject(n, "", all, sizeof(all));
	fdr_track_polled_under(&n->all->track, all, "unknown", n->asked_ns, now, why);
}

static void on_status_ended(void *userdata, int status)
{
	struct node *n = userdata;
	struct fdr_error e = { "" };
	int64_t now = fdr_now_ns();
	int r;

	n->status = fdr_command_free(n->status);
	if (status < 0) {
		warn_once(n->all, n->len ? n->answer : strerror(-status));
		return;
	}
	r = n->too_long ? fdr_err(&e, -EFBIG, "the answer does not end") :
	    fdr_pacemaker_xml(n->answer, n->len, n->name, on_status_event, n, &e);
	if (r < 0)
		no_answer(n, now, e.text);
	else if (n->log)
		say_reachable(n, (struct fdr_interval){ n->asked_ns, now }, "crm_mon answers");
}

static void ask(struct node *n, int64_t now)
{
	struct pacemaker *p = n->all;
	struct fdr_error e = { "" };

	if (!n->log) {
		*n->last = '\0';
		if (fdr_command_start(p->env->poller, n->log_command, on_log, on_log_ended, n,
				      &n->log, &e) < 0)
			warn_once(p, e.text);
	}
	if (!n->status_command)
		return;
	if (n->status) {
		if (now - n->asked_ns > p->timeout_ns)
			fdr_command_kill(n->status);
		return;
	}
	n->len = 0;
	n->too_long = false;
	n->asked_ns = now;
	if (fdr_command_start(p->env->poller, n->status_command, on_status_line, on_status_ended,
			      n, &n->status, &e) < 0)
		warn_once(p, e.text);
}

static void on_tick(void *userdata, int64_t when)
{
	struct pacemaker *p = userdata;

	fdr_lateness_asked(p->env->lateness, fdr_now_ns() - when);
	for (size_t i = 0; i < p->n_nodes; i++)
		ask(&p->nodes[i], fdr_now_ns());
	fdr_poll_timer_set(p->tick, fdr_next_tick_counted(p->env->lateness, when, p->interval_ns,
							  fdr_now_ns()));
}

static void pacemaker_stop(void *state)
{
	struct pacemaker *p = state;

	for (size_t i = 0; i < p->n_nodes; i++) {
		struct node *n = &p->nodes[i];

		fdr_command_free(n->log);
		fdr_command_free(n->status);
		free(n->answer);
	}
	fdr_poll_timer_free(p->tick);
	fdr_track_clear(&p->track);
	free(p->nodes);
	free(p);
}

static int make_nodes(struct pacemaker *p, const struct fdr_opts *opts, struct fdr_error *e)
{
	p->nodes = calloc(opts->n, sizeof(*p->nodes));
	if (!p->nodes)
		return fdr_err(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < opts->n; i++)
		if (opts->v[i].key && !strcmp(opts->v[i].desc->name, "nodes"))
			p->nodes[p->n_nodes++] = (struct node){
				.all = p, .name = opts->v[i].key, .log_command = opts->v[i].text,
			};
	for (size_t i = 0; i < opts->n; i++) {
		struct node *n;

		if (!opts->v[i].key || strcmp(opts->v[i].desc->name, "status"))
			continue;
		n = find_node(p, opts->v[i].key);
		if (!n)
			return fdr_err(e, -EINVAL, "status: %s is none of \"nodes\"",
				       opts->v[i].key);
		n->status_command = opts->v[i].text;
	}
	return 0;
}

static int pacemaker_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
			   void **ret_state, struct fdr_error *e)
{
	struct pacemaker *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return fdr_err(e, -ENOMEM, "out of memory");
	p->env = env;
	p->interval_ns = (int64_t)fdr_opts_num(opts, "interval");
	p->timeout_ns = (int64_t)fdr_opts_num(opts, "timeout");
	fdr_track_init(&p->track, env);
	r = make_nodes(p, opts, e);
	if (r >= 0) {
		r = fdr_poller_add_timer(env->poller, on_tick, p, &p->tick);
		if (r < 0)
			fdr_err(e, r, "out of memory");
	}
	if (r < 0) {
		pacemaker_stop(p);
		return r;
	}
	fdr_poll_timer_set(p->tick, fdr_now_ns());
	*ret_state = p;
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "nodes", .type = FDR_OPT_MAP, .required = true,
	  .summary = "node: command that follows the logs of Corosync and Pacemaker there, for "
		     "/bin/sh" },
	{ .name = "status", .type = FDR_OPT_MAP,
	  .summary = "node: command that runs \"crm_mon --one-shot --output-as=xml\" there" },
	{ .name = "interval", .type = FDR_OPT_TIME, .def = "2s", .min = 1000000,
	  .max = 3600000000000,
	  .summary = "how often \"status\" is run, and a command that has ended started again" },
	{ .name = "timeout", .type = FDR_OPT_TIME, .def = "10s", .min = 1000000,
	  .max = 3600000000000, .summary = "a \"status\" that takes longer is killed" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_pacemaker = {
	.kind = { .name = "pacemaker", .summary = "Pacemaker's and Corosync's view of themselves",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.states = FDR_PACEMAKER_STATES "|reachable|unreachable",
	.start = pacemaker_start, .stop = pacemaker_stop, .canary = fdr_canary_pacemaker,
};
