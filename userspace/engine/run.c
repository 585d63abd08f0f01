// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "base/loop.h"
#include "base/sha256.h"
#include "phase.h"
#include "plan/target.h"

/* How often it is looked at whether the disk has what a trial recorded. */
#define FLUSH_LOOK_NS	(2 * FDR_NS_PER_MS)

static void on_milestone(void *userdata, enum fdr_milestone m, int64_t at_ns, const char *what)
{
	struct fdr_run *run = userdata;

	/* What was under way at the onset failed by it, not before it. */
	if (at_ns < run->t0_ns)
		at_ns = run->t0_ns;
	fdr_run_say_since(run, at_ns, fdr_milestone_names[m], what);
}

static const struct fdr_watch_ops watch_ops = { .milestone = on_milestone };

static int put_number(struct fdr_run *run, const char *key, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, n);
	return fdr_store_put_meta(run->store, key, text);
}

/* The files of a plan that is made of several. */
static int record_included(struct fdr_run *run, const char *whole)
{
	char *text FDR_CLEANUP_FREE = json_dumps(run->plan->included, JSON_COMPACT);
	int r = text ? fdr_store_put_meta(run->store, "plan_files", text) : -ENOMEM;

	return r < 0 ? r : fdr_store_put_meta(run->store, "plan_whole", whole);
}

/* What analysis and reports need to know of the run as a whole. */
static int record_start(struct fdr_run *run, struct fdr_error *e)
{
	json_t *plan = fdr_plan_to_json(run->plan);
	char *text FDR_CLEANUP_FREE = plan ? json_dumps(plan, JSON_COMPACT) : NULL;
	char *whole FDR_CLEANUP_FREE = fdr_plan_whole_text(run->plan);
	char seed[24], sum[FDR_SHA256_TEXT];
	int r;

	json_decref(plan);
	if (!text || !whole)
		return fdr_err(e, -ENOMEM, "out of memory");
	snprintf(seed, sizeof(seed), "%" PRIu64, run->seed);
	fdr_sha256_text(whole, strlen(whole), sum);
	r = fdr_store_put_meta(run->store, "plan", run->plan->text);
	if (r >= 0 && json_array_size(run->plan->included))
		r = record_included(run, whole);
	if (r >= 0)
		r = fdr_store_put_meta(run->store, "plan_json", text);
	if (r >= 0)
		r = fdr_store_put_meta(run->store, "plan_path", run->plan->path);
	if (r >= 0)
		r = fdr_store_put_meta(run->store, "plan_sha256", sum);
	if (r >= 0)
		r = fdr_store_put_meta(run->store, "version", FDR_VERSION);
	if (r >= 0)
		r = fdr_store_put_meta(run->store, "seed", seed);
	if (r >= 0)
		r = put_number(run, "started_ns", run->started_ns);
	if (r >= 0)
		r = put_number(run, "started_real_ns", fdr_clock_ns(CLOCK_REALTIME));
	if (r < 0)
		return fdr_err(e, r, "cannot record the run: %s", strerror(-r));
	/* What is broken from now on can be undone by who finds this. */
	return fdr_store_flush(run->store, e);
}

/* However the run ends, the store says how. */
static int record_end(struct fdr_run *run, int outcome, const struct fdr_error *why,
		      struct fdr_error *e)
{
	const char *word = !outcome ? "complete" : outcome == -ECANCELED ? "interrupted" :
							 "aborted";

	put_number(run, "ended_ns", fdr_now_ns());
	put_number(run, "ended_real_ns", fdr_clock_ns(CLOCK_REALTIME));
	fdr_store_put_meta(run->store, "outcome", word);
	fdr_store_put_meta(run->store, "reason", outcome ? why->text : "");
	return fdr_store_flush(run->store, e);
}

static int draw(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_plan *p = run->plan;

	run->seed = p->trials.seed;
	/* Small enough to be typed again, and exact as a JSON number. */
	while (!run->seed) {
		if (getrandom(&run->seed, sizeof(run->seed), 0) != sizeof(run->seed))
			return fdr_err(e, -errno, "no random numbers: %s", strerror(errno));
		run->seed %= 1000000000;
	}
	run->phases = calloc(p->trials.count, sizeof(*run->phases));
	if (!run->phases)
		return fdr_err(e, -ENOMEM, "out of memory");
	if (p->trials.draw && !strcmp(p->trials.draw, "uniform"))
		fdr_phase_draw_uniform(run->seed, p->trials.phase_ns, run->phases,
				       p->trials.count);
	else
		fdr_phase_draw(run->seed, p->trials.phase_ns, run->phases, p->trials.count);
	return 0;
}

