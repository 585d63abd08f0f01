/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_MILESTONE_H
#define FDR_BASE_MILESTONE_H

/* The instants of a trial, in the order in which a report lists them. */
enum fdr_milestone {
	FDR_ONSET, FDR_FIRST_ERROR, FDR_SUSPECTED, FDR_DETECTED, FDR_ISOLATED,
	FDR_PROMOTED, FDR_SERVED, FDR_REDUNDANT, FDR_FAILED_BACK,
	FDR_MILESTONE_COUNT
};

/* As plans and results write them: "onset", "first_error" ... */
extern const char *const fdr_milestone_names[FDR_MILESTONE_COUNT];

#endif /* FDR_BASE_MILESTONE_H */
