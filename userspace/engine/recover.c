// SPDX-License-Identifier: GPL-2.0-or-later
/* The end of a trial: faults are undone, dead nodes come back, redundancy returns. */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "base/loop.h"

static bool restored(void *userdata)
{
	struct fdr_run *run = userdata;

	return fdr_watch_restored(run->watch) || fdr_run_must_stop(run);
}

static bool lost_again(void *userdata)
{
	struct fdr_run *run = userdata;

	return !fdr_watch_restored(run->watch) || fdr_run_must_stop(run);
}

/* As fdr_loop_wait(): until what was lost is back, and has been for as long as a steady state holds. */
static int await_restored(struct fdr_run *run, int64_t deadline_ns)
{
	int r;

	do {
		int64_t until_ns;

		r = fdr_loop_wait(run->loop, restored, run, deadline_ns);
		if (r < 0 || *run->stop_why)
			return r;
		until_ns = fdr_watch_restored_at(run->watch) + (int64_t)run->plan->steady.hold_ns;
		if (until_ns > deadline_ns)
			until_ns = deadline_ns;
		if (until_ns <= fdr_now_ns())
			return 0;
		r = fdr_loop_wait(run->loop, lost_again, run, until_ns);
	} while (r >= 0 && !fdr_run_must_stop(run));
	return r == -ETIMEDOUT ? 0 : r;
}

/* A node that still answers has survived (an oops need not be the end). */
static bool survived(const struct fdr_run_node *v)
{
	return v->link && fdr_link_alive(v->link) &&
	       fdr_link_call(v->link, "status", NULL, fdr_now_ns() + 2 * FDR_NS_PER_S, NULL,
			     NULL) >= 0;
}

static void all_over(struct fdr_run *run, const struct fdr_run_node *node)
{
	for (size_t i = 0; i < run->n_injections; i++)
		if (run->injections[i].node == node)
			run->injections[i].active = false;
}

static void keep_onset(struct fdr_run *run, const struct fdr_run_node *v, const char *cookie,
		       int64_t boottime_ns, const char *type)
{
	fdr_run_event(run, "kernel-event", v->plan->name, fdr_now_ns(),
		      json_pack("{s:s, s:s, s:I}", "type", type, "cookie", cookie,
				"boottime_ns", (json_int_t)boottime_ns));
}

/* Onsets that nothing has told: the dead kernel's log may, if pstore keeps it. */
static void ask_dead_kernel(struct fdr_run *run, struct fdr_run_node *v)
{
	json_t *result = NULL, *found;
	bool missing = false;
	size_t k;

	for (size_t i = 0; i < run->n_injections; i++)
		missing = missing || (run->injections[i].node == v && !run->injections[i].onset_seen);
	if (!missing || fdr_link_call(v->link, "records", NULL, fdr_now_ns() + FDR_RUN_CALL_NS,
				      &result, NULL) < 0)
		return;
	json_array_foreach(json_object_get(result, "onsets"), k, found) {
		const char *cookie = json_string_value(json_object_get(found, "cookie"));
		int64_t at_ns = json_integer_value(json_object_get(found, "boottime_ns"));

		for (size_t i = 0; cookie && i < run->n_injections; i++)
			if (run->injections[i].node == v &&
			    run->injections[i].cookie == strtoull(cookie, NULL, 10))
				keep_onset(run, v, cookie, at_ns, "persisted");
	}
	json_decref(result);
}

/* When the recovery has to be over, and when victims that are not back are rescued. */
struct limits {
	int64_t deadline_ns, rescue_ns;
};

/* Connects again; one rescue, where the plan allows it, for what does not come back. */
static int come_back(struct fdr_run *run, struct fdr_run_node *v, const struct limits *limits,
		     bool *ret_rescued, struct fdr_error *e)
{
	int r;

	*ret_rescued = false;
	if (limits->rescue_ns >= limits->deadline_ns || !v->plan->power.kind)
		return fdr_run_reconnect(run, v, limits->deadline_ns, e);
	r = fdr_run_reconnect(run, v, limits->rescue_ns, e);
	if (r != -ETIMEDOUT)
		return r;
	r = fdr_run_rescue(run, v, e);
	if (r < 0)
		return r;
	*ret_rescued = true;
	return fdr_run_reconnect(run, v, limits->deadline_ns, e);
}

static int await_return(struct fdr_run *run, struct fdr_run_node *v, const struct limits *limits,
			struct fdr_error *e)
{
	char old[sizeof(v->boot_id)];
	bool rescued;
	int r;

	if (survived(v)) {
		fdr_run_warn(run, "%s survived the fault", v->plan->name);
		r = fdr_link_call(v->link, "disarm", NULL, fdr_now_ns() + FDR_RUN_CALL_NS, NULL, e);
		if (r >= 0)
			all_over(run, v);
		return r;
	}
	memcpy(old, v->boot_id, sizeof(old));
	/* What died with the kernel cannot be active in the next one. */
	r = come_back(run, v, limits, &rescued, e);
	if (r < 0)
		return r;
	if (!strcmp(old, v->boot_id))
		fdr_run_warn(run, "%s answers again without having restarted", v->plan->name);
	ask_dead_kernel(run, v);
	all_over(run, v);
	fdr_run_phase(run, "returned");
	fdr_run_say_since(run, fdr_now_ns(), "returned", v->plan->name);
	return 0;
}

