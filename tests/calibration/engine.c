// SPDX-License-Identifier: GPL-2.0-or-later
/* The engine itself, from plan to result, in the simulated world. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calibration.h"
#include "world.h"

#define TRIALS		20
#define DRILLS		500

struct count {
	uint64_t trials, contained, false_alarms, told_alarms;
	uint64_t drills, median, p90, share, at_least;
	double sum_error_s, sum_truth_s;	/* of what was measured, trial by trial */
	uint64_t median_under;			/* estimates below the true median */
	double sum_median_s;
	uint64_t n_median;
};

static bool covers(const struct fdr_quantile *q, double truth_s)
{
	if (!q->known || (!q->at_least && !q->has_interval))
		return false;
	/* NAN: later than anything. */
	if (q->at_least)
		return isnan(truth_s) || (double)q->value_ns <= truth_s * 1e9;
	return (double)q->lo_ns <= truth_s * 1e9 && truth_s * 1e9 <= (double)q->hi_ns;
}

static void count_trials(struct count *c, const struct fdr_result *r,
			 const struct world_truth *truth)
{
	for (size_t i = 0; i < r->n_trials && i < truth->n; i++) {
		const struct fdr_result_milestone *m = &r->trials[i].milestones[FDR_DETECTED];
		int64_t was = truth->delays_ns[i];

		c->trials++;
		if (!m->present)
			continue;
		if (m->censored) {
			c->contained += was >= m->when.lo_ns;
			continue;
		}
		c->contained += m->when.lo_ns <= was && was <= m->when.hi_ns;
		c->sum_error_s += ((double)(m->when.lo_ns + m->when.hi_ns) / 2 - (double)was) / 1e9;
		c->sum_truth_s += (double)was / 1e9;
	}
	c->told_alarms += r->false_positives;
}

static void count_drill(struct count *c, const struct fdr_result *r,
			const struct detector_truth *truth)
{
	const struct fdr_description *d = &r->summary[FDR_DETECTED];

	c->drills++;
	if (d->n_q < 2)
		return;
	c->median += covers(&d->q[0], truth->median_s);
	c->p90 += covers(&d->q[1], truth->p90_s);
	c->share += d->seen.lo <= truth->seen && truth->seen <= d->seen.hi;
	c->at_least += d->q[0].at_least;
	if (d->q[0].known && !d->q[0].at_least) {
		c->n_median++;
		c->sum_median_s += (double)d->q[0].value_ns / 1e9;
		c->median_under += (double)d->q[0].value_ns / 1e9 < truth->median_s;
	}
}

static void judge(struct tally *t, enum detector_kind kind, const struct count *c)
{
	const char *name = detector_names[kind];
	struct detector_truth truth = detector_truth(kind);
	unsigned long long trials = c->trials, drills = c->drills;
	/* All the same, or in strata: then intervals hold more often than they say. */
	bool spread = kind != DETECTOR_FIXED && kind != DETECTOR_NEVER &&
		      kind != DETECTOR_IN_STEP;

	tally_check(t, percent(c->contained, c->trials), 100, 100, "%",
		    "engine, %s: each interval contains what happened (%llu trials)", name, trials);
	tally_check(t, percent(c->median, c->drills), 94.5, spread ? 97 : 100, "%",
		    "engine, %s: median of %d held (%llu drills)", name, TRIALS, drills);
	tally_check(t, percent(c->p90, c->drills), 94.5, 100, "%",
		    "engine, %s: p90 of %d held (%llu drills)", name, TRIALS, drills);
	tally_check(t, percent(c->share, c->drills), 94.5, 100, "%",
		    "engine, %s: share seen held (%llu drills)", name, drills);
	if (kind == DETECTOR_NEVER) {
		tally_check(t, percent(c->at_least, c->drills), 100, 100, "%",
			    "engine, never: told as later than the deadline");
		return;
	}
	tally_check(t, 100 * fabs(c->sum_error_s) / c->sum_truth_s, 0, 1, "%",
		    "engine, %s: bias of the times measured", name);
	/* A long tail pulls the mean of medians up, and leaves as many above as below. */
	if (kind == DETECTOR_LATE)
		tally_check(t, percent(c->median_under, c->n_median), 45, 55, "%",
			    "engine, late: estimates of the median below it");
	else
		tally_check(t, 100 * fabs(c->sum_median_s / (double)c->n_median / truth.median_s - 1),
			    0, 1, "%", "engine, %s: bias of the median", name);
}

