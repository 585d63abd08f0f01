// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs of the engine that stop once they know enough: do they know what they say? */
#include <math.h>
#include <stdlib.h>

#include "calibration.h"
#include "world.h"

#define DRILLS		400

static const struct rule {
	enum detector_kind kind;
	const char *quantile, *within;
	double fraction;
	unsigned int most;
} rules[] = {
	{ DETECTOR_POLL, "p50", "30%", 0.3, 120 },
	{ DETECTOR_FLAPPING, "p50", "20%", 0.2, 120 },
	{ DETECTOR_LATE, "p50", "25%", 0.25, 120 },
};

struct seen {
	unsigned int drills, held, gate_held, stopped, stopped_right, looks;
	uint64_t trials;
};

static void count(struct seen *s, const struct rule *rule, const struct fdr_result *r)
{
	struct detector_truth truth = detector_truth(rule->kind);
	double ns = truth.median_s * 1e9;
	const struct fdr_quantile *q = &r->stop.q, *told = &r->summary[FDR_DETECTED].q[0];

	s->drills++;
	s->trials += r->n_trials;
	s->held += q->has_interval && (double)q->lo_ns <= ns && ns <= (double)q->hi_ns;
	/* What is printed is that very interval. */
	s->gate_held += told->lo_ns == q->lo_ns && told->hi_ns == q->hi_ns;
	if (!r->stop.stopped)
		return;
	s->stopped++;
	s->looks += fdr_stats_look(r->n_trials);
	s->stopped_right += fdr_stats_narrow(q, rule->fraction);
}

static void judge(struct tally *t, const struct rule *rule, const struct seen *s)
{
	const char *name = detector_names[rule->kind];

	tally_check(t, percent(s->gate_held, s->drills), 100, 100, "%",
		    "engine, %s, stopping: the interval told is the one for stopping", name);
	tally_check(t, percent(s->stopped, s->drills), 50, 100, "%",
		    "engine, %s, stopping: stopped before %u trials", name, rule->most);
	tally_check(t, percent(s->stopped_right, s->stopped), 100, 100, "%",
		    "engine, %s, stopping: narrow when it stopped", name);
	tally_check(t, percent(s->looks, s->stopped), 100, 100, "%",
		    "engine, %s, stopping: stopped at a look", name);
	tally_check(t, (double)s->trials / s->drills, 20, rule->most - 1, "",
		    "engine, %s, stopping: trials a drill, on average", name);
}

void calibrate_stopping(struct tally *t)
{
	char dir[] = "/dev/shm/fdr-calibration-XXXXXX";
	struct fdr_error e = { "" };
	unsigned int held = 0, drills = 0;

	if (!mkdtemp(dir))
		abort();
	for (size_t i = 0; i < FDR_ARRAY_LEN(rules); i++) {
		const struct rule *rule = &rules[i];
		struct world_truth was = { 0 };
		struct seen s = { 0 };
		char more[128];
		int r = 0;

		snprintf(more, sizeof(more), ", stop: {milestone: detected, quantile: %s, "
			 "within: %s}", rule->quantile, rule->within);
		for (unsigned int n = 0; r >= 0 && n < DRILLS * t->scale; n++) {
			FDR_CLEANUP(fdr_result_freep) struct fdr_result *result = NULL;

			r = world_drill_by(rule->kind, rule->most, more, 7000003ULL * (i + 1) + n,
					   dir, &was, &result, &e);
			if (r >= 0)
				count(&s, rule, result);
		}
		if (r < 0)
			fprintf(stderr, "calibration: %s: %s\n", detector_names[rule->kind], e.text);
		judge(t, rule, &s);
		held += s.held;
		drills += s.drills;
		free(was.delays_ns);
	}
	/* Together, for each alone is too few to tell 94 % from 96 %. */
	tally_check(t, percent(held, drills), 94.5, 100, "%",
		    "engine, stopping at +-20 to 30 %%: median held (%u drills)", drills);
	rmdir(dir);
}
