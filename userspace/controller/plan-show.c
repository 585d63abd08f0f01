// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan-show.h"

#include <inttypes.h>
#include <string.h>

#include "plan/target.h"

static const char *time_text(uint64_t ns, char buf[32])
{
	return fdr_format_time(ns, buf, 32);
}

/* A rough length for a person: "45 s", "12 min". */
static void print_length(FILE *f, const char *word, uint64_t ns)
{
	double s = (double)ns / 1e9;

	if (s < 120)
		fprintf(f, "%s %.0f s", word, s);
	else if (s < 7200)
		fprintf(f, "%s %.0f min", word, s / 60);
	else
		fprintf(f, "%s %.1f h", word, s / 3600);
}

void fdr_show_opts(FILE *f, const struct fdr_opts *o)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct fdr_opt *v = &o->v[i];

		if (v->defaulted)
			continue;
		if (v->key)
			fprintf(f, " %s.%s=\"%s\"", v->desc->name, v->key, v->text);
		else
			fprintf(f, strchr(v->text, ' ') ? " %s=\"%s\"" : " %s=%s", v->desc->name,
				v->text);
	}
	fputc('\n', f);
}

static void show_cond(FILE *f, const struct fdr_plan_cond *c)
{
	fdr_cond_print(f, c);
	fputc('\n', f);
}

static void show_parts(FILE *f, const char *what, const struct fdr_plan_part *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "  %-9s %-12s %s", what, v[i].name, v[i].opts.kind->name);
		fdr_show_opts(f, &v[i].opts);
	}
}

static void show_nodes(FILE *f, const struct fdr_plan *p)
{
	for (size_t i = 0; i < p->n_nodes; i++) {
		fprintf(f, "  %-9s %-12s %s", "node", p->nodes[i].name,
			p->nodes[i].transport.kind->name);
		fdr_show_opts(f, &p->nodes[i].transport);
		if (p->nodes[i].power.kind) {
			fprintf(f, "  %-9s %-12s %s", "power", p->nodes[i].name,
				p->nodes[i].power.kind->name);
			fdr_show_opts(f, &p->nodes[i].power);
		}
		if (p->nodes[i].roles.n)
			fprintf(f, "  %-9s %-12s ", "roles", p->nodes[i].name);
		for (size_t k = 0; k < p->nodes[i].roles.n; k++)
			fprintf(f, "%s%s", p->nodes[i].roles.v[k].text,
				k + 1 < p->nodes[i].roles.n ? ", " : "\n");
	}
}

static void show_expected(FILE *f, const struct fdr_plan_expect *x)
{
	char lo[32], hi[32];

	if (x->given)
		fprintf(f, "  %-12s expected %s to %s after onset\n", "", time_text(x->lo_ns, lo),
			time_text(x->hi_ns, hi));
}

static void show_measured(FILE *f, const struct fdr_plan *p)
{
	fprintf(f, "\nSteady state:\n");
	for (size_t i = 0; i < p->steady.n; i++) {
		fputs("  ", f);
		show_cond(f, &p->steady.conds[i]);
	}
	fprintf(f, "\nMeasured from onset:\n");
	for (size_t i = 0; i < FDR_MILESTONE_COUNT; i++) {
		const struct fdr_plan_cond *c = &p->milestones[i];

		if (!fdr_cond_given(c) && !p->expect[i].given)
			continue;
		if (fdr_cond_given(c)) {
			fprintf(f, "  %-12s ", fdr_milestone_names[i]);
			show_cond(f, c);
		}
		show_expected(f, &p->expect[i]);
	}
}

static void show_gates(FILE *f, const struct fdr_plan *p)
{
	const struct fdr_plan_stop *s = &p->trials.stop;

	if (p->n_gates)
		fputs("\nJudged, with 95 % confidence:\n", f);
	for (size_t i = 0; i < p->n_gates; i++) {
		const struct fdr_plan_gate *g = &p->gates[i];
		const char *of = g->milestone ? g->milestone : g->users ? g->users :
				 g->share ? g->share : g->loss ? g->loss : "false positives";

		fprintf(f, "  %s%s%s%s at most %s\n", of, g->loss ? " lost" : "",
			g->quantile ? " " : "", g->quantile ? g->quantile : "",
			g->alarms ? g->alarms : g->at_most);
	}
	if (s->p > 0)
		fprintf(f, "\nStops early, after %" PRIu64 " trials at least, once half the interval "
			"of %s %s is at most %.4g %% of it.\n", s->min, s->milestone, s->quantile,
			(double)s->within_ppm / 1e4);
}

/* From the fastest that can be to what the deadlines allow. */
void fdr_plan_length(const struct fdr_plan *p, uint64_t *ret_least, uint64_t *ret_most)
{
	uint64_t hold = p->steady.hold_ns + p->trials.cooldown_ns, n = p->trials.count;
	uint64_t last = 0, ends = 0;

	for (size_t i = 0; i < p->inject.n_steps; i++) {
		const struct fdr_plan_step *s = &p->inject.steps[i];

		last = s->at_ns > last ? s->at_ns : last;
		if (fdr_step_end(s) != UINT64_MAX && fdr_step_end(s) > ends)
			ends = fdr_step_end(s);
	}
	last += p->trials.served_hold_ns;
	*ret_least = n * (hold + p->trials.phase_ns / 2 + (last > ends ? last : ends));
	*ret_most = p->steady.deadline_ns +
		    (n - 1) * (p->trials.recover_ns + p->trials.cooldown_ns) +
		    n * (p->trials.phase_ns + p->trials.observe_ns + p->trials.recover_ns);
}

void fdr_print_takes(FILE *f, uint64_t least, uint64_t most)
{
	print_length(f, "\nTakes at least", least);
	print_length(f, " and, by its deadlines, at most", most);
	fputs(".\n", f);
}

void fdr_plan_show(FILE *f, const struct fdr_plan *p)
{
	uint64_t least, most;

	fprintf(f, "%s: drill %s\n", p->path, p->name);
	if (p->description)
		fprintf(f, "%s%s", p->description,
			p->description[strlen(p->description) - 1] == '\n' ? "" : "\n");
	fputc('\n', f);
	show_nodes(f, p);
	show_parts(f, "probe", p->probes, p->n_probes);
	show_parts(f, "workload", p->workloads, p->n_workloads);
	fdr_steps_show(f, p);
	show_measured(f, p);
	show_gates(f, p);
	fdr_plan_length(p, &least, &most);
	fdr_print_takes(f, least, most);
}
