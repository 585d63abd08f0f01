// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeping faults alive while they are watched, and ending them. */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "base/loop.h"
#include "plan/target.h"

/* After its end a fault may keep the agent from running for a moment. */
#define END_SLACK_NS		(5 * FDR_NS_PER_S)

static void renew(struct fdr_run *run, struct fdr_run_injection *in, int64_t lease_ns)
{
	struct fdr_error e = { "" };
	int64_t now = fdr_now_ns();
	int r;

	in->renew_ns = now + lease_ns / 3;
	if (!in->node->link || !fdr_link_alive(in->node->link))
		return;
	r = fdr_link_call(in->node->link, "renew", json_pack("{s:i, s:I}", "id", (int)in->id,
							    "lease_ns", (json_int_t)lease_ns),
			  now + lease_ns / 3, NULL, &e);
	/* A frozen node does not answer: then the lease is what ends the fault. */
	if (r < 0 && r != -ETIMEDOUT && r != -ECANCELED && !in->over)
		fdr_run_warn(run, "the lease was not renewed: %s", e.text);
}

int64_t fdr_run_renew(struct fdr_run *run)
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < run->n_injections; i++) {
		struct fdr_run_injection *in = &run->injections[i];
		int64_t lease_ns = in->node ? (int64_t)fdr_step_lease(run->plan, in->step) : 0;

		if (!lease_ns || !in->active || in->over)
			continue;
		if (fdr_now_ns() >= in->renew_ns)
			renew(run, in, lease_ns);
		if (in->renew_ns < next_ns)
			next_ns = in->renew_ns;
	}
	return next_ns;
}

struct ending {
	struct fdr_run *run;
	const struct fdr_run_injection *in;
};

static bool is_over(void *userdata)
{
	const struct ending *x = userdata;

	return x->in->over || !fdr_link_alive(x->in->node->link) || fdr_run_must_stop(x->run);
}

/* A fault with a duration of its own is given the time to end by it. */
static int await_end(struct fdr_run *run, const struct fdr_run_injection *in, int64_t until_ns)
{
	struct ending x = { run, in };

	while (!is_over(&x) && fdr_now_ns() < until_ns) {
		int64_t next = fdr_run_renew(run);
		int r;

		r = fdr_loop_wait(run->loop, is_over, &x, next < until_ns ? next : until_ns);
		if (r < 0 && r != -ETIMEDOUT)
			return r;
	}
	return 0;
}

static int clear(struct fdr_run *run, struct fdr_run_injection *in, struct fdr_error *e)
{
	int64_t lease_ns = (int64_t)fdr_step_lease(run->plan, in->step);
	int r;

	if (in->step->duration_ns) {
		r = await_end(run, in, in->start_ns + (int64_t)in->step->duration_ns + END_SLACK_NS);
		if (r < 0)
			return fdr_err(e, r, "interrupted");
		if (*run->stop_why)
			return fdr_run_stop_error(run, e);
	}
	if (!in->over) {
		r = fdr_link_call(in->node->link, "clear", json_pack("{s:i}", "id", (int)in->id),
				  fdr_now_ns() + lease_ns + END_SLACK_NS, NULL, e);
		/* It ended just now, by itself. */
		if (r < 0 && r != -ENOENT && !in->over)
			return r;
	}
	in->active = false;
	return 0;
}

int fdr_run_clear(struct fdr_run *run, struct fdr_run_node *node, struct fdr_error *e)
{
	for (size_t i = 0; i < run->n_injections; i++) {
		struct fdr_run_injection *in = &run->injections[i];
		int r;

		if (in->node != node || !in->active)
			continue;
		r = clear(run, in, e);
		if (r < 0)
			return r;
	}
	return fdr_link_call(node->link, "disarm", NULL, fdr_now_ns() + FDR_RUN_CALL_NS, NULL, e);
}
