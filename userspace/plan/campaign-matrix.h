/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_CAMPAIGN_MATRIX_H
#define FDR_PLAN_CAMPAIGN_MATRIX_H

/* What the files of a campaign's parser share.  Not for other layers. */
#include "bind.h"
#include "campaign.h"

/* campaign-bind.c: rows' binders; @target is the struct fdr_campaign */
void fdr_bind_campaign_vars(struct fdr_bind *b, yaml_node_t *value, void *target);
void fdr_bind_campaign_plans(struct fdr_bind *b, yaml_node_t *value, void *target);
void fdr_bind_campaign_matrix(struct fdr_bind *b, yaml_node_t *value, void *target);
void fdr_bind_campaign_exclude(struct fdr_bind *b, yaml_node_t *value, void *target);
void fdr_bind_campaign_include(struct fdr_bind *b, yaml_node_t *value, void *target);
void fdr_pairs_clear(struct fdr_pairs *p);
const struct fdr_pair *fdr_pairs_find(const struct fdr_pairs *p, const char *name);

/* campaign-matrix.c: makes the cells of what was bound. */
void fdr_campaign_expand(struct fdr_campaign *c, struct fdr_bind *b);

#endif /* FDR_PLAN_CAMPAIGN_MATRIX_H */
