// SPDX-License-Identifier: GPL-2.0-or-later
#include "world.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/loop.h"
#include "calibration.h"
#include "common-vocabulary.h"

#define MS		FDR_NS_PER_MS
#define EVENTS_MAX	16
/* The probe asks so often; its answer takes a while. */
#define PROBE_NS	(5 * MS)
#define ANSWER_NS	(MS / 2)
#define DEADLINE_MS	1200	/* of "late" and "never" */
#define LATE_MS		300
#define TAIL_MS		400

const char *const detector_names[DETECTOR_KINDS] = {
	"fixed", "poll", "slower", "in step", "late", "never", "flapping",
};

/* What the probe will say, and when it will. */
struct event {
	int64_t at_ns, true_ns;
	struct fdr_interval when;
	const char *state;
	bool pushed;
};

static struct {
	enum detector_kind kind;
	const struct fdr_sink *sink;
	struct world_truth *truth;
	struct event events[EVENTS_MAX];	/* in any order */
	size_t n;
	int64_t now_ns;
	uint64_t random;
} world;

static int64_t simulated_clock(clockid_t clock)
{
	return world.now_ns + (clock == CLOCK_REALTIME ? 1700000000 * FDR_NS_PER_S : 0);
}

static void say(const struct event *e)
{
	struct fdr_obs obs = { .source = "lb", .subject = "a", .state = e->state,
			       .pushed = e->pushed, .when = e->when, .detail = "simulated" };

	world.sink->obs(world.sink->userdata, &obs);
}

/* The next thing that happens, or nothing until the deadline. */
static int step(int64_t deadline_ns)
{
	struct event next;
	size_t first = 0;

	for (size_t i = 1; i < world.n; i++)
		if (world.events[i].at_ns < world.events[first].at_ns)
			first = i;
	if (!world.n || world.events[first].at_ns > deadline_ns) {
		world.now_ns = deadline_ns;
		return 0;
	}
	next = world.events[first];
	world.events[first] = world.events[--world.n];
	world.now_ns = next.at_ns;
	say(&next);
	return 0;
}

/* The detector's view changes at @at_ns; the probe learns of it. */
static void change(int64_t at_ns, const char *state)
{
	struct event e = { .true_ns = at_ns, .state = state, .pushed = world.kind == DETECTOR_FIXED };
	int64_t asked_ns = at_ns / PROBE_NS * PROBE_NS;

	if (world.n == EVENTS_MAX)
		abort();
	if (e.pushed)
		e.when = (struct fdr_interval){ at_ns, at_ns };
	else
		e.when = (struct fdr_interval){ asked_ns, asked_ns + PROBE_NS + ANSWER_NS };
	e.at_ns = e.when.hi_ns;
	world.events[world.n++] = e;
}

static double delay_s(void)
{
	double u = uniform(&world.random);

	switch (world.kind) {
	case DETECTOR_FIXED:	return 0.7;
	case DETECTOR_POLL:	return 0.1 + 2 * u;
	case DETECTOR_SLOWER:	return 0.4 + 2 * u;
	case DETECTOR_LATE:	return (LATE_MS - TAIL_MS * log(u)) / 1e3;
	case DETECTOR_FLAPPING:	return 0.3 + u;
	default:		return INFINITY;
	}
}

struct detector_truth detector_truth(enum detector_kind kind)
{
	double within = 1 - exp(-(double)(DEADLINE_MS - LATE_MS) / TAIL_MS);

	switch (kind) {
	case DETECTOR_FIXED:	return (struct detector_truth){ 0.7, 0.7, 1 };
	case DETECTOR_POLL:
	case DETECTOR_IN_STEP:	return (struct detector_truth){ 1.1, 1.9, 1 };
	case DETECTOR_SLOWER:	return (struct detector_truth){ 1.4, 2.2, 1 };
	case DETECTOR_FLAPPING:	return (struct detector_truth){ 0.8, 1.2, 1 };
	case DETECTOR_LATE:
		return (struct detector_truth){ (LATE_MS + TAIL_MS * log(2)) / 1e3,
						(LATE_MS + TAIL_MS * log(10)) / 1e3, within };
	default:		return (struct detector_truth){ NAN, NAN, 0 };
	}
}

static int note(int64_t delay_ns)
{
	struct world_truth *t = world.truth;

	if (t->n == t->room) {
		size_t room = t->room ? t->room * 2 : 32;
		int64_t *v = reallocarray(t->delays_ns, room, sizeof(*v));

		if (!v)
			return -ENOMEM;
		t->delays_ns = v;
		t->room = room;
	}
	t->delays_ns[t->n++] = delay_ns;
	return 0;
}

