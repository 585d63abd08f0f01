/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_TEST_PREDICT_H
#define FDR_TEST_PREDICT_H

#include "predict/predict.h"

#define MS(n)	((int64_t)(n) * FDR_NS_PER_MS)

/*
 * Predicts @kind from @texts (in the order of its files); @opts is "a=b;c=d".  What
 * cannot be predicted fails the test, unless @ret_error is given to hold the reason.
 */
struct fdr_prediction test_predict(const char *kind, const char *opts, const char *const texts[],
				   char *ret_error, size_t size);
/* The range, in ms, and not "never". */
void test_range(const struct fdr_prediction *p, enum fdr_failure f, enum fdr_milestone m,
		int64_t lo_ms, int64_t hi_ms);
void test_never(const struct fdr_prediction *p, enum fdr_failure f, enum fdr_milestone m,
		const char *why);
/* A remark of that level holds @text; or none of it does. */
void test_remark(const struct fdr_prediction *p, enum fdr_remark_level level, const char *text);
void test_no_remark(const struct fdr_prediction *p, enum fdr_remark_level level);

#endif /* FDR_TEST_PREDICT_H */
