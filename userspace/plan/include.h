/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_INCLUDE_H
#define FDR_PLAN_INCLUDE_H

#include "errors.h"
#include "yaml.h"

/* One file includes another so deep, and so many in all. */
#define FDR_INCLUDE_DEPTH_MAX	8
#define FDR_INCLUDES_MAX	32

/*
 * Reads what the plan @doc of p->path includes, and merges it into @doc: sections by
 * name, their keys by name.  From the disk, or, with @kept (an array of {path, text}),
 * from there alone.  What was read is in p->included; nodes tell their file.
 * -EINVAL with @errors filled, -ENOMEM.
 */
int fdr_plan_include(yaml_document_t *doc, struct fdr_plan *p, bool from_disk, const json_t *kept,
		     struct fdr_plan_errors *errors);

#endif /* FDR_PLAN_INCLUDE_H */
