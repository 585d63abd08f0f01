/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_REPORT_FINDINGS_H
#define FDR_REPORT_FINDINGS_H

#include "result/result.h"

/* What a result says, in sentences; the text and the HTML report print the same. */
enum fdr_finding_level { FDR_FINDING_GOOD, FDR_FINDING_NOTE, FDR_FINDING_WARN };

struct fdr_finding {
	enum fdr_finding_level level;
	char text[400];
};

struct fdr_findings {
	char headline[256], subline[320];
	struct fdr_finding v[48];
	size_t n;
};

void fdr_findings(const struct fdr_result *r, struct fdr_findings *ret);

/* Adds a sentence; one too many is left out. */
void fdr_find(struct fdr_findings *f, enum fdr_finding_level level, const char *fmt, ...)
	FDR_PRINTF(3, 4);

/* findings-quiet.c: of a watch in which nothing was broken, the headline and all else */
void fdr_findings_quiet(const struct fdr_result *r, struct fdr_findings *f);

/* findings-predict.c: adds what configuration promised. */
void fdr_findings_predicted(const struct fdr_result *r, struct fdr_findings *f);

/* findings-rescue.c: adds who did not come back without help. */
void fdr_find_rescues(const struct fdr_result *r, struct fdr_findings *f);

/* A predicted range for a milestone; false if there is none.  *ret_why may be NULL. */
bool fdr_expected(const struct fdr_result *r, size_t milestone, struct fdr_interval *ret,
		  const char **ret_why);

/*
 * How many trials lie outside a range (an object of JSON: "lo_ns", "hi_ns", and "slack_ns" at
 * either end) for certain; *ret_unsure: how many may or may not.
 */
size_t fdr_find_outside(const struct fdr_result *r, size_t milestone, const json_t *range,
			size_t *ret_unsure);

#endif /* FDR_REPORT_FINDINGS_H */