static int set_up_nodes(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_plan *p = run->plan;

	run->nodes = calloc(p->n_nodes + 1, sizeof(*run->nodes));
	if (!run->nodes)
		return fdr_err(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < p->n_nodes; i++) {
		struct fdr_run_node *node = &run->nodes[i];

		node->run = run;
		node->plan = &p->nodes[i];
		node->transport = fdr_transport_kind(p->nodes[i].transport.kind->name);
		if (!node->transport)
			return fdr_err(e, -ENOSYS, "no transport \"%s\"",
				       p->nodes[i].transport.kind->name);
		node->may_break = fdr_plan_may_hit(p, i);
	}
	return 0;
}

static int set_up(struct fdr_run *run, struct fdr_error *e)
{
	int r;

	r = fdr_loop_new(&run->loop);
	if (r < 0)
		return fdr_err(e, r, "cannot make an event loop: %s", strerror(-r));
	r = draw(run, e);
	if (r >= 0)
		r = set_up_nodes(run, e);
	if (r >= 0)
		r = run->resumed ? fdr_run_resume(run, e) : record_start(run, e);
	if (r < 0)
		return r;
	r = fdr_watch_new(run->plan, &watch_ops, run, &run->watch);
	return r < 0 ? fdr_err(e, r, "out of memory") : 0;
}

static void announce(struct fdr_run *run)
{
	const struct fdr_plan *p = run->plan;
	char *text FDR_CLEANUP_FREE = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	for (size_t i = 0; i < p->inject.n_steps; i++) {
		const struct fdr_plan_step *s = &p->inject.steps[i];

		fprintf(f, "%s%s on ", i ? ", " : "", s->command ? "a command" :
							   s->fault.kind->name);
		fdr_step_print_target(f, s);
	}
	fclose(f);
	if (p->trials.watch_ns)
		fdr_run_say(run, "drill %s: nothing is injected", p->name);
	else
		fdr_run_say(run, "drill %s: %" PRIu64 " x %s, seed %" PRIu64, p->name,
			    p->trials.count, text, run->seed);
}

/* Everything that can be found out before the first fault. */
static int preflight(struct fdr_run *run, struct fdr_error *e)
{
	int r;

	r = fdr_run_connect(run, e);
	if (r >= 0)
		r = fdr_run_undo_left(run, e);
	if (r < 0)
		return r;
	r = fdr_run_ask_all(run, e);
	if (r >= 0)
		r = fdr_run_start_beacon(run, e);
	if (r < 0)
		return r;
	r = fdr_run_record_nodes(run);
	if (r < 0)
		return fdr_err(e, r, "cannot record the nodes: %s", strerror(-r));
	fdr_run_gather(run, true);
	r = fdr_run_predict(run, e);
	if (r >= 0)
		r = fdr_run_canaries(run, e);
	if (r < 0)
		return r;
	if (!run->world)
		fdr_run_be_prompt(run);
	r = fdr_run_start_sources(run, e);
	if (r >= 0)
		r = fdr_run_start_usage(run, e);
	if (r >= 0)
		fdr_run_say(run, "probes and workloads run; waiting for the steady state");
	return r;
}

/*
 * Commits what the trial recorded, while probes and workloads go on: the disk must not keep
 * them waiting.
 */
static int keep_trial(struct fdr_run *run, struct fdr_error *e)
{
	uint64_t ticket;

	/* A simulation's clock would not wait for the disk. */
	if (run->world)
		return fdr_store_flush(run->store, e);
	ticket = fdr_store_flush_begin(run->store);
	while (!fdr_store_flush_ended(run->store, ticket)) {
		int r = fdr_loop_sleep_until(run->loop, fdr_now_ns() + FLUSH_LOOK_NS);

		if (r < 0)
			return fdr_err(e, r, r == -ECANCELED ? "interrupted" :
				       "the event loop failed");
	}
	return fdr_store_flush_result(run->store, e);
}

