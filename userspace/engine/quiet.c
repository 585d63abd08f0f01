// SPDX-License-Identifier: GPL-2.0-or-later
/* A trial in which nothing is injected: what do the detectors say of a sound system? */
#include "run.h"

#include <errno.h>

#include "base/loop.h"

#define LOOK_NS		(50 * FDR_NS_PER_MS)
#define TELL_NS		(30 * FDR_NS_PER_S)

int fdr_run_watch_quietly(struct fdr_run *run, int64_t deadline_ns, struct fdr_error *e)
{
	int64_t told_ns, end_ns, watch_ns = (int64_t)run->plan->trials.watch_ns;
	int r = fdr_run_steady(run, deadline_ns, e);

	if (r < 0)
		return r;
	told_ns = fdr_now_ns();
	end_ns = told_ns + watch_ns;
	fdr_run_say(run, "steady; nothing is injected, watching for %.0f s", (double)watch_ns / 1e9);
	for (int64_t now = told_ns; now < end_ns; now = fdr_now_ns()) {
		if (fdr_run_must_stop(run))
			return fdr_run_stop_error(run, e);
		if (now - told_ns >= TELL_NS) {
			fdr_run_say(run, "watching, %.0f s to go", (double)(end_ns - now) / 1e9);
			told_ns = now;
		}
		r = fdr_loop_sleep_until(run->loop, now + LOOK_NS < end_ns ? now + LOOK_NS : end_ns);
		if (r < 0)
			return fdr_err(e, r, r == -ECANCELED ? "interrupted" :
				       "the event loop failed");
	}
	fdr_run_phase(run, "watched");
	fdr_run_lateness_end(run);
	fdr_run_phase(run, "recovered");
	/* As after a fault: what was acknowledged is to be there. */
	r = fdr_run_read_ledgers(run, e);
	if (r < 0)
		return r;
	fdr_run_phase(run, "end");
	return 0;
}
