// SPDX-License-Identifier: GPL-2.0-only
/* Several faults at once, as one. */
#include "rows.h"

#define PART(n, need)								\
	{ .name = "part" #n, .type = FAULTDRILL_PARAM_STRING, .required = (need),	\
	  .summary = "a fault as 'FAULT PARAMETER=VALUE ...'" }

static const struct fdr_param limp_params[] = {
	{ .name = "name", .type = FAULTDRILL_PARAM_STRING,
	  .summary = "what to call the bundle; for people only" },
	PART(1, true), PART(2, false), PART(3, false), PART(4, false), PART(5, false),
	PART(6, false),
};

const struct fdr_fault fdr_faults_composite[] = {
	{ .name = "limp", .family = "composite",
	  .summary = "a bundle of reversible faults with one id, one lease and one clear",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(limp_params), .ops = FDR_OPS(fdr_limp_ops) },
};

const unsigned int fdr_faults_composite_len = FDR_LEN(fdr_faults_composite);
