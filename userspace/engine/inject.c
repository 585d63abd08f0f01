// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults on nodes.  Every victim gets the trial's instants on its own clock and its
 * own timer fires it: the transport has no part in the timing.  First all are armed
 * and, where there are several, asked; then all are told; who refuses, or answers
 * too late, has the others called back.
 */
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "base/loop.h"
#include "plan/target.h"

#define ARM_MARGIN_NS		(30 * FDR_NS_PER_S)
/* How long before its start a fault can still be called back with some certainty. */
#define CALL_BACK_NS		(100 * FDR_NS_PER_MS)
/* So often several victims are given more time, because one answered too late. */
#define ATTEMPTS_MAX		3

static bool alive(const struct fdr_run_node *node)
{
	return node->link && fdr_link_alive(node->link);
}

static int call(struct fdr_run_node *node, const char *op, json_t *args, json_t **ret,
		struct fdr_error *e)
{
	return fdr_link_call(node->link, op, args, fdr_now_ns() + FDR_RUN_CALL_NS, ret, e);
}

static int arm(struct fdr_run_node *node, int64_t for_ns, struct fdr_error *e)
{
	return call(node, "arm", json_pack("{s:I}", "arm_ns", (json_int_t)for_ns), NULL, e);
}

/* Only what the plan states: the node has the same defaults, or newer ones. */
static json_t *params_json(const struct fdr_opts *o)
{
	json_t *j = json_object();

	for (size_t i = 0; i < o->n; i++)
		if (!o->v[i].defaulted)
			json_object_set_new(j, o->v[i].desc->name, json_string(o->v[i].text));
	return j;
}

static json_t *inject_args(const struct fdr_run_node *node, const struct fdr_plan_step *s,
			   uint64_t cookie)
{
	int64_t lease_ns = (int64_t)fdr_step_lease(node->run->plan, s);
	json_t *args = json_pack("{s:s, s:o, s:s}", "fault", s->fault.kind->name,
				 "params", params_json(&s->fault), "boot_id", node->boot_id);
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, cookie);
	json_object_set_new(args, "cookie", json_string(text));
	if (s->duration_ns)
		json_object_set_new(args, "duration_ns", json_integer((json_int_t)s->duration_ns));
	if (lease_ns)
		json_object_set_new(args, "lease_ns", json_integer(lease_ns));
	if (s->force)
		json_object_set_new(args, "force", json_true());
	return args;
}

int fdr_run_unused(struct fdr_run_node *node, struct fdr_error *e)
{
	json_t *status = NULL;
	json_int_t armed_ns;
	int r;

	r = call(node, "status", NULL, &status, e);
	if (r < 0)
		return r;
	armed_ns = json_integer_value(json_object_get(status, "armed_ns"));
	json_decref(status);
	if (armed_ns > 0)
		return fdr_err(e, -EBUSY, "%s: is armed for another %.0f s by somebody else: let that "
			       "drill end, or disarm it ('faultdrill disarm')",
			       node->plan->name, (double)armed_ns / 1e9);
	return 0;
}

/* The node is armed. */
static int ask(struct fdr_run_node *node, const struct fdr_plan_step *s, struct fdr_error *e)
{
	json_t *args = inject_args(node, s, 0);

	json_object_set_new(args, "dry_run", json_true());
	json_object_set_new(args, "start", json_string("now"));
	return call(node, "inject", args, NULL, e);
}

int fdr_run_ask(struct fdr_run_node *node, const struct fdr_plan_step *s, struct fdr_error *e)
{
	int r;

	r = arm(node, ARM_MARGIN_NS, e);
	if (r < 0)
		return r;
	r = ask(node, s, e);
	if (r < 0) {
		call(node, "disarm", NULL, NULL, NULL);
		return r;
	}
	return call(node, "disarm", NULL, NULL, e);
}

int fdr_run_ask_all(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_plan *p = run->plan;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < p->inject.n_steps; i++)
		for (size_t k = 0; r >= 0 && k < p->n_nodes; k++)
			if (fdr_step_may_hit(p, &p->inject.steps[i], k))
				r = fdr_run_ask(&run->nodes[k], &p->inject.steps[i], e);
	return r;
}

