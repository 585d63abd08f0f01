// SPDX-License-Identifier: GPL-2.0-or-later
#include "findings.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "stats/stats.h"
#include "show.h"

/* Sending later than this ourselves begins to blur what users saw. */
#define LATE_NS		(10 * FDR_NS_PER_MS)
/* Median intervals need so many trials. */
#define TRIALS_FOR_INTERVAL	6

void fdr_find(struct fdr_findings *f, enum fdr_finding_level level, const char *fmt, ...)
{
	va_list ap;

	if (f->n == FDR_ARRAY_LEN(f->v))
		return;
	f->v[f->n].level = level;
	va_start(ap, fmt);
	vsnprintf(f->v[f->n].text, sizeof(f->v[f->n].text), fmt, ap);
	va_end(ap);
	f->n++;
}

/* Trials that measured something: the ones that summaries count. */
static size_t measured(const struct fdr_result *r)
{
	const struct fdr_description *s = &r->summary[FDR_DETECTED];

	return s->n + s->n_absent;
}

static const char *common_source(const struct fdr_result *r, size_t m)
{
	const char *source = NULL;

	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_milestone *ms = &r->trials[i].milestones[m];

		if (!fdr_was_seen(ms) || !*ms->source)
			continue;
		if (source && strcmp(source, ms->source))
			return NULL;
		source = ms->source;
	}
	return source;
}

/* "panic of node1", or "fault" where trials differ. */
static struct fdr_shown what_happened(const struct fdr_result *r)
{
	struct fdr_shown shown = { "fault" };

	for (size_t i = 1; i < r->n_trials; i++)
		if (strcmp(r->trials[i].fault, r->trials[0].fault) ||
		    strcmp(r->trials[i].node, r->trials[0].node))
			return shown;
	if (r->n_trials && *r->trials[0].fault && *r->trials[0].node)
		snprintf(shown.s, sizeof(shown.s), "%.24s of %.32s", r->trials[0].fault,
			 r->trials[0].node);
	return shown;
}

/* The longest deadline by which a milestone had not come. */
static int64_t deadline_of(const struct fdr_result *r, size_t m)
{
	int64_t latest = 0;

	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_milestone *ms = &r->trials[i].milestones[m];

		if (ms->present && ms->censored && ms->when.lo_ns > latest)
			latest = ms->when.lo_ns;
	}
	return latest;
}

static void subline(const struct fdr_result *r, const struct fdr_description *s, size_t m,
		    char *buf, size_t size)
{
	const struct fdr_quantile *q = fdr_show_quantile(s, 0.5);
	const char *source = common_source(r, m);
	unsigned int seen = s->n - s->n_censored;
	int n;

	if (seen == 1)
		n = snprintf(buf, size, "One trial");
	else
		n = snprintf(buf, size, "The median of %u trials, which ranged from %s to %s", s->n,
			     fdr_show_ns(s->min_ns).s, fdr_show_ns(s->max_ns).s);
	if (q && q->has_interval && q->hi_ns != FDR_STATS_UNBOUNDED)
		n += snprintf(buf + n, size - (size_t)n, "; 95 %% interval %s to %s",
			      fdr_show_ns(q->lo_ns).s, fdr_show_ns(q->hi_ns).s);
	snprintf(buf + n, size - (size_t)n, ", %sknown to %s%s%s.", seen == 1 ? "" : "each ",
		 fdr_show_bound(s->bound_ns).s, source ? ". Source: " : "", source ? source : "");
}

