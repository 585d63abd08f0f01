/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_SHA256_H
#define FDR_BASE_SHA256_H

#include "macro.h"

#define FDR_SHA256_TEXT	65	/* 64 hexadecimal digits and the NUL */

/* The SHA-256 (FIPS 180-4) of a text: which plan a run carried out. */
void fdr_sha256_text(const void *data, size_t size, char ret[FDR_SHA256_TEXT]);

#endif /* FDR_BASE_SHA256_H */
