// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whom the steps hit in a trial.  Draws come from the run's seed, the trial's number
 * and the step's, so that a run that is repeated or resumed draws the same again.
 */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "phase.h"
#include "plan/target.h"

/* Of one step: the nodes that can be taken, by their index. */
struct pool {
	size_t v[FDR_RUN_INJECTIONS_MAX * 4];
	size_t n;
};

static bool is_taken(const struct fdr_run *run, const struct fdr_run_node *node)
{
	for (size_t i = 0; i < run->n_injections; i++)
		if (run->injections[i].node == node)
			return true;
	return false;
}

/* What the probe says of the node at this moment. */
static bool is_in_state(struct fdr_run *run, const struct fdr_plan_select *x,
			const struct fdr_plan_node *node)
{
	char *states[] = { x->state };
	struct fdr_plan_cond c = { .probe = x->probe, .state = x->state, .states = states,
				   .n_states = 1,
				   .subject = (char *)fdr_node_subject(node, x->probe) };
	char why[256];

	return fdr_watch_since(run->watch, &c, true, fdr_now_ns(), why, sizeof(why)) != 0;
}

static void fill(struct fdr_run *run, const struct fdr_plan_step *s, struct pool *pool)
{
	pool->n = 0;
	for (size_t i = 0; i < run->plan->n_nodes && pool->n < FDR_ARRAY_LEN(pool->v); i++) {
		if (!fdr_step_may_hit(run->plan, s, i) || is_taken(run, &run->nodes[i]))
			continue;
		if (!s->select.probe || is_in_state(run, &s->select, &run->plan->nodes[i]))
			pool->v[pool->n++] = i;
	}
}

/* The first @k of the pool become a random choice, in random order. */
static void draw(struct fdr_run *run, unsigned int step, struct pool *pool, size_t k)
{
	uint64_t state = run->seed ^ ((uint64_t)run->trial << 32) ^ ((uint64_t)step << 8);

	/* Seeds that differ little give rows that have nothing in common only later. */
	for (int i = 0; i < 4; i++)
		state = fdr_random(&state);
	for (size_t i = 0; i < k; i++) {
		size_t with = i + (size_t)(fdr_random(&state) % (pool->n - i)), v = pool->v[i];

		pool->v[i] = pool->v[with];
		pool->v[with] = v;
	}
}

static json_t *names(const struct fdr_run *run, const size_t *v, size_t n)
{
	json_t *j = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(j, json_string(run->plan->nodes[v[i]].name));
	return j;
}

static int add(struct fdr_run *run, const struct fdr_plan_step *s, unsigned int number,
	       struct fdr_run_node *node, struct fdr_error *e)
{
	if (run->n_injections == FDR_RUN_INJECTIONS_MAX)
		return fdr_err(e, -E2BIG, "a trial with more than %d faults", FDR_RUN_INJECTIONS_MAX);
	run->injections[run->n_injections++] = (struct fdr_run_injection){
		.step = s, .number = number, .node = node,
	};
	return 0;
}

/* 1: nobody can be taken. */
static int select_victims(struct fdr_run *run, const struct fdr_plan_step *s, unsigned int number,
			  char *why, size_t size, struct fdr_error *e)
{
	struct pool pool;
	json_t *candidates;
	size_t k;
	int r = 0;

	fill(run, s, &pool);
	k = fdr_how_many((enum fdr_plan_how)s->select.how, pool.n);
	candidates = names(run, pool.v, pool.n);
	if (k)
		draw(run, number, &pool, k);
	fdr_run_event(run, "select", NULL, fdr_now_ns(),
		      json_pack("{s:i, s:s, s:o, s:o}", "step", (int)number, "how",
				fdr_plan_how_names[s->select.how], "candidates", candidates,
				"chosen", names(run, pool.v, k)));
	for (size_t i = 0; r >= 0 && i < k; i++)
		r = add(run, s, number, &run->nodes[pool.v[i]], e);
	if (r < 0 || k)
		return r;
	if (s->select.probe)
		snprintf(why, size, "step %u: %s says of no node that may be taken that it is %s: "
			 "nobody was broken", number, s->select.probe, s->select.state);
	else
		snprintf(why, size, "step %u: %zu node%s left to select from: nobody was broken",
			 number, pool.n, pool.n == 1 ? " is" : "s are");
	return 1;
}

static struct fdr_run_node *find_node(struct fdr_run *run, const char *name)
{
	for (size_t i = 0; i < run->plan->n_nodes; i++)
		if (!strcmp(run->plan->nodes[i].name, name))
			return &run->nodes[i];
	return NULL;
}

int fdr_run_choose(struct fdr_run *run, char *why, size_t size, struct fdr_error *e)
{
	const struct fdr_plan_inject *in = &run->plan->inject;
	int r = 0;

	run->n_injections = 0;
	for (size_t i = 0; !r && i < in->n_steps; i++) {
		const struct fdr_plan_step *s = &in->steps[i];
		unsigned int number = (unsigned int)i + 1;

		if (s->select.given)
			r = select_victims(run, s, number, why, size, e);
		else
			r = add(run, s, number, s->node ? find_node(run, s->node) : NULL, e);
	}
	if (r)
		run->n_injections = 0;
	return r;
}
