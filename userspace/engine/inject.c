// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include <linux/faultdrill.h>

#include "base/loop.h"

#define LEASE_DEFAULT_NS	(10 * FDR_NS_PER_S)
#define ARM_MARGIN_NS		(30 * FDR_NS_PER_S)
/* After its end a fault may keep the agent from running for a moment. */
#define END_SLACK_NS		(5 * FDR_NS_PER_S)

bool fdr_run_fatal(const struct fdr_run *run)
{
	return run->plan->inject.fault_flags & FAULTDRILL_F_FATAL;
}

static int64_t lease_ns(const struct fdr_run *run)
{
	const struct fdr_plan_inject *in = &run->plan->inject;

	if (!(in->fault_flags & FAULTDRILL_F_REVERSIBLE))
		return 0;
	return in->lease_ns ? (int64_t)in->lease_ns : LEASE_DEFAULT_NS;
}

static int call(struct fdr_run *run, const char *op, json_t *args, json_t **ret,
		struct fdr_error *e)
{
	return fdr_link_call(run->victim->link, op, args, fdr_now_ns() + FDR_RUN_CALL_NS, ret, e);
}

static int arm(struct fdr_run *run, int64_t for_ns, struct fdr_error *e)
{
	return call(run, "arm", json_pack("{s:I}", "arm_ns", (json_int_t)for_ns), NULL, e);
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

static json_t *inject_args(struct fdr_run *run)
{
	const struct fdr_plan_inject *in = &run->plan->inject;
	json_t *args = json_pack("{s:s, s:o, s:s}", "fault", in->fault.kind->name,
				 "params", params_json(&in->fault),
				 "boot_id", run->victim->boot_id);
	char cookie[24];

	snprintf(cookie, sizeof(cookie), "%" PRIu64, run->injection.cookie);
	json_object_set_new(args, "cookie", json_string(cookie));
	if (in->duration_ns)
		json_object_set_new(args, "duration_ns", json_integer((json_int_t)in->duration_ns));
	if (lease_ns(run))
		json_object_set_new(args, "lease_ns", json_integer((json_int_t)lease_ns(run)));
	if (in->force)
		json_object_set_new(args, "force", json_true());
	return args;
}

int fdr_run_unused(struct fdr_run *run, struct fdr_error *e)
{
	json_t *status = NULL;
	json_int_t armed_ns;
	int r;

	r = call(run, "status", NULL, &status, e);
	if (r < 0)
		return r;
	armed_ns = json_integer_value(json_object_get(status, "armed_ns"));
	json_decref(status);
	if (armed_ns > 0)
		return fdr_err(e, -EBUSY, "%s: is armed for another %.0f s by somebody else: let that "
			       "drill end, or disarm it ('faultdrill disarm')",
			       run->victim->plan->name, (double)armed_ns / 1e9);
	return 0;
}

int fdr_run_dry_run(struct fdr_run *run, struct fdr_error *e)
{
	json_t *args;
	int r;

	r = arm(run, ARM_MARGIN_NS, e);
	if (r < 0)
		return r;
	args = inject_args(run);
	json_object_set_new(args, "dry_run", json_true());
	json_object_set_new(args, "start", json_string("now"));
	r = call(run, "inject", args, NULL, e);
	if (r < 0) {
		call(run, "disarm", NULL, NULL, NULL);
		return r;
	}
	return call(run, "disarm", NULL, NULL, e);
}

static json_t *clock_json(const struct fdr_run_node *node, const struct fdr_clock_sample *s)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:s}", "offset_ns", (json_int_t)s->offset_ns,
			 "bound_ns", (json_int_t)s->bound_ns, "rtt_ns", (json_int_t)s->rtt_ns,
			 "realtime_minus_boottime_ns", (json_int_t)s->agent_real_minus_boot_ns,
			 "boot_id", node->boot_id);
}

static int exchange(struct fdr_run *run, struct fdr_clock_sample *ret, struct fdr_error *e)
{
	uint64_t max_ns = run->plan->safety.max_clock_bound_ns;
	int r;

	r = fdr_link_clock(run->victim->link, FDR_RUN_CLOCK_EXCHANGES,
			   fdr_now_ns() + FDR_RUN_CALL_NS, ret, e);
	if (r < 0)
		return r;
	fdr_run_event(run, "clock", run->victim->plan->name, ret->at_ns,
		      clock_json(run->victim, ret));
	if ((uint64_t)ret->bound_ns > max_ns)
		fdr_run_warn(run, "%s: its clock is known to +-%.3f ms only (wanted: %.3f ms)",
			     run->victim->plan->name, (double)ret->bound_ns / 1e6,
			     (double)max_ns / 1e6);
	return 0;
}

int fdr_run_clock(struct fdr_run *run, struct fdr_error *e)
{
	struct fdr_clock_sample s;

	return exchange(run, &s, e);
}

static void record_injection(struct fdr_run *run, int64_t phase_ns, int64_t start_ns)
{
	const struct fdr_run_injection *in = &run->injection;
	double load[1] = { -1 };
	char cookie[24];

	snprintf(cookie, sizeof(cookie), "%" PRIu64, in->cookie);
	fdr_run_event(run, "inject", run->victim->plan->name, in->t0_ns,
		      json_pack("{s:s, s:I, s:I, s:I, s:i, s:s, s:s}",
				"fault", run->plan->inject.fault.kind->name,
				"phase_ns", (json_int_t)phase_ns, "t0_ns", (json_int_t)in->t0_ns,
				"start_boottime_ns", (json_int_t)start_ns, "id", (int)in->id,
				"cookie", cookie, "boot_id", run->victim->boot_id));
	if (getloadavg(load, 1) == 1)
		fdr_run_event(run, "load", NULL, fdr_now_ns(),
			      json_pack("{s:f}", "load1", load[0]));
}

