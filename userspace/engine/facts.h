/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_FACTS_H
#define FDR_ENGINE_FACTS_H

#include "ledger-book.h"
#include "plan/cond.h"
#include "raw.h"

/* What of the plan and the run is needed; the JSON owns the texts. */
struct fdr_facts {
	json_t *plan;
	json_t *predictions;		/* by name, what configuration says; NULL: none */
	json_t *expect;			/* the plan's ranges, and predicted ones that judge */
	const json_t *inject;
	struct fdr_plan_cond milestones[FDR_MILESTONE_COUNT];
	const char *workload;		/* the one that users are; NULL = none */
	int64_t late_ns;		/* its lateness bound; 0 = not known */
	int64_t observe_ns, hold_ns;
	int64_t max_late_ns;		/* our own; 0 = the plan does not say */
	int64_t started_ns, started_real_ns, ended_ns, ended_real_ns;
	const char *outcome, *reason;
	struct fdr_store *store;
	struct fdr_ledger_book *book;
};

/* -EBADMSG: the store lacks what a run records. */
int fdr_facts_read(struct fdr_store *s, struct fdr_facts *f, struct fdr_error *e);
void fdr_facts_clear(struct fdr_facts *f);
/* Fills in what of the result is known without any trial.  -ENOMEM. */
int fdr_facts_tell(struct fdr_store *s, const struct fdr_facts *f, struct fdr_result *r);

#endif /* FDR_ENGINE_FACTS_H */