static json_t *clock_json(const struct fdr_run_node *node, const struct fdr_clock_sample *s)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:s}", "offset_ns", (json_int_t)s->offset_ns,
			 "bound_ns", (json_int_t)s->bound_ns, "rtt_ns", (json_int_t)s->rtt_ns,
			 "realtime_minus_boottime_ns", (json_int_t)s->agent_real_minus_boot_ns,
			 "boot_id", node->boot_id);
}

int fdr_run_clock(struct fdr_run_node *node, struct fdr_clock_sample *ret, struct fdr_error *e)
{
	uint64_t max_ns = node->run->plan->safety.max_clock_bound_ns;
	int r;

	r = fdr_link_clock(node->link, FDR_RUN_CLOCK_EXCHANGES, fdr_now_ns() + FDR_RUN_CALL_NS,
			   ret, e);
	if (r < 0)
		return r;
	fdr_run_event(node->run, "clock", node->plan->name, ret->at_ns, clock_json(node, ret));
	if ((uint64_t)ret->bound_ns > max_ns)
		fdr_run_warn(node->run, "%s: its clock is known to +-%.3f ms only (wanted: %.3f ms)",
			     node->plan->name, (double)ret->bound_ns / 1e6, (double)max_ns / 1e6);
	return 0;
}

int fdr_run_clocks(struct fdr_run *run, struct fdr_error *e)
{
	struct fdr_clock_sample s;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < run->plan->n_nodes; i++) {
		struct fdr_run_node *node = &run->nodes[i];

		if (!node->may_break)
			continue;
		/* One that was not hit may have lost its agent all the same. */
		if (!alive(node))
			r = fdr_run_reconnect(run, node, fdr_now_ns() + FDR_RUN_CALL_NS, e);
		if (r >= 0)
			r = fdr_run_clock(node, &s, e);
	}
	return r;
}

static void record_injection(struct fdr_run *run, const struct fdr_run_injection *in,
			     int64_t phase_ns, int64_t start_ns)
{
	char cookie[24];

	snprintf(cookie, sizeof(cookie), "%" PRIu64, in->cookie);
	fdr_run_event(run, "inject", in->node->plan->name, in->start_ns,
		      json_pack("{s:s, s:I, s:I, s:I, s:i, s:s, s:s, s:i, s:i, s:I}",
				"fault", in->step->fault.kind->name,
				"phase_ns", (json_int_t)phase_ns, "t0_ns", (json_int_t)run->t0_ns,
				"start_boottime_ns", (json_int_t)start_ns, "id", (int)in->id,
				"cookie", cookie, "boot_id", in->node->boot_id,
				"step", (int)in->number, "attempt", (int)run->attempt,
				"at_ns", (json_int_t)in->step->at_ns));
}

static void record_load(struct fdr_run *run)
{
	double load[1] = { -1 };

	if (getloadavg(load, 1) == 1)
		fdr_run_event(run, "load", NULL, fdr_now_ns(),
			      json_pack("{s:f}", "load1", load[0]));
}

/* The first fault of each victim; the others share its arming and its clock. */
static bool is_first(const struct fdr_run *run, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (run->injections[k].node == run->injections[i].node)
			return false;
	return run->injections[i].node;
}

static size_t count_kernel(const struct fdr_run *run)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n_injections; i++)
		n += run->injections[i].node != NULL;
	return n;
}

