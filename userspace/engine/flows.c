// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests as observations, so that conditions may be made of workloads and probes together. */
#include "raw.h"

#include <string.h>

struct flow {
	struct fdr_raw *raw;
	const char *workload;
	int64_t hold_ns;
	const char *state;			/* as told last; NULL: nothing yet */
	const struct fdr_raw_request *first_ok;	/* of the present run of successes */
};

static int tell(struct flow *f, const char *state, int64_t lo_ns, int64_t hi_ns)
{
	struct fdr_obs obs = { .source = f->workload, .subject = "", .state = state, .pushed = true,
			       .when = { lo_ns, hi_ns }, .detail = "" };

	f->state = state;
	return fdr_raw_insert_obs(f->raw, &obs);
}

static int take(struct flow *f, const struct fdr_raw_request *r)
{
	static const char bad[] = "bad", ok[] = FDR_VIEW_OK;

	if (r->status != FDR_REQUEST_OK) {
		f->first_ok = NULL;
		return f->state == bad ? 0 : tell(f, bad, r->intended_ns, r->done_ns);
	}
	if (!f->first_ok)
		f->first_ok = r;
	if (f->state && strcmp(f->state, bad))
		return 0;
	/* Success after failure has to last; what was before the first failure need not. */
	if (f->state && r->intended_ns - f->first_ok->intended_ns < f->hold_ns)
		return 0;
	return tell(f, ok, f->first_ok->done_ns, f->first_ok->done_ns);
}

static int add_flow(struct fdr_store *store, struct fdr_raw *raw, const char *workload,
		    int64_t hold_ns)
{
	struct flow f = { .raw = raw, .workload = workload, .hold_ns = hold_ns };
	struct fdr_raw of;
	int r = fdr_raw_read(store, raw->trial, workload, &of);

	if (r < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < of.n_requests; i++)
		r = take(&f, &of.requests[i]);
	fdr_raw_clear(&of);
	return r;
}

struct adding {
	struct fdr_store *store;
	struct fdr_raw *raw;
	int64_t hold_ns;
};

/* Once for each workload, however often it is named. */
static int add_named(void *userdata, const struct fdr_plan_cond *leaf)
{
	struct adding *x = userdata;

	if (!leaf->workload)
		return 0;
	for (size_t i = 0; i < x->raw->n_obs; i++)
		if (!strcmp(x->raw->obs[i].source, leaf->workload))
			return 0;
	return add_flow(x->store, x->raw, leaf->workload, x->hold_ns);
}

int fdr_raw_add_flows(struct fdr_store *store, struct fdr_raw *raw,
		      const struct fdr_plan_cond *conds, size_t n, int64_t hold_ns)
{
	struct adding x = { store, raw, hold_ns };
	int r = 0;

	/* A workload alone needs none: what its users saw is measured anyhow. */
	for (size_t i = 0; r >= 0 && i < n; i++)
		if (conds[i].op != FDR_COND_LEAF)
			r = fdr_cond_each(&conds[i], add_named, &x);
	if (r < 0)
		fdr_raw_clear(raw);
	return r;
}
