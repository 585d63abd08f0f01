/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_CAMPAIGN_H
#define FDR_PLAN_CAMPAIGN_H

#include "plan.h"

/*
 * A campaign, as read from strict YAML: plans, and the variables of each run of them.
 * The format is in Documentation/campaigns.md.  That the plans are sound with these
 * variables is for the caller to check, who reads them.
 */
#define FDR_CAMPAIGN_CELLS_MAX	1000

/* A name with one value: of `vars`, of `plans`, or of a combination. */
struct fdr_pair {
	char *name, *value;
	struct fdr_place place;
};
struct fdr_pairs {
	struct fdr_pair *v;
	size_t n;
	struct fdr_place place;		/* of the whole mapping */
};

struct fdr_campaign_axis {
	char *name;
	struct fdr_pair *v;		/* the values; .name is not used */
	size_t n;
	struct fdr_place place;
};

/* One combination: a plan with the values of its variables. */
struct fdr_campaign_cell {
	size_t plan;			/* of plans.v */
	char **sets;			/* "name=value", as for --set: first those of vars */
	size_t n_sets;
	char *label;			/* "fault=panic, node=node1" */
	struct fdr_place place;		/* of the matrix, or of the entry of include */
};

enum fdr_campaign_order { FDR_ORDER_RANDOM, FDR_ORDER_AS_WRITTEN };
enum fdr_campaign_abort { FDR_ABORT_STOP, FDR_ABORT_NEXT };

struct fdr_campaign {
	char *path, *text;
	char *api_version, *name, *description;
	struct fdr_pairs vars, plans;	/* plans: a path, which counts from the campaign's folder */
	struct fdr_campaign_axis *axes;
	size_t n_axes;
	struct fdr_pairs *exclude, *include;
	size_t n_exclude, n_include;
	struct fdr_place matrix_at;
	uint64_t trials, block, seed;	/* 0: as the plan says; all at once; draw one */
	uint64_t order, on_abort;	/* the enums above */
	struct {
		uint64_t time_ns, trials, failures;	/* 0 = no limit */
		uint64_t pause_ns;
		struct fdr_place place;	/* line 0: it is no soak */
	} soak;
	struct fdr_place trials_at, block_at, abort_at;
	struct fdr_campaign_cell *cells;
	size_t n_cells;
};

static inline bool fdr_campaign_soaks(const struct fdr_campaign *c)
{
	return c->soak.place.line;
}

/*
 * Reads and checks a campaign, like fdr_plan_load().  @sets ("name=value") override
 * what its `vars` say.
 */
int fdr_campaign_load(const char *path, const char *const *sets, size_t n_sets,
		      struct fdr_campaign **ret, struct fdr_plan_errors *errors);
int fdr_campaign_parse(const char *path, const char *text, size_t size, const char *const *sets,
		       size_t n_sets, struct fdr_campaign **ret, struct fdr_plan_errors *errors);
struct fdr_campaign *fdr_campaign_free(struct fdr_campaign *c);
FDR_DEFINE_CLEANUP(struct fdr_campaign *, fdr_campaign_free);

json_t *fdr_campaign_schema(void);

#endif /* FDR_PLAN_CAMPAIGN_H */
