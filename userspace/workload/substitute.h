/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_WORKLOAD_SUBSTITUTE_H
#define FDR_WORKLOAD_SUBSTITUTE_H

#include "base/macro.h"

/* @text with each "{name}" as @number; to be freed.  NULL: out of memory. */
char *fdr_substitute(const char *text, const char *name, uint64_t number);

#endif /* FDR_WORKLOAD_SUBSTITUTE_H */
