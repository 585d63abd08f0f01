// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How late this host itself was in a trial: counters of each probe and workload, written
 * once, as one event for each.
 */
#include <string.h>

#include "run.h"

static void put(struct fdr_run *run, const char *kind, const char *name,
		const struct fdr_lateness *l)
{
	fdr_run_event(run, "lateness", NULL, fdr_now_ns(),
		      json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "kind", kind, "source", name,
				"asked", (json_int_t)l->asked, "skipped", (json_int_t)l->skipped,
				"p50_ns", (json_int_t)fdr_lateness_quantile(l, 500),
				"p99_ns", (json_int_t)fdr_lateness_quantile(l, 990),
				"max_ns", (json_int_t)l->max_ns));
}

void fdr_run_lateness_begin(struct fdr_run *run)
{
	for (size_t i = 0; run->probes && i < run->plan->n_probes; i++)
		fdr_lateness_reset(fdr_probe_lateness(run->probes[i]));
	for (size_t i = 0; i < run->plan->n_workloads; i++)
		fdr_lateness_reset(&run->workload_lateness[i]);
}

void fdr_run_lateness_request(struct fdr_run *run, const struct fdr_request *r)
{
	for (size_t i = 0; i < run->plan->n_workloads; i++) {
		if (strcmp(run->plan->workloads[i].name, r->source))
			continue;
		fdr_lateness_asked(&run->workload_lateness[i], r->sent_ns - r->intended_ns);
		return;
	}
}

void fdr_run_lateness_end(struct fdr_run *run)
{
	for (size_t i = 0; run->probes && i < run->plan->n_probes; i++)
		put(run, "probe", run->plan->probes[i].name, fdr_probe_lateness(run->probes[i]));
	for (size_t i = 0; i < run->plan->n_workloads; i++)
		put(run, "workload", run->plan->workloads[i].name, &run->workload_lateness[i]);
}