/* Arms and asks all victims, and maps their clocks: an offset for each injection. */
static int prepare(struct fdr_run *run, int64_t armed_ns, int64_t offsets[], struct fdr_error *e)
{
	bool several = count_kernel(run) > 1;
	int r = 0;

	for (size_t i = 0; i < run->n_injections; i++) {
		struct fdr_run_injection *in = &run->injections[i];

		if (in->node && getrandom(&in->cookie, sizeof(in->cookie), 0) != sizeof(in->cookie))
			return fdr_err(e, -errno, "no random numbers: %s", strerror(errno));
	}
	for (size_t i = 0; r >= 0 && i < run->n_injections; i++) {
		struct fdr_run_node *node = run->injections[i].node;

		if (!is_first(run, i))
			continue;
		fdr_run_tell_beacon(run, node);
		r = arm(node, armed_ns, e);
	}
	for (size_t i = 0; several && r >= 0 && i < run->n_injections; i++)
		if (run->injections[i].node)
			r = ask(run->injections[i].node, run->injections[i].step, e);
	for (size_t i = 0; r >= 0 && i < run->n_injections; i++) {
		struct fdr_clock_sample s;

		if (!run->injections[i].node)
			continue;
		for (size_t k = 0; k < i; k++)
			if (run->injections[k].node == run->injections[i].node)
				offsets[i] = offsets[k];
		if (!is_first(run, i))
			continue;
		r = fdr_run_clock(run->injections[i].node, &s, e);
		if (r >= 0)
			offsets[i] = s.offset_ns;
	}
	return r;
}

/* Where there are others, an answer that comes too late to call them back is none. */
static int commit(struct fdr_run *run, struct fdr_run_injection *in, int64_t phase_ns,
		  int64_t offset_ns, struct fdr_error *e)
{
	int64_t deadline_ns = count_kernel(run) > 1 ? run->t0_ns - CALL_BACK_NS :
						      fdr_now_ns() + FDR_RUN_CALL_NS;
	int64_t start_ns = in->start_ns + offset_ns;
	json_t *args = inject_args(in->node, in->step, in->cookie), *result = NULL;
	int r;

	/* From here on the fault may be there, whatever becomes of the answer. */
	in->active = true;
	in->renew_ns = fdr_now_ns() + (int64_t)fdr_step_lease(run->plan, in->step) / 3;
	json_object_set_new(args, "start", json_string("boottime"));
	json_object_set_new(args, "start_ns", json_integer((json_int_t)start_ns));
	r = fdr_link_call(in->node->link, "inject", args, deadline_ns, &result, e);
	if (r < 0)
		return r;
	in->id = (unsigned int)json_integer_value(json_object_get(result, "id"));
	json_decref(result);
	record_injection(run, in, phase_ns, start_ns);
	return 0;
}

static void disarm_all(struct fdr_run *run)
{
	for (size_t i = 0; i < run->n_injections; i++)
		if (is_first(run, i) && alive(run->injections[i].node) &&
		    !fdr_run_breaking(run, run->injections[i].node))
			call(run->injections[i].node, "disarm", NULL, NULL, NULL);
}

/* Where the answer did not come, all that is there is meant.  True: it did not start. */
static bool call_back(struct fdr_run_injection *in)
{
	int r = call(in->node, "clear", in->id ? json_pack("{s:i}", "id", (int)in->id) : NULL,
		     NULL, NULL);

	in->active = r < 0 || in->onset_seen;
	return !in->active;
}

/* Those first that have answered, for the others may keep us until it is too late. */
size_t fdr_run_call_back(struct fdr_run *run)
{
	size_t started = 0;

	for (unsigned int answered = 2; answered--; )
		for (size_t i = 0; i < run->n_injections; i++) {
			struct fdr_run_injection *in = &run->injections[i];

			if (in->node && in->active && (in->id != 0) == answered)
				started += !call_back(in);
		}
	return started;
}

static void call_off(struct fdr_run *run)
{
	size_t started = fdr_run_call_back(run);

	if (started)
		fdr_run_warn(run, "%zu fault%s had started and could not be called back", started,
			     started == 1 ? "" : "s");
	disarm_all(run);
}

/* The trial's first instant, by our clock; -ETIME: the plan's own has passed. */
static int set_instants(struct fdr_run *run, int64_t lead_ns, int64_t phase_ns, struct fdr_error *e)
{
	int64_t now_ns = fdr_now_ns(), start_real_ns = fdr_run_start_real(run);

	run->t0_ns = now_ns + lead_ns + phase_ns;
	if (start_real_ns) {
		run->t0_ns = start_real_ns - fdr_clock_ns(CLOCK_REALTIME) + now_ns + phase_ns;
		if (run->t0_ns < now_ns + lead_ns)
			return fdr_err(e, -ETIME, "inject.start has passed, or is too near to prepare "
				       "the victims");
	}
	for (size_t i = 0; i < run->n_injections; i++)
		run->injections[i].start_ns = run->t0_ns + (int64_t)run->injections[i].step->at_ns;
	return 0;
}

