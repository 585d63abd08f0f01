// SPDX-License-Identifier: GPL-2.0-or-later
/* What a plan does to which node, and in which order. */
#include "plan-show.h"

#include <inttypes.h>
#include <string.h>

#include <linux/faultdrill.h>

#include "plan/target.h"

static const char *danger(const struct fdr_plan_step *s)
{
	if (s->fault_flags & FAULTDRILL_F_FATAL)
		return "the node dies; something else must restart it";
	if (s->fault_flags & FAULTDRILL_F_FREEZING)
		return "the node freezes; its kernel undoes it";
	if (!(s->fault_flags & FAULTDRILL_F_REVERSIBLE))
		return "what it does stays done";
	return "the kernel undoes it when told, at its end, or when the controller is gone";
}

static void show_candidates(FILE *f, const struct fdr_plan *p, const struct fdr_plan_step *s)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_nodes; i++)
		if (fdr_step_may_hit(p, s, i))
			fprintf(f, "%s%s", n++ ? ", " : "", p->nodes[i].name);
}

static void show_step(FILE *f, const struct fdr_plan *p, const struct fdr_plan_step *s)
{
	char buf[32];

	if (s->command) {
		fprintf(f, "  %s\n", s->command);
		if (s->undo)
			fprintf(f, "  undone by: %s\n", s->undo);
		return;
	}
	fprintf(f, "  %s", s->fault.kind->name);
	fdr_show_opts(f, &s->fault);
	fprintf(f, "  (%s: %s)\n", s->fault.kind->summary, danger(s));
	if (s->duration_ns)
		fprintf(f, "  for %s\n", fdr_format_time(s->duration_ns, buf, sizeof(buf)));
	if (!s->select.given)
		return;
	fputs("  drawn for each trial from ", f);
	show_candidates(f, p, s);
	fputc('\n', f);
}

static void show_limits(FILE *f, const struct fdr_plan *p)
{
	char rescue[32];

	fprintf(f, "\nLimits: at most %" PRIu64 " node%s broken at once", p->safety.max_nodes,
		p->safety.max_nodes == 1 ? "" : "s");
	for (size_t i = 0; i < p->safety.n_min_healthy; i++)
		fprintf(f, "; %" PRIu64 " with role %s stay whole", p->safety.min_healthy[i].n,
			p->safety.min_healthy[i].role);
	for (size_t i = 0; i < p->safety.never.n; i++)
		fprintf(f, "%s%s", i ? ", " : "; never ", p->safety.never.v[i].text);
	for (size_t i = 0; i < p->safety.n_windows; i++)
		fprintf(f, "%s%s", i ? ", " : "; trials start in ", p->safety.windows[i].text);
	fputs(".\n", f);
	if (p->trials.rescue_ns)
		fprintf(f, "  a victim that is not back %s after the observation is reset by its power "
			"driver\n", fdr_format_time(p->trials.rescue_ns, rescue, sizeof(rescue)));
	for (size_t i = 0; i < p->safety.require.n; i++) {
		fputs("  no trial unless ", f);
		fdr_cond_print(f, &p->safety.require.v[i]);
		fputc('\n', f);
	}
	for (size_t i = 0; i < p->safety.stop_on.n; i++) {
		fputs("  all is cleared and the run ends if ", f);
		fdr_cond_print(f, &p->safety.stop_on.v[i]);
		fputc('\n', f);
	}
}

void fdr_steps_show(FILE *f, const struct fdr_plan *p)
{
	const struct fdr_plan_inject *in = &p->inject;
	bool nodes = false;
	char buf[32];

	for (size_t i = 0; i < in->n_steps; i++) {
		const struct fdr_plan_step *s = &in->steps[i];

		nodes = nodes || fdr_step_hits(s);
		if (i && s->at_ns == s[-1].at_ns)
			fputs("at the same instant", f);
		else if (i)
			fprintf(f, "%s later", fdr_format_time(s->at_ns - s[-1].at_ns, buf, 32));
		else
			fprintf(f, "\nWhat it does, %" PRIu64 " time%s", p->trials.count,
				p->trials.count == 1 ? "" : "s");
		fputs(s->command ? ", on " : ", to ", f);
		fdr_step_print_target(f, s);
		fputs(":\n", f);
		show_step(f, p, s);
	}
	if (p->trials.phase_ns)
		fprintf(f, "  at an instant drawn over %s\n",
			fdr_format_time(p->trials.phase_ns, buf, 32));
	if (nodes)
		show_limits(f, p);
}

void fdr_show_deaths(FILE *f, const struct fdr_plan *p)
{
	bool any = false;

	for (size_t i = 0; i < p->inject.n_steps; i++) {
		const struct fdr_plan_step *s = &p->inject.steps[i];

		if (!(s->fault_flags & FAULTDRILL_F_FATAL))
			continue;
		fprintf(f, "%s%s on ", any ? ", " : "", s->fault.kind->name);
		fdr_step_print_target(f, s);
		if (s->select.given) {
			fputs(" (", f);
			show_candidates(f, p, s);
			fputc(')', f);
		}
		any = true;
	}
}