static int carry_out(struct fdr_run *run, struct fdr_error *e)
{
	int r;

	announce(run);
	r = preflight(run, e);
	while (r >= 0 && run->trial < run->plan->trials.count && !fdr_run_may_stop(run)) {
		run->trial++;
		r = fdr_run_trial(run, e);
		/* A trial that cannot be kept is the last one. */
		if (r >= 0)
			r = keep_trial(run, e);
	}
	return r;
}

/* The one way out, whatever happened: nothing stays broken, everything is kept. */
static void wind_up(struct fdr_run *run, int outcome)
{
	struct fdr_error e = { "" };

	fdr_loop_unwind();
	fdr_watch_trial(run->watch);	/* milestones are over */
	if (outcome == -ECANCELED)
		fdr_run_warn(run, "interrupted: clearing every fault");
	if (fdr_run_exec_undo(run, &e) < 0)
		fdr_run_warn(run, "%s", e.text);
	fdr_run_release_nodes(run);
	if (!outcome)
		fdr_run_drain_sources(run);
	fdr_run_stop_sources(run);
	fdr_run_stop_usage(run);
	fdr_run_be_normal(run);
}

static void tear_down(struct fdr_run *run)
{
	fdr_run_forget_configs(run);
	fdr_beacon_close(run->beacon);
	fdr_watch_free(run->watch);
	free(run->nodes);
	free(run->phases);
	free(run->workload_lateness);
	sd_event_unref(run->loop);
	free(run);
}

static struct fdr_run *new_run(const struct fdr_run_options *o, struct fdr_error *e)
{
	struct fdr_run *run = calloc(1, sizeof(*run));

	if (!run) {
		fdr_err(e, -ENOMEM, "out of memory");
		return NULL;
	}
	*run = (struct fdr_run){
		.plan = o->plan, .store = o->store, .progress = o->progress, .colour = o->colour,
		.started_ns = fdr_now_ns(), .resumed = o->resume, .world = o->world,
	};
	return run;
}

/* Every kernel that may be broken, about every step that may break it. */
static int ask_everybody(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_plan *p = run->plan;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < p->n_nodes; i++)
		if (run->nodes[i].may_break)
			r = fdr_run_unused(&run->nodes[i], e);
	for (size_t i = 0; r >= 0 && i < p->inject.n_steps; i++)
		for (size_t k = 0; r >= 0 && k < p->n_nodes; k++) {
			const struct fdr_plan_step *s = &p->inject.steps[i];

			if (!fdr_step_may_hit(p, s, k))
				continue;
			r = fdr_run_ask(&run->nodes[k], s, e);
			if (r >= 0)
				fdr_run_say(run, "%s: its kernel would accept %s", p->nodes[k].name,
					    s->fault.kind->name);
		}
	return r;
}

int fdr_engine_dry_run(const struct fdr_run_options *options, struct fdr_error *e)
{
	struct fdr_run *run = new_run(options, e);
	int r;

	if (!run)
		return -ENOMEM;
	run->store = NULL;
	r = fdr_loop_new(&run->loop);
	if (r >= 0)
		r = set_up_nodes(run, e);
	else
		fdr_err(e, r, "cannot make an event loop: %s", strerror(-r));
	if (r >= 0)
		r = fdr_run_connect(run, e);
	if (r >= 0)
		r = ask_everybody(run, e);
	if (r >= 0)
		r = fdr_run_ask_power(run, e);
	if (r >= 0)
		r = fdr_run_predict(run, e);
	if (r >= 0)
		r = fdr_run_canaries(run, e);
	fdr_loop_unwind();
	fdr_run_leave_nodes(run);
	tear_down(run);
	return r;
}

int fdr_engine_run(const struct fdr_run_options *options, struct fdr_error *e)
{
	struct fdr_run *run = new_run(options, e);
	struct fdr_error store_error = { "" };
	int r, stored;

	if (!run)
		return -ENOMEM;
	r = set_up(run, e);
	if (r >= 0)
		r = carry_out(run, e);
	if (run->watch)
		wind_up(run, r);
	stored = record_end(run, r, e, &store_error);
	tear_down(run);
	if (r >= 0 && stored < 0) {
		*e = store_error;
		return stored;
	}
	return r;
}