/* JSON of a result without what this host, and not the world, had to do with. */
static char *told(const struct fdr_result *r)
{
	json_t *j = fdr_result_to_json(r), *trial;
	char *text;
	size_t i;

	json_array_foreach(json_object_get(j, "trials"), i, trial)
		json_object_del(trial, "load1");
	text = json_dumps(j, JSON_SORT_KEYS);
	json_decref(j);
	return text;
}

static void same_again(struct tally *t, enum detector_kind kind, const char *dir)
{
	struct world_truth truth = { 0 };
	char *first = NULL, *second = NULL, *other = NULL, **to[] = { &first, &second, &other };
	struct fdr_error e = { "" };

	for (size_t i = 0; i < FDR_ARRAY_LEN(to); i++) {
		FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = NULL;

		if (world_drill(kind, TRIALS, i < 2 ? 77 : 78, dir, &truth, &r, &e) >= 0)
			*to[i] = told(r);
	}
	tally_check(t, first && second && other && !strcmp(first, second) && strcmp(first, other),
		    1, 1, "", "engine, %s: the same seed gives the same result, another another",
		    detector_names[kind]);
	free(first);
	free(second);
	free(other);
	free(truth.delays_ns);
}

static int drills(enum detector_kind kind, unsigned int n, const char *dir, struct count *c,
		  struct fdr_series_set *keep, struct fdr_error *e)
{
	struct detector_truth truth = detector_truth(kind);
	struct world_truth was = { 0 };
	int r = 0;

	for (unsigned int i = 0; r >= 0 && i < n; i++) {
		FDR_CLEANUP(fdr_result_freep) struct fdr_result *result = NULL;

		r = world_drill(kind, TRIALS, 1000003ULL * (kind + 1) + i, dir, &was, &result, e);
		if (r < 0)
			break;
		count_trials(c, result, &was);
		count_drill(c, result, &truth);
		if (keep)
			r = fdr_result_series(result, &keep[i]);
	}
	free(was.delays_ns);
	return r;
}

/* Two drills at a time: 300 ms is the truth. */
static void judge_shifts(struct tally *t, const struct fdr_series_set *a,
			 const struct fdr_series_set *b, unsigned int n)
{
	uint64_t held = 0, done = 0;
	double sum_s = 0;

	for (unsigned int i = 0; i < n; i++) {
		const struct fdr_series *x = fdr_series_find(&a[i], "detected");
		const struct fdr_series *y = fdr_series_find(&b[i], "detected");
		struct fdr_comparison c;

		if (!x || !y || fdr_stats_compare(x, y, NULL, &c) < 0)
			continue;
		done++;
		held += c.shift.has_interval && c.shift.lo <= 3e8 && 3e8 <= c.shift.hi;
		sum_s += c.shift.value / 1e9;
	}
	tally_check(t, percent(held, done), 94.5, 97, "%",
		    "engine, slower against poll: shift held (%u pairs of drills)", n);
	/* Relative to what is compared: a shift may be nothing. */
	tally_check(t, 100 * fabs(sum_s / (double)done - 0.3) / 1.1, 0, 1, "%",
		    "engine, slower against poll: bias of the shift");
}

void calibrate_engine(struct tally *t)
{
	unsigned int n = DRILLS * t->scale;
	struct fdr_series_set *poll = calloc(n, sizeof(*poll)), *slower = calloc(n, sizeof(*slower));
	char dir[] = "/dev/shm/fdr-calibration-XXXXXX";
	struct fdr_error e = { "" };
	uint64_t trials = 0;

	if (!poll || !slower || !mkdtemp(dir))
		abort();
	for (int kind = 0; kind < DETECTOR_KINDS; kind++) {
		/* Where all are alike, a part of them tells as much. */
		bool alike = kind == DETECTOR_FIXED || kind == DETECTOR_NEVER ||
			     kind == DETECTOR_IN_STEP;
		struct count c = { 0 };
		int r = drills((enum detector_kind)kind, alike ? n / 5 : n, dir, &c,
			       kind == DETECTOR_POLL ? poll :
			       kind == DETECTOR_SLOWER ? slower : NULL, &e);

		if (r < 0)
			fprintf(stderr, "calibration: %s: %s\n", detector_names[kind], e.text);
		judge(t, (enum detector_kind)kind, &c);
		same_again(t, (enum detector_kind)kind, dir);
		trials += c.trials;
	}
	judge_shifts(t, poll, slower, n);
	tally_check(t, (double)trials, 10000, INFINITY, "", "engine: trials carried out");
	for (unsigned int i = 0; i < n; i++) {
		fdr_series_clear(&poll[i]);
		fdr_series_clear(&slower[i]);
	}
	free(poll);
	free(slower);
	rmdir(dir);
}
