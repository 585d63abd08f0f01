// SPDX-License-Identifier: GPL-2.0-or-later
#include "milestone.h"

const char *const fdr_milestone_names[FDR_MILESTONE_COUNT] = {
	[FDR_ONSET] = "onset",
	[FDR_FIRST_ERROR] = "first_error",
	[FDR_SUSPECTED] = "suspected",
	[FDR_DETECTED] = "detected",
	[FDR_ISOLATED] = "isolated",
	[FDR_PROMOTED] = "promoted",
	[FDR_SERVED] = "served",
	[FDR_REDUNDANT] = "redundant",
	[FDR_FAILED_BACK] = "failed_back",
};
