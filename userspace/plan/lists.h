/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_LISTS_H
#define FDR_PLAN_LISTS_H

#include "bind.h"

/* Grows an array by one zeroed element and gives it; NULL: no memory, which is noted. */
void *fdr_bind_grow(void **v, size_t *n, size_t size, struct fdr_plan_errors *errors);

/*
 * Calls @cb for each item of a list that has one to @max of them.  False: it is none
 * such (reported).
 */
bool fdr_bind_items(struct fdr_bind *b, const char *what, yaml_node_t *value, size_t max,
		    void (*cb)(struct fdr_bind *b, yaml_node_t *item, void *userdata),
		    void *userdata);
/* A list of words, each given once. */
void fdr_bind_words(struct fdr_bind *b, const char *what, yaml_node_t *value,
		    struct fdr_plan_words *ret);
/* A list of conditions. */
void fdr_bind_cond_list(struct fdr_bind *b, const char *what, yaml_node_t *value,
			struct fdr_plan_conds *ret);

void fdr_plan_words_clear(struct fdr_plan_words *w);

#endif /* FDR_PLAN_LISTS_H */
