// SPDX-License-Identifier: GPL-2.0-or-later
/* A run's figures as OpenMetrics text, for a gateway or a textfile collector. */
#include "data.h"
#include "report.h"

#include <math.h>

/* "metric{drill="x",key="value"", and further labels may follow. */
static void begin(FILE *f, const char *metric, const struct fdr_result *r, const char *key,
		  const char *value)
{
	fprintf(f, "%s{drill=\"", metric);
	fdr_om_label(f, r->name ? r->name : "");
	fputc('"', f);
	if (!key)
		return;
	fprintf(f, ",%s=\"", key);
	fdr_om_label(f, value);
	fputc('"', f);
}

static void end(FILE *f, double v)
{
	fputs("} ", f);
	fdr_om_value(f, v);
}

static void put_ends(FILE *f, const char *metric, const struct fdr_result *r, const char *key,
		     const char *value, double p, const double ends[3])
{
	static const char *const names[] = { "estimate", "lower", "upper" };

	for (size_t i = 0; i < 3; i++) {
		begin(f, metric, r, key, value);
		if (p > 0)
			fprintf(f, ",p=\"%g\"", p);
		fprintf(f, ",end=\"%s\"", names[i]);
		end(f, ends[i]);
	}
}

static void put_quantiles(FILE *f, const char *metric, const struct fdr_result *r,
			  const char *key, const char *value, const struct fdr_description *d)
{
	for (size_t i = 0; i < d->n_q; i++) {
		const struct fdr_quantile *q = &d->q[i];
		bool point = q->known && !q->at_least;
		double ends[3] = { point ? (double)q->value_ns / 1e9 : NAN, NAN, NAN };

		if (q->known && q->at_least)
			ends[1] = (double)q->value_ns / 1e9;
		if (q->known && q->has_interval)
			ends[1] = (double)q->lo_ns / 1e9;
		if (q->known && (q->has_interval || q->at_least))
			ends[2] = q->has_interval && q->hi_ns != FDR_STATS_UNBOUNDED ?
				  (double)q->hi_ns / 1e9 : INFINITY;
		put_ends(f, metric, r, key, value, q->p, ends);
	}
}

static void put_verdicts(FILE *f, const struct fdr_result *r)
{
	unsigned int n[FDR_ABORTED + 1] = { 0 };

	for (size_t i = 0; i < r->n_trials; i++)
		n[r->trials[i].verdict]++;
	fdr_om_head(f, "faultdrill_trials", "gauge", NULL, "Trials by their verdict.");
	for (int v = FDR_PASS; v <= FDR_ABORTED; v++) {
		begin(f, "faultdrill_trials", r, "verdict", fdr_verdict_names[v]);
		end(f, n[v]);
	}
	fdr_om_head(f, "faultdrill_verdict", "stateset", NULL, "The verdict of the run.");
	for (int v = FDR_PASS; v <= FDR_ABORTED; v++) {
		begin(f, "faultdrill_verdict", r, "faultdrill_verdict", fdr_verdict_names[v]);
		end(f, (int)r->verdict == v);
	}
	fdr_om_head(f, "faultdrill_started_seconds", "gauge", "seconds",
		    "When the run began, since 1970.");
	begin(f, "faultdrill_started_seconds", r, NULL, NULL);
	fprintf(f, "} %.3f\n", (double)r->started_real_ns / 1e9);
	fdr_om_head(f, "faultdrill_false_positives", "gauge", NULL, "Verdicts with no fault.");
	begin(f, "faultdrill_false_positives", r, NULL, NULL);
	end(f, r->false_positives);
}

static void put_reactions(FILE *f, const struct fdr_result *r)
{
	const char *metric = "faultdrill_reaction_seconds";

	fdr_om_head(f, "faultdrill_seen_ratio", "gauge", "ratio",
		    "The share of trials that saw the milestone by its deadline.");
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
		const struct fdr_share *s = &r->summary[m].seen;
		double ends[3] = { s->value, s->lo, s->hi };

		if (s->n)
			put_ends(f, "faultdrill_seen_ratio", r, "milestone", fdr_milestone_names[m],
				 0, ends);
	}
	fdr_om_head(f, metric, "gauge", "seconds",
		    "Quantiles of the time from onset, each with its 95 % interval.");
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		put_quantiles(f, metric, r, "milestone", fdr_milestone_names[m], &r->summary[m]);
}

static void put_users(FILE *f, const struct fdr_result *r)
{
	const char *metric = "faultdrill_users_seconds";
	const struct fdr_share *s = &r->users.noticed;
	double ends[3] = { s->value, s->lo, s->hi };

	fdr_om_head(f, "faultdrill_noticed_ratio", "gauge", "ratio",
		    "The share of trials in which a request failed or came late.");
	if (s->n)
		put_ends(f, "faultdrill_noticed_ratio", r, NULL, NULL, 0, ends);
	fdr_om_head(f, metric, "gauge", "seconds",
		    "Quantiles of what users saw in a trial, each with its 95 % interval.");
	put_quantiles(f, metric, r, "figure", "lost_time", &r->users.lost_time);
	put_quantiles(f, metric, r, "figure", "longest_gap", &r->users.longest_gap);
	put_quantiles(f, metric, r, "figure", "undetected", &r->users.undetected);
}

static void put_gates(FILE *f, const struct fdr_result *r)
{
	char asks[96];

	fdr_om_head(f, "faultdrill_gate", "stateset", NULL, "Whether the plan's gate passes.");
	for (size_t i = 0; i < r->n_gates; i++) {
		fdr_gate_asks(&r->gates[i], asks, sizeof(asks));
		for (int g = FDR_GATE_PASS; g <= FDR_GATE_INCONCLUSIVE; g++) {
			begin(f, "faultdrill_gate", r, "gate", asks);
			fprintf(f, ",n=\"%zu\",faultdrill_gate=\"%s\"", i + 1, fdr_gate_names[g]);
			end(f, (int)r->gates[i].gate == g);
		}
	}
}

int fdr_report_openmetrics(FILE *f, const struct fdr_result *r)
{
	put_verdicts(f, r);
	put_reactions(f, r);
	put_users(f, r);
	put_gates(f, r);
	fputs("# EOF\n", f);
	return 0;
}