/* The fault: some time within the command's run; half of the time it says when. */
static int break_it(char *out, size_t size)
{
	int64_t took_ns = MS + (int64_t)(uniform(&world.random) * MS);
	int64_t onset_ns = world.now_ns + (int64_t)(uniform(&world.random) * (double)took_ns);
	double s = delay_s();
	int64_t at_ns = isinf(s) ? INT64_MAX : onset_ns + (int64_t)(s * 1e9);

	/* Its looks come at whole multiples of two seconds, and 100 ms later it tells. */
	if (world.kind == DETECTOR_IN_STEP)
		at_ns = (onset_ns / (2000 * MS) + 1) * 2000 * MS + 100 * MS;
	if (world.kind == DETECTOR_FLAPPING) {
		change(onset_ns + 100 * MS, "suspect");
		change(onset_ns + 160 * MS, "up");
		change(onset_ns + 220 * MS, "suspect");
	}
	if (at_ns != INT64_MAX)
		change(at_ns, "down");
	if (uniform(&world.random) < 0.5)
		snprintf(out, size, "onset %" PRId64 "\n", onset_ns);
	world.now_ns += took_ns;
	return note(at_ns == INT64_MAX ? at_ns : at_ns - onset_ns);
}

/* All is well again, and soon; what was yet to come does not, but for answers on their way. */
static int repair(void)
{
	size_t n = 0;

	for (size_t i = 0; i < world.n; i++)
		if (world.events[i].true_ns <= world.now_ns)
			world.events[n++] = world.events[i];
	world.n = n;
	change(world.now_ns + 20 * MS, "up");
	/* After the steady state has held (100 ms) and before the next onset (300 ms on). */
	if (world.kind == DETECTOR_FLAPPING && uniform(&world.random) < 0.3) {
		change(world.now_ns + 290 * MS, "down");
		change(world.now_ns + 330 * MS, "up");
	}
	return 0;
}

static int command(const char *text, char *out, size_t size)
{
	*out = '\0';
	return !strcmp(text, "break") ? break_it(out, size) : repair();
}

static void start(const struct fdr_sink *sink)
{
	struct event first = { .when = { world.now_ns, world.now_ns }, .state = "up",
			       .pushed = true };

	world.sink = sink;
	say(&first);
}

static const char plan_format[] =
	"apiVersion: faultdrill/v1\n"
	"drill: {name: simulated}\n"
	"probes: {lb: {stats: {socket: /none}}}\n"
	"steady_state:\n"
	"  hold: 100ms\n"
	"  deadline: 20s\n"
	"  conditions: [{probe: lb, subject: a, state: up}]\n"
	"inject: {exec: {command: break, undo: repair}}\n"
	"milestones:\n"
	"  detected: {probe: lb, subject: a, state: down}\n"
	"  redundant: {probe: lb, subject: a, state: up}\n"
	"trials: {count: %u, phase: 2s, seed: %" PRIu64 ", observe: %u" "ms, recover: 1s%s}\n";

static int read_plan(unsigned int trials, const char *more, uint64_t seed, struct fdr_plan **ret,
		     struct fdr_error *e)
{
	bool short_of_time = world.kind == DETECTOR_LATE || world.kind == DETECTOR_NEVER;
	struct fdr_plan_errors errors = { 0 };
	char text[1024];
	int r;

	snprintf(text, sizeof(text), plan_format, trials, seed, short_of_time ? DEADLINE_MS : 5000,
		 more);
	r = fdr_plan_parse("simulated.yaml", text, strlen(text), test_vocabulary(), NULL, 0, ret,
			   &errors);
	if (r < 0)
		fdr_err(e, r, "the plan: %s", errors.n ? errors.v[0].text : strerror(-r));
	fdr_plan_errors_clear(&errors);
	return r;
}

static int run(const struct fdr_plan *plan, const char *path, struct fdr_result **ret,
	       struct fdr_error *e)
{
	static const struct fdr_world simulated = { .start = start, .command = command };
	FDR_CLEANUP(fdr_store_closep) struct fdr_store *store = NULL;
	struct fdr_run_options options = { .plan = plan, .world = &simulated };
	int r = fdr_store_create(path, &store, e);

	if (r < 0)
		return r;
	options.store = store;
	fdr_clock_simulate(simulated_clock);
	fdr_loop_simulate(step);
	r = fdr_engine_run(&options, e);
	fdr_clock_simulate(NULL);
	fdr_loop_simulate(NULL);
	return r < 0 ? r : fdr_analyse(store, ret, e);
}

int world_drill_by(enum detector_kind kind, unsigned int trials, const char *more, uint64_t seed,
		   const char *dir, struct world_truth *truth, struct fdr_result **ret,
		   struct fdr_error *e)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	FDR_CLEANUP(fdr_plan_freep) struct fdr_plan *plan = NULL;
	char path[256];
	int r;

	memset(&world, 0, sizeof(world));
	world.kind = kind;
	world.truth = truth;
	world.random = seed;
	world.now_ns = 1000 * FDR_NS_PER_S + (int64_t)(uniform(&world.random) * 1e9);
	truth->n = 0;
	r = read_plan(trials, more, seed, &plan, e);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/run.db", dir);
	r = run(plan, path, ret, e);
	for (size_t i = 0; i < FDR_ARRAY_LEN(suffixes); i++) {
		snprintf(path, sizeof(path), "%s/run.db%s", dir, suffixes[i]);
		unlink(path);
	}
	return r;
}

int world_drill(enum detector_kind kind, unsigned int trials, uint64_t seed, const char *dir,
		struct world_truth *truth, struct fdr_result **ret, struct fdr_error *e)
{
	return world_drill_by(kind, trials, "", seed, dir, truth, ret, e);
}