int fdr_run_inject(struct fdr_run *run, int64_t phase_ns, struct fdr_error *e)
{
	struct fdr_run_injection *in = &run->injection;
	const struct fdr_plan *p = run->plan;
	struct fdr_clock_sample clock;
	json_t *args, *result = NULL;
	int64_t start_ns;
	int r;

	*in = (struct fdr_run_injection){ 0 };
	if (getrandom(&in->cookie, sizeof(in->cookie), 0) != sizeof(in->cookie))
		return fdr_err(e, -errno, "no random numbers: %s", strerror(errno));
	fdr_run_tell_beacon(run);
	r = arm(run, FDR_RUN_LEAD_NS + phase_ns + (int64_t)p->trials.observe_ns + ARM_MARGIN_NS, e);
	if (r >= 0)
		r = exchange(run, &clock, e);
	if (r < 0)
		return r;
	/* From here on the fault may be there, whatever becomes of the answer. */
	in->t0_ns = fdr_now_ns() + FDR_RUN_LEAD_NS + phase_ns;
	in->renew_ns = fdr_now_ns() + lease_ns(run) / 3;
	start_ns = in->t0_ns + clock.offset_ns;
	in->active = true;
	args = inject_args(run);
	json_object_set_new(args, "start", json_string("boottime"));
	json_object_set_new(args, "start_ns", json_integer((json_int_t)start_ns));
	r = call(run, "inject", args, &result, e);
	if (r < 0)
		return r;
	in->id = (unsigned int)json_integer_value(json_object_get(result, "id"));
	json_decref(result);
	record_injection(run, phase_ns, start_ns);
	if (fdr_now_ns() > in->t0_ns)
		fdr_run_warn(run, "%s answered later than the fault was to start",
			     run->victim->plan->name);
	return 0;
}

static bool is_ours(const struct fdr_run *run, const json_t *data)
{
	const char *cookie = json_string_value(json_object_get(data, "cookie"));

	return cookie && strtoull(cookie, NULL, 10) == run->injection.cookie;
}

static bool says(const json_t *data, const char *key, const char *word)
{
	const char *s = json_string_value(json_object_get(data, key));

	return s && !strcmp(s, word);
}

void fdr_run_kernel_event(struct fdr_run *run, struct fdr_run_node *node, const json_t *data,
			  int64_t received_ns)
{
	struct fdr_run_injection *in = &run->injection;
	const char *reason = json_string_value(json_object_get(data, "reason"));

	fdr_run_event(run, "kernel-event", node->plan->name, received_ns, json_deep_copy(data));
	if (node != run->victim || !is_ours(run, data))
		return;
	if (says(data, "type", "onset") && !in->onset_seen) {
		in->onset_seen = true;
		fdr_run_say_since(run, received_ns, "onset", "the kernel's event arrived");
	}
	if (!says(data, "type", "ended"))
		return;
	in->over = true;
	if (!says(data, "state", "failed"))
		return;
	snprintf(in->failed, sizeof(in->failed), "%s", reason ? reason : "the kernel does not say why");
	in->active = false;
}

void fdr_run_renew(struct fdr_run *run)
{
	struct fdr_run_injection *in = &run->injection;
	int64_t lease = lease_ns(run), now = fdr_now_ns();
	struct fdr_error e = { "" };
	int r;

	if (!run->victim || !lease || !in->active || in->over || now < in->renew_ns)
		return;
	in->renew_ns = now + lease / 3;
	if (!run->victim->link || !fdr_link_alive(run->victim->link))
		return;
	r = fdr_link_call(run->victim->link, "renew",
			  json_pack("{s:i, s:I}", "id", (int)in->id, "lease_ns",
				    (json_int_t)lease), now + lease / 3, NULL, &e);
	/* A frozen node does not answer: then the lease is what ends the fault. */
	if (r < 0 && r != -ETIMEDOUT && r != -ECANCELED && !in->over)
		fdr_run_warn(run, "the lease was not renewed: %s", e.text);
}

static bool is_over(void *userdata)
{
	const struct fdr_run *run = userdata;

	return run->injection.over || !fdr_link_alive(run->victim->link);
}

/* A fault with a duration of its own is given the time to end by it. */
static int await_end(struct fdr_run *run, int64_t until_ns)
{
	int r = 0;

	while (!is_over(run) && fdr_now_ns() < until_ns) {
		int64_t next = run->injection.renew_ns < until_ns ? run->injection.renew_ns :
								    until_ns;

		r = fdr_loop_wait(run->loop, is_over, run, next);
		if (r < 0 && r != -ETIMEDOUT)
			return r;
		fdr_run_renew(run);
	}
	return 0;
}

int fdr_run_clear(struct fdr_run *run, struct fdr_error *e)
{
	struct fdr_run_injection *in = &run->injection;
	int64_t duration_ns = (int64_t)run->plan->inject.duration_ns;
	int r;

	if (duration_ns) {
		r = await_end(run, in->t0_ns + duration_ns + END_SLACK_NS);
		if (r < 0)
			return fdr_err(e, r, "interrupted");
	}
	if (!in->over) {
		r = fdr_link_call(run->victim->link, "clear",
				  json_pack("{s:i}", "id", (int)in->id),
				  fdr_now_ns() + lease_ns(run) + END_SLACK_NS, NULL, e);
		/* It ended just now, by itself. */
		if (r < 0 && r != -ENOENT && !in->over)
			return r;
	}
	in->active = false;
	fdr_run_phase(run, "cleared");
	fdr_run_say_since(run, fdr_now_ns(), "cleared", "the fault is over");
	return call(run, "disarm", NULL, NULL, e);
}
