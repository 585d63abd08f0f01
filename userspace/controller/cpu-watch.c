// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu-watch.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "sys/cpu-time.h"
#include "sys/link.h"

#define CONNECT_NS	(15 * FDR_NS_PER_S)

struct reading {
	int64_t at_ns;			/* the node's CLOCK_BOOTTIME */
	int64_t cpu_ns;			/* -1: not known */
};

struct node {
	struct fdr_cpu_watch *watch;
	const char *name;
	struct fdr_opts transport;
	struct fdr_link *link;
	struct reading first, before, last;
	bool any;
};

struct fdr_cpu_watch {
	const char *unit, *cgroup;
	struct node *nodes;
	size_t n;
	bool local;
};

static void take(struct node *n, int64_t at_ns, int64_t cpu_ns)
{
	struct reading r = { at_ns, cpu_ns };

	/* A counter that begins anew: a restart of the node, or of the service. */
	if (!n->any || n->last.cpu_ns < 0 || cpu_ns < n->last.cpu_ns || at_ns <= n->last.at_ns) {
		n->first = n->before = r;
		n->any = true;
	} else {
		n->before = n->last;
	}
	n->last = r;
}

static void look_here(struct fdr_cpu_watch *w, struct node *n)
{
	struct fdr_cpu_time t;

	if (fdr_cpu_time_read(w->unit, w->cgroup, &t, NULL) >= 0)
		take(n, t.boottime_ns, w->unit || w->cgroup ? t.group_ns : t.busy_ns);
}

static void on_answer(void *userdata, const json_t *result, int64_t received_ns)
{
	struct node *n = userdata;
	const struct fdr_cpu_watch *w = n->watch;
	const json_t *ns = json_object_get(result, "busy_ns");

	(void)received_ns;
	if (w->unit || w->cgroup)
		ns = json_object_get(json_object_get(result, "cgroup"), "usage_ns");
	if (json_is_object(result))
		take(n, json_integer_value(json_object_get(result, "boottime_ns")),
		     json_is_integer(ns) ? json_integer_value(ns) : -1);
}

static void ask(struct fdr_cpu_watch *w, struct node *n)
{
	json_t *args;

	if (!fdr_link_alive(n->link))
		return;
	args = json_object();
	if (w->unit)
		json_object_set_new(args, "unit", json_string(w->unit));
	if (w->cgroup)
		json_object_set_new(args, "cgroup", json_string(w->cgroup));
	fdr_link_ask(n->link, "usage", args, on_answer, n);
}

void fdr_cpu_watch_look(struct fdr_cpu_watch *w)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->local)
			look_here(w, &w->nodes[i]);
		else
			ask(w, &w->nodes[i]);
	}
}

static double rate(const struct fdr_cpu_watch *w, bool all)
{
	double sum = 0;

	for (size_t i = 0; i < w->n; i++) {
		const struct node *n = &w->nodes[i];
		const struct reading *from = all ? &n->first : &n->before;

		if (!n->any || from->cpu_ns < 0 || n->last.at_ns <= from->at_ns)
			return -1;
		sum += (double)(n->last.cpu_ns - from->cpu_ns) /
		       (double)(n->last.at_ns - from->at_ns);
	}
	return sum;
}

double fdr_cpu_watch_now(const struct fdr_cpu_watch *w)
{
	return fdr_cpu_watch_lost(w) ? -1 : rate(w, false);
}

double fdr_cpu_watch_all(const struct fdr_cpu_watch *w)
{
	return rate(w, true);
}

size_t fdr_cpu_watch_lost(const struct fdr_cpu_watch *w)
{
	size_t lost = 0;

	for (size_t i = 0; i < w->n && !w->local; i++)
		lost += !fdr_link_alive(w->nodes[i].link);
	return lost;
}

static void on_death(void *userdata, struct fdr_link *l, const char *why)
{
	(void)l;
	fdr_warn("%s: the agent is gone: %s", ((struct node *)userdata)->name, why);
}

static int connect_node(sd_event *loop, const char *text, struct node *n, struct fdr_error *e)
{
	const struct fdr_transport_ops *ops;
	int r;

	n->name = text;
	r = fdr_transport_parse(text, &ops, &n->transport, e);
	if (r < 0)
		return fdr_err_prefix(e, r, "--on %s", text);
	r = fdr_link_open(loop, text, ops, &n->transport, fdr_now_ns() + CONNECT_NS, &n->link, e);
	if (r >= 0)
		fdr_link_on_death(n->link, on_death, n);
	return r;
}

int fdr_cpu_watch_open(sd_event *loop, const struct fdr_strings *nodes, const char *unit,
		       const char *cgroup, struct fdr_cpu_watch **ret, struct fdr_error *e)
{
	struct fdr_cpu_watch *w = calloc(1, sizeof(*w));
	struct fdr_cpu_time t;
	int r;

	/* Also where nodes are asked: what is wrong with the names is wrong everywhere. */
	r = w ? fdr_cpu_time_read(unit, cgroup, &t, e) : fdr_err(e, -ENOMEM, "out of memory");
	if (r < 0) {
		free(w);
		return r;
	}
	w->unit = unit;
	w->cgroup = cgroup;
	w->local = !nodes->n;
	w->n = w->local ? 1 : nodes->n;
	w->nodes = calloc(w->n, sizeof(*w->nodes));
	if (!w->nodes)
		r = fdr_err(e, -ENOMEM, "out of memory");
	for (size_t i = 0; r >= 0 && i < w->n; i++) {
		w->nodes[i].watch = w;
		if (!w->local)
			r = connect_node(loop, nodes->v[i], &w->nodes[i], e);
	}
	if (r < 0) {
		fdr_cpu_watch_close(w);
		return r;
	}
	*ret = w;
	return 0;
}

struct fdr_cpu_watch *fdr_cpu_watch_close(struct fdr_cpu_watch *w)
{
	if (!w)
		return NULL;
	for (size_t i = 0; w->nodes && i < w->n; i++) {
		if (w->nodes[i].link)
			fdr_link_on_death(w->nodes[i].link, NULL, NULL);
		fdr_link_close(w->nodes[i].link);
		fdr_opts_clear(&w->nodes[i].transport);
	}
	free(w->nodes);
	free(w);
	return NULL;
}
