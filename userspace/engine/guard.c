// SPDX-License-Identifier: GPL-2.0-or-later
/* The plan's safety section, as it holds while the run goes on. */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "plan/target.h"
#include "plan/window.h"

int fdr_run_may_start(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_plan *p = run->plan;
	time_t now = (time_t)(fdr_clock_ns(CLOCK_REALTIME) / FDR_NS_PER_S);
	char all[256] = "", utc[32] = "";
	size_t n = 0;
	struct tm tm;

	for (size_t i = 0; i < p->safety.n_windows; i++) {
		if (fdr_window_holds(&p->safety.windows[i], now))
			return 0;
		if (n < sizeof(all))
			n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s", n ? "; " : "",
					      p->safety.windows[i].text);
	}
	if (!p->safety.n_windows)
		return 0;
	if (gmtime_r(&now, &tm))
		strftime(utc, sizeof(utc), "%a %Y-%m-%d %H:%M UTC", &tm);
	return fdr_err(e, -EPERM, "it is %s, outside the windows in which trials may start (%s): "
		       "'faultdrill run --resume' goes on then", utc, all);
}

static const char *text_of(const struct fdr_plan_cond *c, char *buf, size_t size)
{
	FILE *f = fmemopen(buf, size, "w");

	snprintf(buf, size, "a condition");
	if (f) {
		fdr_cond_print(f, c);
		fclose(f);
		buf[size - 1] = '\0';
	}
	return buf;
}

static int check_required(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_plan_conds *c = &run->plan->safety.require;
	char why[256], text[256];

	for (size_t i = 0; i < c->n; i++)
		if (!fdr_watch_since(run->watch, &c->v[i], true, fdr_now_ns(), why, sizeof(why)))
			return fdr_err(e, -EPERM, "safety.require: %s: %s",
				       text_of(&c->v[i], text, sizeof(text)),
				       *why ? why : "it does not hold");
	return 0;
}

int fdr_run_may_arm(struct fdr_run *run, struct fdr_error *e)
{
	struct fdr_broken v[FDR_RUN_INJECTIONS_MAX];
	size_t n = 0;
	int r;

	r = check_required(run, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < run->n_injections; i++) {
		const struct fdr_run_injection *in = &run->injections[i];

		if (in->node)
			v[n++] = (struct fdr_broken){ (size_t)(in->node - run->nodes),
						      in->step->at_ns, fdr_step_end(in->step) };
	}
	return fdr_safety_check(run->plan, v, n, e);
}

bool fdr_run_must_stop(struct fdr_run *run)
{
	const struct fdr_plan_conds *c = &run->plan->safety.stop_on;
	char why[256];

	for (size_t i = 0; !*run->stop_why && i < c->n; i++)
		if (fdr_watch_since(run->watch, &c->v[i], false, fdr_now_ns(), why, sizeof(why)))
			text_of(&c->v[i], run->stop_why, sizeof(run->stop_why));
	return *run->stop_why;
}

int fdr_run_stop_error(struct fdr_run *run, struct fdr_error *e)
{
	fdr_run_phase(run, "stopped");
	return fdr_err(e, -EPERM, "safety.stop_on: %s: every fault is cleared, and the run ends",
		       run->stop_why);
}