/* All was called back, for somebody answered too late: 0 = once more, with more time. */
static int try_again(struct fdr_run *run, struct fdr_error *e)
{
	for (size_t i = 0; i < run->n_injections; i++)
		if (run->injections[i].active)
			return fdr_err(e, -ETIMEDOUT, "%s: its fault began before all victims had "
				       "answered", run->injections[i].node->plan->name);
	if (run->attempt >= ATTEMPTS_MAX)
		return fdr_err(e, -ETIMEDOUT, "the victims answer too slowly to be broken at one "
			       "instant");
	fdr_run_warn(run, "called back, for the victims did not all answer in time");
	return 0;
}

/* Has everybody answered in time to be called back all together? */
static int in_time(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_run_injection *only = &run->injections[0];

	if (count_kernel(run) > 1 && fdr_now_ns() > run->t0_ns - CALL_BACK_NS) {
		call_off(run);
		return try_again(run, e);
	}
	if (run->n_injections == 1 && only->node && fdr_now_ns() > run->t0_ns)
		fdr_run_warn(run, "%s answered later than the fault was to start",
			     only->node->plan->name);
	return 1;
}

int fdr_run_inject(struct fdr_run *run, int64_t phase_ns, struct fdr_error *e)
{
	const struct fdr_plan *p = run->plan;
	int64_t offsets[FDR_RUN_INJECTIONS_MAX] = { 0 }, began_ns = fdr_now_ns(), lead_ns, wait_ns;
	int r;

	run->attempt++;
	wait_ns = fdr_run_start_real(run) ?
		  fdr_run_start_real(run) - fdr_clock_ns(CLOCK_REALTIME) : 0;
	r = prepare(run, FDR_RUN_LEAD_NS + phase_ns + (wait_ns > 0 ? wait_ns : 0) +
		    (int64_t)p->trials.observe_ns + ARM_MARGIN_NS, offsets, e);
	/* Several answers take as long again as the questions did; later more is allowed for. */
	lead_ns = FDR_RUN_LEAD_NS * run->attempt +
		  (count_kernel(run) > 1 ? 2 * (fdr_now_ns() - began_ns) : 0);
	if (r >= 0)
		r = set_instants(run, lead_ns, phase_ns, e);
	for (size_t i = 0; r >= 0 && i < run->n_injections; i++)
		if (run->injections[i].node)
			r = commit(run, &run->injections[i], phase_ns, offsets[i], e);
	if (r < 0 && count_kernel(run) > 1) {
		call_off(run);
		return r == -ETIMEDOUT ? try_again(run, e) : r;
	}
	if (r < 0)
		return r;
	if (count_kernel(run))
		record_load(run);
	return in_time(run, e);
}

static bool says(const json_t *data, const char *key, const char *word)
{
	const char *s = json_string_value(json_object_get(data, key));

	return s && !strcmp(s, word);
}

void fdr_run_kernel_event(struct fdr_run *run, struct fdr_run_node *node, const json_t *data,
			  int64_t received_ns)
{
	const char *reason = json_string_value(json_object_get(data, "reason"));
	const char *cookie = json_string_value(json_object_get(data, "cookie"));
	struct fdr_run_injection *in = NULL;
	char what[128];

	fdr_run_event(run, "kernel-event", node->plan->name, received_ns, json_deep_copy(data));
	if (cookie)
		in = fdr_run_by_cookie(run, strtoull(cookie, NULL, 10));
	if (!in || in->node != node)
		return;
	if (says(data, "type", "onset") && !in->onset_seen) {
		in->onset_seen = true;
		snprintf(what, sizeof(what), "%s: the kernel's event arrived", node->plan->name);
		fdr_run_say_since(run, received_ns, "onset", what);
	}
	if (!says(data, "type", "ended"))
		return;
	in->over = true;
	if (!says(data, "state", "failed"))
		return;
	snprintf(in->failed, sizeof(in->failed), "%s", reason ? reason : "the kernel does not say why");
	in->active = false;
}