static void headline(const struct fdr_result *r, struct fdr_findings *f)
{
	size_t m = r->summary[FDR_DETECTED].n ? FDR_DETECTED : FDR_SERVED;
	const struct fdr_description *s = &r->summary[m];
	const struct fdr_quantile *q = fdr_show_quantile(s, 0.5);
	struct fdr_shown what = what_happened(r);
	const char *verb = m == FDR_DETECTED ? "was detected" : "was survived: service was back";

	if (!measured(r)) {
		snprintf(f->headline, sizeof(f->headline), "Nothing was measured.");
		snprintf(f->subline, sizeof(f->subline), "%s", *r->reason ? r->reason :
			 "No trial reached the onset of its fault.");
	} else if (!s->n) {
		snprintf(f->headline, sizeof(f->headline), "No detection was asked for.");
		snprintf(f->subline, sizeof(f->subline),
			 "The plan names no condition for 'detected'; %zu faults took effect.",
			 measured(r));
	} else if (s->n == s->n_censored) {
		snprintf(f->headline, sizeof(f->headline), "The %s was not noticed within %s.",
			 what.s, fdr_show_ns(deadline_of(r, m)).s);
		snprintf(f->subline, sizeof(f->subline),
			 "A blind spot: no detector reported it, in %s.",
			 fdr_show_number_of(s->n, "trial").s);
	} else if (q && q->known && !q->at_least) {
		snprintf(f->headline, sizeof(f->headline), "The %s %s after %s.", what.s, verb,
			 fdr_show_ns(q->value_ns).s);
		subline(r, s, m, f->subline, sizeof(f->subline));
	} else {
		snprintf(f->headline, sizeof(f->headline),
			 "The %s was noticed in %u of %s only.", what.s, s->n - s->n_censored,
			 fdr_show_number_of(s->n, "trial").s);
		snprintf(f->subline, sizeof(f->subline), "Where it was, that took %s to %s.",
			 fdr_show_ns(s->min_ns).s, fdr_show_ns(s->max_ns).s);
	}
}

static void users(const struct fdr_result *r, struct fdr_findings *f)
{
	uint64_t requests = 0, bad = 0, most = 0;
	int64_t gap = 0, undetected = 0;
	size_t hurt = 0, n = 0;
	unsigned int at = 0;

	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_trial *t = &r->trials[i];
		uint64_t here = t->workload.late + t->workload.errors + t->workload.timeouts;

		if (!t->milestones[FDR_ONSET].present || t->verdict == FDR_ABORTED)
			continue;
		n++;
		requests += t->workload.requests;
		bad += here;
		hurt += here > 0;
		if (here > most)
			most = here;
		if (here && t->workload.longest_gap_ns > gap)
			gap = t->workload.longest_gap_ns;
		if (t->workload.undetected_ns > undetected) {
			undetected = t->workload.undetected_ns;
			at = t->n;
		}
	}
	if (!n)
		return;
	if (!requests)
		fdr_find(f, FDR_FINDING_NOTE,
			 "No workload ran, so nothing is known of what users saw.");
	else if (!bad)
		fdr_find(f, FDR_FINDING_GOOD,
			 "No user noticed: no request failed or came late in any "
		    "trial (%s requests). With %s the true share of such faults that users notice "
		    "is at most %.0f %%, with 95 %% confidence.", fdr_show_count(requests).s,
		    fdr_show_number_of(n, "trial").s, fdr_stats_rate_upper(n) * 100);
	else
		fdr_find(f, FDR_FINDING_WARN,
			 "Users noticed in %zu of %s: %s of %s requests failed or "
		    "came late, at most %s in one trial; the longest time without a success was "
		    "%s.",
		    hurt, fdr_show_number_of(n, "trial").s, fdr_show_count(bad).s,
		    fdr_show_count(requests).s, fdr_show_count(most).s, fdr_show_ns(gap).s);
	if (hurt && hurt < n)
		fdr_find(f, FDR_FINDING_NOTE,
			 "In the other %s no user noticed: no request failed or "
		    "came late.", fdr_show_number_of(n - hurt, "trial").s);
	if (undetected > 0)
		fdr_find(f, FDR_FINDING_WARN,
			 "Users suffered %s before anything was detected (trial "
		    "%u, the worst).", fdr_show_ns(undetected).s, at);
}

static void losses(const struct fdr_result *r, struct fdr_findings *f)
{
	const struct fdr_result_data *d = &r->data;
	struct fdr_shown at_most = fdr_show_ns(d->rpo.max_ns);

	if (d->lost)
		fdr_find(f, FDR_FINDING_WARN,
			 "%s %s lost, of %s, in %s of %s (at most %s in one): the "
		    "achieved RPO reaches %s. Another copy still has %s of them.",
		    fdr_show_number_of(d->lost, "acknowledged record").s,
		    d->lost == 1 ? "was" : "were", fdr_show_count(d->acknowledged).s,
		    fdr_show_count(d->lossy.k).s, fdr_show_number_of(d->lossy.n, "trial").s,
		    fdr_show_count(d->most_lost).s, at_most.s, fdr_show_count(d->recoverable).s);
	else if (d->lossy.n)
		fdr_find(f, FDR_FINDING_GOOD,
			 "No acknowledged record was lost, of %s. With %s the true "
		    "share of such faults that lose data is at most %.0f %%, with 95 %% confidence.",
		    fdr_show_count(d->acknowledged).s, fdr_show_number_of(d->lossy.n, "trial").s,
		    fdr_stats_rate_upper(d->lossy.n) * 100);
}

