// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plan's section "graphs": once a trial is over, what others recorded of it is read
 * from their round-robin databases, whose finest values do not stay there for long.
 */
#include "run.h"

#include <math.h>

#include "result/graphs.h"
#include "sys/rrd.h"

/* Of the time before the onset, besides the steady state's. */
#define LEAD_NS		(10 * FDR_NS_PER_S)

static json_t *series_json(const struct fdr_plan_graph *g, const struct fdr_rrd_series *s)
{
	json_t *values = json_array();
	size_t n = s->n < FDR_GRAPH_VALUES_MAX ? s->n : FDR_GRAPH_VALUES_MAX;

	for (size_t i = 0; i < n; i++)
		json_array_append_new(values, isfinite(s->values[i]) ? json_real(s->values[i]) :
							       json_null());
	return json_pack("{s:s, s:s, s:I, s:I, s:o}", "name", g->name, "unit", g->unit ? g->unit : "",
			 "step_ns", (json_int_t)(s->step_s * FDR_NS_PER_S), "from_real_ns",
			 (json_int_t)(s->start_s * FDR_NS_PER_S), "values", values);
}

static void gather(struct fdr_run *run, const struct fdr_plan_graph *g, int64_t from_s, int64_t to_s)
{
	struct fdr_rrd_series s FDR_CLEANUP_RRD = { 0 };
	struct fdr_error why = { "" };
	int r = fdr_rrd_fetch(g->rrd, g->ds, g->cf, g->daemon, from_s, to_s, &s, &why);

	if (r < 0)
		fdr_run_warn(run, "graph %s: %s", g->name, why.text);
	fdr_run_event(run, "graph", NULL, fdr_now_ns(), r < 0 ?
		      json_pack("{s:s, s:s}", "name", g->name, "why", why.text) :
		      series_json(g, &s));
}

void fdr_run_gather_graphs(struct fdr_run *run)
{
	const struct fdr_plan *p = run->plan;
	int64_t real_ns = fdr_clock_ns(CLOCK_REALTIME), ago_ns = fdr_now_ns() - run->t0_ns;
	int64_t from_ns = real_ns - ago_ns - (int64_t)p->steady.hold_ns - LEAD_NS;

	/* A simulation's clocks have nothing to do with those of files. */
	for (size_t i = 0; i < p->n_graphs && !run->world; i++)
		gather(run, &p->graphs[i], from_ns / FDR_NS_PER_S, real_ns / FDR_NS_PER_S + 1);
}