/* What the module keeps of an injection, where neither beacon nor event had arrived. */
static void ask_for_onset(struct fdr_run *run, const struct fdr_run_injection *in)
{
	json_t *result = NULL, *found;
	int64_t asked_ns = fdr_now_ns(), onset_ns;
	char cookie[24];

	if (in->onset_seen || !in->id ||
	    fdr_link_call(in->node->link, "injections", json_pack("{s:i}", "id", (int)in->id),
			  asked_ns + FDR_RUN_CALL_NS, &result, NULL) < 0)
		return;
	found = json_array_get(json_object_get(result, "injections"), 0);
	onset_ns = json_integer_value(json_object_get(found, "onset_ns"));
	snprintf(cookie, sizeof(cookie), "%llu", (unsigned long long)in->cookie);
	if (onset_ns > 0)
		keep_onset(run, in->node, cookie, onset_ns, "record");
	json_decref(result);
}

static void restarted(struct fdr_run *run, struct fdr_run_node *v, bool rescued)
{
	fdr_run_warn(run, rescued ? "%s has restarted, by its power driver" :
		     "%s has restarted, which this fault does not make it do", v->plan->name);
	all_over(run, v);
}

/* Some die of the fault's end: DRBD panics where a write that it has given up succeeds. */
static bool died_of_it(struct fdr_run *run, struct fdr_run_node *v, const char *boot_id,
		       const struct limits *limits)
{
	bool rescued;

	if (come_back(run, v, limits, &rescued, NULL) < 0 || !strcmp(boot_id, v->boot_id))
		return false;
	restarted(run, v, rescued);
	return true;
}

/* Undoes reversible faults, also where the agent has gone meanwhile. */
static int undo(struct fdr_run *run, struct fdr_run_node *v, const struct limits *limits,
		struct fdr_error *e)
{
	struct fdr_clock_sample s;
	char old[sizeof(v->boot_id)];
	bool rescued = false;
	int r;

	memcpy(old, v->boot_id, sizeof(old));
	if (!v->link || !fdr_link_alive(v->link)) {
		r = come_back(run, v, limits, &rescued, e);
		if (r < 0)
			return r;
		if (!rescued)
			fdr_run_warn(run, "%s: connected again; meanwhile its kernel may have ended "
				     "the fault, for the lease was not renewed", v->plan->name);
	}
	if (strcmp(old, v->boot_id)) {
		restarted(run, v, rescued);
		return 0;
	}
	for (size_t i = 0; i < run->n_injections; i++)
		if (run->injections[i].node == v)
			ask_for_onset(run, &run->injections[i]);
	r = fdr_run_clear(run, v, e);
	if (r < 0 && died_of_it(run, v, old, limits))
		return 0;
	return r < 0 ? r : fdr_run_clock(v, &s, e);
}

/* Nodes that live are healed first: those that are dead take their time. */
static int heal(struct fdr_run *run, const struct limits *limits, struct fdr_error *e)
{
	struct fdr_run_node *dead[FDR_RUN_INJECTIONS_MAX];
	size_t n_dead = 0, n_cleared = 0;
	int r;

	r = fdr_run_exec_undo(run, e);
	for (size_t i = 0; r >= 0 && i < run->plan->n_nodes; i++) {
		struct fdr_run_node *node = &run->nodes[i];

		if (!fdr_run_breaking(run, node))
			continue;
		if (fdr_run_dying(run, node)) {
			dead[n_dead++] = node;
			continue;
		}
		r = undo(run, node, limits, e);
		n_cleared++;
	}
	if (r >= 0 && n_cleared) {
		fdr_run_phase(run, "cleared");
		fdr_run_say_since(run, fdr_now_ns(), "cleared",
				  n_cleared > 1 ? "the faults are over" : "the fault is over");
	}
	for (size_t i = 0; r >= 0 && i < n_dead; i++)
		r = await_return(run, dead[i], limits, e);
	return r;
}

int fdr_run_recover(struct fdr_run *run, struct fdr_error *e)
{
	int64_t begun_ns = fdr_now_ns();
	int64_t deadline_ns = begun_ns + (int64_t)run->plan->trials.recover_ns;
	const struct limits limits = {
		deadline_ns, run->plan->trials.rescue_ns ?
			     begun_ns + (int64_t)run->plan->trials.rescue_ns : INT64_MAX,
	};
	char missing[160];
	int r;

	r = heal(run, &limits, e);
	if (r < 0)
		return r;
	r = await_restored(run, deadline_ns);
	if (r == -ECANCELED)
		return fdr_err(e, r, "interrupted");
	if (*run->stop_why)
		return fdr_run_stop_error(run, e);
	if (r == -ETIMEDOUT)
		fdr_run_warn(run, "not seen within %.1f s: %s",
			     (double)run->plan->trials.recover_ns / 1e9,
			     fdr_watch_missing(run->watch, false, missing, sizeof(missing)));
	fdr_run_phase(run, "recovered");
	return 0;
}
