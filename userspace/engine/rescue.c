// SPDX-License-Identifier: GPL-2.0-or-later
/* Victims that do not come back by themselves are reset by their power drivers. */
#include "run.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/loop.h"
#include "plan/target.h"
#include "power/power.h"

const struct fdr_opts *fdr_run_power_of(const void *plan, const char *node)
{
	const struct fdr_plan *p = plan;

	for (size_t i = 0; i < p->n_nodes; i++)
		if (!strcmp(p->nodes[i].name, node))
			return p->nodes[i].power.kind ? &p->nodes[i].power : NULL;
	return NULL;
}

static bool is_over(void *userdata)
{
	return fdr_power_over(userdata);
}

/* Its readiness wakes the loop, and no more: fdr_power_end() takes it. */
static int wake(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	(void)s;
	(void)fd;
	(void)revents;
	(void)userdata;
	return 0;
}

/* Carries it out while the event loop goes on. */
static int act(struct fdr_run *run, const struct fdr_opts *driver, enum fdr_power_op op,
	       enum fdr_power_state *ret, struct fdr_error *e)
{
	/* The driver keeps its time itself; this is for one that does not. */
	int64_t deadline_ns = fdr_now_ns() + (int64_t)fdr_opts_num(driver, "timeout") +
			      5 * FDR_NS_PER_S;
	sd_event_source *source = NULL;
	struct fdr_power *p;
	int r, waited;

	r = fdr_power_begin(driver, op, &p, e);
	if (r < 0)
		return r;
	waited = sd_event_add_io(run->loop, &source, fdr_power_fd(p), EPOLLIN | EPOLLET, wake, NULL);
	if (waited >= 0)
		waited = fdr_loop_wait(run->loop, is_over, p, deadline_ns);
	sd_event_source_disable_unref(source);
	r = fdr_power_end(p, ret, e);
	if (waited == -ECANCELED)
		return fdr_err(e, waited, "interrupted");
	return r;
}

int fdr_run_rescue(struct fdr_run *run, struct fdr_run_node *node, struct fdr_error *e)
{
	const struct fdr_opts *driver = &node->plan->power;
	enum fdr_power_state was = FDR_POWER_UNKNOWN, none;
	enum fdr_power_op op = FDR_POWER_RESET;
	struct fdr_error why = { "" };
	char what[200];
	int r;

	r = act(run, driver, FDR_POWER_STATUS, &was, &why);
	if (r == -ECANCELED)
		return fdr_err(e, r, "interrupted");
	if (r >= 0 && was == FDR_POWER_OFF)
		op = FDR_POWER_TURN_ON;
	/* A driver that cannot tell may well be able to reset. */
	r = act(run, driver, op, &none, &why);
	if (r == -ECANCELED)
		return fdr_err(e, r, "interrupted");
	fdr_run_event(run, "rescue", node->plan->name, fdr_now_ns(),
		      json_pack("{s:s, s:s, s:s, s:b, s:s}", "driver", driver->kind->name, "was",
				fdr_power_state_name(was), "did", fdr_power_op_name(op), "ok", r >= 0,
				"why", r < 0 ? why.text : ""));
	if (r < 0) {
		fdr_run_warn(run, "%s did not come back, and could not be rescued: %s",
			     node->plan->name, why.text);
		return 0;
	}
	snprintf(what, sizeof(what), "%s: its power was %s: %s by %s", node->plan->name,
		 fdr_power_state_name(was), op == FDR_POWER_RESET ? "reset" : "turned on",
		 driver->kind->name);
	fdr_run_say_since(run, fdr_now_ns(), "rescued", what);
	return 0;
}

int fdr_run_ask_power(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_plan *p = run->plan;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < p->n_nodes; i++) {
		const struct fdr_opts *driver = &p->nodes[i].power;
		enum fdr_power_state state;

		if (!driver->kind)
			continue;
		r = act(run, driver, FDR_POWER_STATUS, &state, e);
		if (r < 0)
			return fdr_err_prefix(e, r, "%s", p->nodes[i].name);
		if (state == FDR_POWER_UNKNOWN)
			return fdr_err(e, -ENODATA, "%s: driver %s does not know whether it has power",
				       p->nodes[i].name, driver->kind->name);
		if (state == FDR_POWER_OFF)
			return fdr_err(e, -ENODEV, "%s: driver %s says that its power is off, but its "
				       "agent answers: is it this node's driver?", p->nodes[i].name,
				       driver->kind->name);
		fdr_run_say(run, "%s: driver %s says that its power is %s%s", p->nodes[i].name,
			    driver->kind->name, fdr_power_state_name(state),
			    p->trials.rescue_ns && fdr_plan_may_hit(p, i) ?
			    "; it would be used for a rescue" : "");
	}
	return r;
}
