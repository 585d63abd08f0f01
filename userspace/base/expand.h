/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_EXPAND_H
#define FDR_BASE_EXPAND_H

#include "macro.h"

/*
 * "10.0.0.[1-200]:80" stands for 200 texts, "db[01-16]" for db01 to db16; several ranges in
 * one text for all their combinations.  Other brackets, as of "[::1]:80", mean nothing.
 * -EINVAL: a range runs backwards; -ENAMETOOLONG: over 1000 characters.
 */

/* How many texts; UINT32_MAX stands for that many or more. */
int fdr_expand_count(const char *text, uint32_t *ret);
/* In order; a non-zero return from cb stops and is returned. */
int fdr_expand(const char *text, int (*cb)(void *userdata, const char *one), void *userdata);

#endif /* FDR_BASE_EXPAND_H */
