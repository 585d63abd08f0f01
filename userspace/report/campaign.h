/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_REPORT_CAMPAIGN_H
#define FDR_REPORT_CAMPAIGN_H

#include "result/result.h"

/* A campaign's results, cell by cell; UTF-8, as in report.h. */

struct fdr_campaign_row {
	const char *label, *plan;
	char page[64];			/* its report, from the campaign's folder; "" = none */
	struct fdr_result *result;	/* all its runs in one; NULL: none was carried out */
	unsigned int runs;		/* that came to their end */
	unsigned int trials_planned;	/* 0: a soak, which does not plan them */
};

struct fdr_campaign_results {
	const char *name, *description, *version;
	uint64_t seed;
	bool soak;
	int64_t started_real_ns;
	struct fdr_campaign_row *rows;
	size_t n;
	unsigned int runs, runs_planned;	/* complete, and in all; a soak: 0 */
	unsigned int trials, failures;
	enum fdr_verdict verdict;	/* that of the worst cell; aborted: there is more to do */
	char reason[256];
};

/* Fills in the verdict from the rows.  @ended: there is nothing left to do. */
void fdr_campaign_judge(struct fdr_campaign_results *x, bool ended);

void fdr_campaign_text(FILE *f, const struct fdr_campaign_results *x, bool color);
void fdr_campaign_html(FILE *f, const struct fdr_campaign_results *x);
/* For programs: -ENOMEM, -EIO or 0, and ferror() tells of the rest. */
int fdr_campaign_json(FILE *f, const struct fdr_campaign_results *x);
int fdr_campaign_csv(FILE *f, const struct fdr_campaign_results *x);
int fdr_campaign_junit(FILE *f, const struct fdr_campaign_results *x);

/* Whether any cell measured it: the columns of the tables. */
bool fdr_campaign_has(const struct fdr_campaign_results *x, size_t milestone);
/* The longest of all times that the tables show. */
int64_t fdr_campaign_longest(const struct fdr_campaign_results *x);
/* "3 of 20", "3"; "–" where there is nothing. */
void fdr_campaign_trials(const struct fdr_campaign_row *row, char *buf, size_t size);
/* What a cell says beside its times: "never detected in 2 of 5 trials; ..."; "" = nothing. */
void fdr_campaign_remarks(const struct fdr_campaign_row *row, char *buf, size_t size);

#endif /* FDR_REPORT_CAMPAIGN_H */
