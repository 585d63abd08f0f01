/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_JUDGE_H
#define FDR_ENGINE_JUDGE_H

#include "raw.h"

/* Why a trial might be no evidence, beside its milestones. */
struct fdr_doubts {
	int64_t quiet_ns;		/* nothing was injected for so long; 0: something was */
	unsigned int alarms;		/* false positives meanwhile */
	const char *no_onset;		/* NULL: it is known */
	const char *unseen;		/* a victim whose own onset is not; NULL: none */
	const char *unseen_why;
	const char *stopped;		/* why the run ended within this trial; NULL: it did not */
	const char *blind;		/* a probe that could not see; NULL: none */
	const char *unread;		/* data that could not be read back; NULL or "": none */
	bool agent_lost;		/* a fault that ends by itself may have ended early */
	int64_t send_late_max_ns;	/* our own lateness that is still acceptable */
	int64_t ask_late_max_ns;	/* the same, of probes; 0 = any */
};

/* Fills in the verdict and the reason.  @expect: the plan's ranges, or NULL. */
void fdr_judge_trial(struct fdr_result_trial *t, const json_t *expect,
		     const struct fdr_doubts *doubts);
/* From the trials, the gates, and from how the run ended ("complete", "interrupted" ...). */
void fdr_judge_run(struct fdr_result *r, const char *outcome, const char *reason);

#endif /* FDR_ENGINE_JUDGE_H */