/* What else is wrong with the data. */
static void data(const struct fdr_result *r, struct fdr_findings *f)
{
	const struct fdr_result_data *d = &r->data;

	if (!d->wanted)
		return;
	losses(r, f);
	if (d->phantom)
		fdr_find(f, FDR_FINDING_WARN, "The store holds %s: present, and never sent.",
		    fdr_show_number_of(d->phantom, "phantom").s);
	if (d->corrupt)
		fdr_find(f, FDR_FINDING_WARN, "%s came back with a wrong checksum.",
		    fdr_show_number_of(d->corrupt, "record").s);
	if (d->duplicate)
		fdr_find(f, FDR_FINDING_WARN, "%s came back more than once.",
		    fdr_show_number_of(d->duplicate, "record").s);
	if (d->n_diverged)
		fdr_find(f, FDR_FINDING_WARN,
			 "After %s two copies had different histories: each has "
		    "records that the other lacks.", fdr_show_number_of(d->n_diverged, "trial").s);
	if (d->n_unread)
		fdr_find(f, FDR_FINDING_WARN,
			 "In %s a copy was not read back: what it holds is not known.",
		    fdr_show_number_of(d->n_unread, "trial").s);
}

bool fdr_expected(const struct fdr_result *r, size_t milestone, struct fdr_interval *ret,
		  const char **ret_why)
{
	const json_t *o = json_object_get(r->expected, fdr_milestone_names[milestone]);
	const json_t *lo = json_object_get(o, "lo_ns"), *hi = json_object_get(o, "hi_ns");

	if (!json_is_integer(lo) || !json_is_integer(hi))
		return false;
	*ret = (struct fdr_interval){ json_integer_value(lo), json_integer_value(hi) };
	*ret_why = json_string_value(json_object_get(o, "why"));
	return ret->lo_ns >= 0 && ret->lo_ns <= ret->hi_ns && ret->hi_ns <= INT64_MAX / 4;
}

static void expectation(const struct fdr_result *r, size_t m, struct fdr_findings *f)
{
	const struct fdr_description *s = &r->summary[m];
	size_t outside, unsure;
	struct fdr_interval range;
	char verdict[128];
	const char *why;

	if (!fdr_expected(r, m, &range, &why) || s->n == s->n_censored)
		return;
	outside = fdr_find_outside(r, m, json_object_get(r->expected, fdr_milestone_names[m]), &unsure);
	if (outside)
		snprintf(verdict, sizeof(verdict), "%s outside that range",
			 fdr_show_number_of(outside, "trial").s);
	else if (unsure)
		snprintf(verdict, sizeof(verdict), "too uncertain in %s to tell",
			 fdr_show_number_of(unsure, "trial").s);
	else if (s->min_ns < range.lo_ns || s->max_ns > range.hi_ns)
		snprintf(verdict, sizeof(verdict), "as expected, by what timers may be late");
	else
		snprintf(verdict, sizeof(verdict), "as expected");
	fdr_find(f, outside || unsure ? FDR_FINDING_WARN : FDR_FINDING_GOOD,
	    "'%s' was expected after %s to %s%s%.80s%s; measured %s to %s: %s.",
	    fdr_show_milestone(m), fdr_show_ns(range.lo_ns).s, fdr_show_ns(range.hi_ns).s,
	    why ? " (" : "", why ? why : "", why ? ")" : "", fdr_show_ns(s->min_ns).s,
	    fdr_show_ns(s->max_ns).s, verdict);
}

static void missing(const struct fdr_result *r, struct fdr_findings *f)
{
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
		const struct fdr_description *s = &r->summary[m];

		if (s->n_censored)
			fdr_find(f, FDR_FINDING_WARN,
				 "'%s' had not come by the deadline (%s) in %u of "
			    "%s; the figures count such a trial as \"later than that\".",
			    fdr_show_milestone(m), fdr_show_ns(deadline_of(r, m)).s, s->n_censored,
			    fdr_show_number_of(s->n, "trial").s);
	}
}

static void false_positives(const struct fdr_result *r, struct fdr_findings *f)
{
	if (r->false_positives)
		fdr_find(f, FDR_FINDING_WARN, "%s: a detector fired while no fault was in effect.",
		    fdr_show_number_of(r->false_positives, "false positive").s);
	else if (measured(r) && r->summary[FDR_DETECTED].n)
		fdr_find(f, FDR_FINDING_GOOD,
			 "No false positive: no detector fired while no fault was "
		    "in effect.");
}

