// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks the nodes of the plan's section "usage", at an interval, how much processor time
 * they have used, on the side of whatever else goes on.  A node that cannot tell leaves
 * a hole, which the analysis sees as such.
 */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "base/loop.h"

struct fdr_run_usage {
	struct fdr_run *run;
	sd_event_source *timer;
	int64_t next_ns;
	struct asked {
		struct fdr_run_node *node;
		int64_t asked_ns;
	} *nodes;
	size_t n;
};

static void on_answer(void *userdata, const json_t *result, int64_t received_ns)
{
	struct asked *a = userdata;
	json_t *data = json_is_object(result) ? json_deep_copy(result) : NULL;

	if (!data)
		return;
	json_object_set_new(data, "asked_ns", json_integer(a->asked_ns));
	json_object_set_new(data, "boot_id", json_string(a->node->boot_id));
	fdr_run_event(a->node->run, "usage", a->node->plan->name, received_ns, data);
}

static void ask(struct fdr_run_usage *u, struct asked *a)
{
	const struct fdr_plan *p = u->run->plan;
	json_t *args;

	if (!a->node->link || !fdr_link_alive(a->node->link))
		return;
	args = json_object();
	if (p->usage.unit)
		json_object_set_new(args, "unit", json_string(p->usage.unit));
	if (p->usage.cgroup)
		json_object_set_new(args, "cgroup", json_string(p->usage.cgroup));
	a->asked_ns = fdr_now_ns();
	/* One that has not answered the last time is not asked again meanwhile. */
	fdr_link_ask(a->node->link, "usage", args, on_answer, a);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct fdr_run_usage *u = userdata;
	int64_t every_ns = (int64_t)u->run->plan->usage.every_ns;

	(void)usec;
	for (size_t i = 0; i < u->n; i++)
		ask(u, &u->nodes[i]);
	/* On a grid: what we were late by does not add up. */
	while (u->next_ns <= fdr_now_ns())
		u->next_ns += every_ns;
	sd_event_source_set_time(s, (uint64_t)u->next_ns / 1000);
	sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
	return 0;
}

static int prepare(struct fdr_run *run, struct fdr_run_usage *u)
{
	const struct fdr_plan *p = run->plan;

	u->run = run;
	u->nodes = calloc(p->usage.n, sizeof(*u->nodes));
	if (!u->nodes)
		return -ENOMEM;
	for (size_t i = 0; i < p->usage.n; i++)
		for (size_t k = 0; k < p->n_nodes; k++)
			if (!strcmp(p->nodes[k].name, p->usage.nodes[i].name))
				u->nodes[u->n++].node = &run->nodes[k];
	u->next_ns = fdr_now_ns();
	return sd_event_add_time(run->loop, &u->timer, CLOCK_MONOTONIC,
				 (uint64_t)u->next_ns / 1000, 1000, on_timer, u);
}

int fdr_run_start_usage(struct fdr_run *run, struct fdr_error *e)
{
	struct fdr_run_usage *u;
	int r;

	if (!run->plan->usage.n || run->world)
		return 0;
	u = calloc(1, sizeof(*u));
	r = u ? prepare(run, u) : -ENOMEM;
	run->usage = u;
	return r < 0 ? fdr_err(e, r, "cannot ask nodes for their processor time: %s",
			       strerror(-r)) : 0;
}

/* After the links are closed, which hold our place. */
void fdr_run_stop_usage(struct fdr_run *run)
{
	struct fdr_run_usage *u = FDR_TAKE_PTR(run->usage);

	if (!u)
		return;
	sd_event_source_disable_unref(u->timer);
	free(u->nodes);
	free(u);
}
