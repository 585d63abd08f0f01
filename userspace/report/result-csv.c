// SPDX-License-Identifier: GPL-2.0-or-later
/* A run as a table: one line a trial, times in seconds from onset. */
#include "data.h"
#include "report.h"

#include <math.h>

static void heading(FILE *f)
{
	fputs("trial,verdict,reason,node,fault,onset_real_s,phase_s", f);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		fprintf(f, ",%s_lo_s,%s_hi_s", fdr_milestone_names[m], fdr_milestone_names[m]);
	fputs(",requests,ok,late,errors,timeouts,lost_time_s,longest_gap_s,undetected_s\n", f);
}

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

int fdr_report_csv(FILE *f, const struct fdr_result *r)
{
	heading(f);
	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_trial *t = &r->trials[i];
		bool known = t->milestones[FDR_ONSET].present;

		fprintf(f, "%u,%s,", t->n, fdr_verdict_names[t->verdict]);
		fdr_csv_text(f, t->reason);
		fputc(',', f);
		fdr_csv_text(f, t->node);
		fputc(',', f);
		fdr_csv_text(f, t->fault);
		/* More digits than a double shows by itself. */
		if (known)
			fprintf(f, ",%.6f", seconds(t->onset_real_ns));
		else
			fputc(',', f);
		fdr_csv_number(f, known, seconds(t->phase_ns));
		for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
			const struct fdr_result_milestone *x = &t->milestones[m];

			/* What had not come by the deadline may come at any time after it. */
			fdr_csv_number(f, x->present, seconds(x->when.lo_ns));
			fdr_csv_number(f, x->present,
				       x->censored ? INFINITY : seconds(x->when.hi_ns));
		}
		fprintf(f, ",%llu,%llu,%llu,%llu,%llu", (unsigned long long)t->workload.requests,
			(unsigned long long)t->workload.ok, (unsigned long long)t->workload.late,
			(unsigned long long)t->workload.errors,
			(unsigned long long)t->workload.timeouts);
		fdr_csv_number(f, t->workload.requests, seconds(t->workload.outage_ns));
		fdr_csv_number(f, t->workload.requests, seconds(t->workload.longest_gap_ns));
		fdr_csv_number(f, t->workload.requests, seconds(t->workload.undetected_ns));
		fputc('\n', f);
	}
	return 0;
}
