/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_YAML_H
#define FDR_PLAN_YAML_H

#include <yaml.h>

#include "plan.h"

#define FDR_PLAN_SIZE_MAX	(1024 * 1024)
#define FDR_PLAN_DEPTH_MAX	16

/*
 * Where a node stands.  Its offset in bytes is of no use to anybody: that member
 * holds the number of the file (fdr_yaml_mark_file()).
 */
static inline struct fdr_place fdr_yaml_place(const yaml_node_t *n)
{
	return (struct fdr_place){ (unsigned int)n->start_mark.line + 1,
				   (unsigned int)n->start_mark.column + 1,
				   (unsigned int)n->start_mark.index };
}

/*
 * Reads @text as one YAML document into libyaml's tree.  Strict: one document,
 * no anchors, aliases or tags, nothing nested deeper than FDR_PLAN_DEPTH_MAX.
 * -EINVAL with @errors filled; the document is then not to be deleted.
 */
int fdr_yaml_read(const char *text, size_t size, yaml_document_t *ret,
		  struct fdr_plan_errors *errors);

/* Says of all nodes that they stand in @file; fdr_yaml_read() says 0, the plan itself. */
void fdr_yaml_mark_file(yaml_document_t *doc, unsigned int file);

/* Reads a whole file; refuses what cannot be a plan.  -EINVAL fills @errors. */
int fdr_yaml_slurp(const char *path, char **ret, size_t *ret_size,
		   struct fdr_plan_errors *errors);

#endif /* FDR_PLAN_YAML_H */
