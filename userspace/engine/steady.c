// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <errno.h>

#include "base/loop.h"

/* How often "why not yet" is looked at for the progress. */
#define LOOK_NS		(50 * FDR_NS_PER_MS)
#define TELL_NS		(5 * FDR_NS_PER_S)

int fdr_run_steady(struct fdr_run *run, int64_t deadline_ns, struct fdr_error *e)
{
	int64_t hold_ns = (int64_t)run->plan->steady.hold_ns, told_ns = fdr_now_ns();
	int64_t pause_ns = run->trial > 1 ? (int64_t)run->plan->trials.cooldown_ns : 0;
	int64_t from_ns = told_ns, rested_ns = 0;
	char why[256] = "";
	int r;

	for (;;) {
		int64_t now = fdr_now_ns(), since = fdr_watch_steady_since(run->watch, now, why,
									   sizeof(why));

		/* The pause begins once it has held again; in its end it must hold, too. */
		if (since && now >= since + hold_ns && !rested_ns)
			rested_ns = now + pause_ns;
		if (since && now >= since + hold_ns && now >= rested_ns)
			break;
		if (now >= deadline_ns + pause_ns)
			return fdr_err(e, -ETIMEDOUT, "no steady state within %.0f s: %s",
				       (double)(now - from_ns) / 1e9,
				       since ? "it did not hold" : why);
		if (!since && now - told_ns >= TELL_NS) {
			fdr_run_say(run, "waiting for the steady state: %s", why);
			told_ns = now;
		}
		r = fdr_loop_sleep_until(run->loop, now + LOOK_NS);
		if (r < 0)
			return fdr_err(e, r, r == -ECANCELED ? "interrupted" :
				       "the event loop failed");
	}
	fdr_run_lateness_begin(run);
	fdr_run_phase(run, "steady");
	return 0;
}
