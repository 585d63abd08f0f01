// SPDX-License-Identifier: GPL-2.0-or-later
/* chrony: a clock that is wrong shows in the next answer of a source. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "kinds.h"

#define S	FDR_NS_PER_S

/* chrony.conf(5): the power of two of seconds; outside of -7 to 24 chronyd does not start. */
static int poll_of(const struct fdr_conf *c, size_t at, const char *key, int def, int *ret,
		   struct fdr_error *e)
{
	size_t i = fdr_conf_has(c, at, 2, key);
	char *end;
	long v;

	*ret = def;
	if (!i)
		return 0;
	v = strtol(fdr_conf_word(c, at, i + 1), &end, 10);
	if (end == fdr_conf_word(c, at, i + 1) || *end || v < -7 || v > 24)
		return fdr_err(e, -EINVAL, "line %u: '%s %s': from -7 to 24", c->v[at].line, key,
			       fdr_conf_word(c, at, i + 1));
	*ret = (int)v;
	return 0;
}

static int64_t interval(int power)
{
	return power < 0 ? S >> -power : S << power;
}

/* The longest that any source is not asked; *@ret_n sources. */
static int slowest(const struct fdr_conf *c, int64_t *ret, size_t *ret_n, struct fdr_error *e)
{
	static const char *const words[] = { "server", "pool", "peer" };

	*ret = 0;
	*ret_n = 0;
	for (size_t w = 0; w < FDR_ARRAY_LEN(words); w++) {
		size_t at = FDR_CONF_NONE;

		while ((at = fdr_conf_next(c, FDR_CONF_NONE, words[w], at)) != FDR_CONF_NONE) {
			int64_t each;
			int min, max, r;

			r = poll_of(c, at, "minpoll", 6, &min, e);
			if (!r)
				r = poll_of(c, at, "maxpoll", 10, &max, e);
			if (r < 0)
				return r;
			each = interval(max > min ? max : min);
			*ret = each > *ret ? each : *ret;
			++*ret_n;
		}
	}
	return 0;
}

/* How what is wrong is put right: in a step, slowly, or never. */
static void remark_makestep(const struct fdr_conf *c, struct fdr_prediction *p)
{
	size_t at = fdr_conf_next(c, FDR_CONF_NONE, "makestep", FDR_CONF_NONE);
	const char *slew = fdr_conf_anywhere(c, "maxslewrate");
	double rate = slew ? strtod(slew, NULL) : 83333.333;
	long times = at == FDR_CONF_NONE ? 0 : strtol(fdr_conf_word(c, at, 2), NULL, 10);

	if (times < 0)
		return;
	if (rate > 0)
		fdr_predict_remark(p, FDR_REMARK_RISK, "a clock that is wrong after %s is slewed, by "
				   "maxslewrate %.0f ppm at most: %.0f s for each second that it is "
				   "wrong, in which CLOCK_MONOTONIC runs at a wrong rate too",
				   times ? "makestep's first corrections" : "the start (no makestep)",
				   rate, 1e6 / rate);
}

static int chrony_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			  struct fdr_prediction *ret, struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#!;%" };
	struct fdr_conf c = { 0 };
	int64_t most, poll = (int64_t)fdr_opts_num(opts, "poll");
	size_t n;
	int r;

	r = fdr_conf_parse(texts->text[0], &style, &c, e);
	if (!r)
		r = slowest(&c, &most, &n, e);
	if (!r && !n)
		fdr_predict_never(ret, FDR_FAILURE_CLOCK, FDR_DETECTED,
				  "there is no server, pool or peer to compare the clock with");
	else if (!r)
		/* ntp_core.c: SAMPLING_RANDOMNESS, two hundredths, is added to each interval. */
		fdr_predict_range(ret, FDR_FAILURE_CLOCK, FDR_DETECTED, 0,
				  most + most / 50 + poll,
				  "at the next question to a source, at most 2^maxpoll s (%s) and a "
				  "fiftieth away, and up to %s until chronyd is asked",
				  fdr_predict_time(most).s, fdr_predict_time(poll).s);
	if (!r && n) {
		fdr_predict_remark(ret, FDR_REMARK_NOTE, "of a clock that jumps ahead: when it is set back, "
				   "chronyd's timers, which go by it, come as much later and more; one that "
				   "drifts is noticed once it is as wrong as the drill looks for");
		remark_makestep(&c, ret);
	}
	if (!r && fdr_conf_anywhere(&c, "maxchange"))
		fdr_predict_remark(ret, FDR_REMARK_RISK, "maxchange: chronyd ends itself when a clock "
				   "is more wrong than that, and the clock stays so");
	fdr_conf_clear(&c);
	return r;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("chrony.conf"),
	{ .name = "poll", .type = FDR_OPT_TIME, .def = "0s", .max = 3600000000000,
	  .summary = "how often chronyd is asked what it thinks" },
};

const struct fdr_predict_ops fdr_predict_chrony = {
	.kind = { .name = "chrony", .summary = "chrony seeing that the clock is wrong",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = chrony_predict,
};