/* Two milestones of one trial whose intervals overlap have no known order. */
static void unordered(const struct fdr_result *r, struct fdr_findings *f)
{
	for (size_t a = FDR_ONSET + 1; a < FDR_MILESTONES_MAX; a++) {
		for (size_t b = a + 1; b < FDR_MILESTONES_MAX; b++) {
			size_t n = 0;

			for (size_t i = 0; i < r->n_trials; i++) {
				const struct fdr_result_milestone *x = &r->trials[i].milestones[a];
				const struct fdr_result_milestone *y = &r->trials[i].milestones[b];

				n += fdr_was_seen(x) && fdr_was_seen(y) &&
				     x->when.lo_ns <= y->when.hi_ns &&
				     y->when.lo_ns <= x->when.hi_ns;
			}
			if (n)
				fdr_find(f, FDR_FINDING_NOTE,
					 "'%s' and '%s' lie so close together in "
				    "%s that their order is not known.", fdr_show_milestone(a),
				    fdr_show_milestone(b), fdr_show_number_of(n, "trial").s);
		}
	}
}

static void ourselves(const struct fdr_result *r, struct fdr_findings *f)
{
	int64_t late = 0, clock = 0, asked_late = 0;
	bool sent = false, asked = false;

	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_trial *t = &r->trials[i];

		if (t->workload.max_send_late_ns > late)
			late = t->workload.max_send_late_ns;
		if (t->clock_bound_ns > clock)
			clock = t->clock_bound_ns;
		sent |= t->workload.requests > 0;
		if (t->probes.max_late_ns > asked_late)
			asked_late = t->probes.max_late_ns;
		asked |= t->probes.asked > 0;
	}
	if (clock)
		fdr_find(f, FDR_FINDING_NOTE,
			 "Clocks of different nodes are compared with an error of "
		    "at most %s; every figure's ± includes it.", fdr_show_bound(clock).s);
	if (sent)
		fdr_find(f, late > LATE_NS ? FDR_FINDING_WARN : FDR_FINDING_NOTE,
		    "Our own requests left at most %s after their intended time%s.",
		    fdr_show_ns(late).s, late > LATE_NS ? ", which blurs what users saw" : "");
	if (asked)
		fdr_find(f, FDR_FINDING_NOTE,
			 "Our own probes asked at most %s after their intended "
		    "time; intervals are as much wider.", fdr_show_ns(asked_late).s);
}

static void completeness(const struct fdr_result *r, struct fdr_findings *f)
{
	size_t n = measured(r);

	if (r->n_planned > r->n_trials)
		fdr_find(f, FDR_FINDING_WARN, "The run ended after %zu of %s%s%s.", r->n_trials,
		    fdr_show_number_of(r->n_planned, "trial").s, *r->reason ? ": " : "", r->reason);
	if (n < r->n_trials && !r->quiet_ns)
		fdr_find(f, FDR_FINDING_WARN, "%s measured nothing and %s left out of the summary.",
		    fdr_show_number_of(r->n_trials - n, "trial").s,
		    r->n_trials - n == 1 ? "is" : "are");
	if (n > 1 && n < TRIALS_FOR_INTERVAL && !r->summary[FDR_DETECTED].n_censored)
		fdr_find(f, FDR_FINDING_NOTE,
			 "A median of %zu trials has no 95 %% interval (that takes "
		    "%d); the range from least to greatest holds it with %.0f %% confidence.", n,
		    TRIALS_FOR_INTERVAL, 100 * (1 - 2.0 / (double)(1U << n)));
	else if (n == 1)
		fdr_find(f, FDR_FINDING_NOTE,
			 "One trial says little: where in its period a detector is "
		    "caught is chance. Repeat it.");
}

void fdr_findings(const struct fdr_result *r, struct fdr_findings *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (r->quiet_ns && !measured(r)) {
		fdr_findings_quiet(r, ret);
		completeness(r, ret);
		ourselves(r, ret);
		return;
	}
	headline(r, ret);
	users(r, ret);
	data(r, ret);
	missing(r, ret);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		expectation(r, m, ret);
	fdr_findings_predicted(r, ret);
	fdr_find_rescues(r, ret);
	false_positives(r, ret);
	unordered(r, ret);
	completeness(r, ret);
	ourselves(r, ret);
}
