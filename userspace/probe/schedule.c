// SPDX-License-Identifier: GPL-2.0-or-later
#include "schedule.h"

/* Questions a turn of the loop: a schedule that lags must not keep the answers waiting. */
#define BURST	32

static int64_t instant(const struct fdr_schedule *s, uint64_t turn)
{
	return s->start_ns + (int64_t)(turn / s->n) * s->interval_ns +
	       (int64_t)(turn % s->n) * s->interval_ns / (int64_t)s->n;
}

/* Passes over what is due again by @now_ns. */
static void skip(struct fdr_schedule *s, int64_t now_ns)
{
	int64_t behind_ns = now_ns - s->interval_ns - s->start_ns, late_ns;
	uint64_t turn = s->turn, whole;

	late_ns = now_ns - instant(s, turn);
	if (late_ns < s->interval_ns)
		return;
	whole = (uint64_t)(behind_ns / s->interval_ns) * s->n;
	if (whole > turn)
		turn = whole;
	while (instant(s, turn) <= now_ns - s->interval_ns)
		turn++;
	fdr_lateness_skipped(s->lateness, turn - s->turn, late_ns);
	s->turn = turn;
}

static void on_timer(void *userdata, int64_t when)
{
	struct fdr_schedule *s = userdata;

	(void)when;
	for (int i = 0; i < BURST; i++) {
		int64_t now = fdr_now_ns(), at;

		skip(s, now);
		at = instant(s, s->turn);
		if (at > now)
			break;
		if (s->ask(s->userdata, (size_t)(s->turn++ % s->n)))
			fdr_lateness_asked(s->lateness, now - at);
		else
			fdr_lateness_skipped(s->lateness, 1, now - at);
	}
	fdr_poll_timer_set(s->timer, instant(s, s->turn));
}

int fdr_schedule_start(struct fdr_schedule *s, const struct fdr_probe_env *env,
		       int64_t interval_ns, size_t n, bool (*ask)(void *userdata, size_t target),
		       void *userdata)
{
	int r;

	*s = (struct fdr_schedule){ .lateness = env->lateness, .start_ns = fdr_now_ns(),
				    .interval_ns = interval_ns, .n = n, .ask = ask,
				    .userdata = userdata };
	r = fdr_poller_add_timer(env->poller, on_timer, s, &s->timer);
	return r < 0 ? r : fdr_poll_timer_set(s->timer, s->start_ns);
}

void fdr_schedule_stop(struct fdr_schedule *s)
{
	s->timer = fdr_poll_timer_free(s->timer);
}
