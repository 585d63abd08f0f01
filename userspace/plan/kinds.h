/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_KINDS_H
#define FDR_PLAN_KINDS_H

#include "bind.h"

/*
 * "{ssh: {host: node1}}", or "local" where no option is needed: one kind of
 * @kinds with its options.  *ret_index is the kind's; false: reported, and
 * ret->kind may be set all the same.
 */
bool fdr_bind_kind(struct fdr_bind *b, const char *what, const struct fdr_kind *const *kinds,
		   size_t n_kinds, yaml_node_t *node, struct fdr_opts *ret, size_t *ret_index,
		   struct fdr_place *ret_place);

/* The faults as fdr_bind_kind() wants them; to be freed.  NULL: no memory. */
const struct fdr_kind **fdr_fault_kinds(const struct fdr_vocabulary *v);

#endif /* FDR_PLAN_KINDS_H */
