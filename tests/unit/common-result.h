/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_TESTS_COMMON_RESULT_H
#define FDR_TESTS_COMMON_RESULT_H

#include "result/result.h"

enum sample_kind {
	SAMPLE_QUIET,		/* no user noticed */
	SAMPLE_OUTAGE,		/* requests failed until the detector acted */
	SAMPLE_BLIND,		/* nothing was ever detected */
};

/* A result of @n trials as a run would leave it; the same for the same arguments. */
struct fdr_result *sample_result(size_t n, enum sample_kind kind);

#endif /* FDR_TESTS_COMMON_RESULT_H */
