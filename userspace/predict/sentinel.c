// SPDX-License-Identifier: GPL-2.0-or-later
/* Redis Sentinel: subjectively down, objectively down, elected, promoted. */
#include <errno.h>
#include <string.h>

#include "conf.h"
#include "kinds.h"

#define S		FDR_NS_PER_S
#define PERIOD		S			/* of pings, and of asking the others */
#define TICK		(100 * FDR_NS_PER_MS)	/* Sentinel looks at the clock so often */
#define DESYNC		S			/* added at random before a failover */
#define ELECTION	(10 * S)

/* Word @i of "sentinel KEY MASTER ..."; the last such line counts. */
static const char *word(const struct fdr_conf *c, const char *key, const char *master, size_t i)
{
	const char *found = NULL;

	for (size_t at = 0; at < c->n; at++)
		if (!strcmp(fdr_conf_word(c, at, 0), "sentinel") &&
		    !strcmp(fdr_conf_word(c, at, 1), key) &&
		    !strcmp(fdr_conf_word(c, at, 2), master))
			found = fdr_conf_word(c, at, i);
	return found;
}

static void predict_down(int64_t down, int64_t failover, struct fdr_prediction *p)
{
	int64_t ping = down < PERIOD ? down : PERIOD, sdown = down + ping + TICK;
	int64_t odown = sdown + PERIOD + TICK;
	int64_t elect = failover < ELECTION ? failover : ELECTION;

	for (int f = FDR_FAILURE_SILENT; f <= FDR_FAILURE_HANG; f++) {
		fdr_predict_range(p, (enum fdr_failure)f, FDR_SUSPECTED, down, sdown,
				  "+sdown: down-after-milliseconds %s since the first ping (every %s) "
				  "without an answer", fdr_predict_time(down).s,
				  fdr_predict_time(ping).s);
		fdr_predict_range(p, (enum fdr_failure)f, FDR_DETECTED, down, odown,
				  "+odown: +sdown (%s), and up to %s until the quorum has agreed",
				  fdr_predict_time(down).s, fdr_predict_time(PERIOD).s);
		fdr_predict_range(p, (enum fdr_failure)f, FDR_PROMOTED, down,
				  odown + DESYNC + elect, "+odown, up to %s drawn, and an election "
				  "of at most %s", fdr_predict_time(DESYNC).s,
				  fdr_predict_time(elect).s);
	}
}

static int sentinel_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			    struct fdr_prediction *ret, struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#" };
	unsigned long sentinels = (unsigned long)fdr_opts_num(opts, "sentinels"), quorum;
	const char *master = fdr_opts_str(opts, "master"), *votes;
	int64_t down, failover;
	struct fdr_conf c = { 0 };
	int r;

	r = fdr_conf_parse(texts->text[0], &style, &c, e);
	if (r < 0)
		return r;
	votes = word(&c, "monitor", master, 5);
	quorum = votes ? strtoul(votes, NULL, 10) : 0;
	down = fdr_conf_time_or(word(&c, "down-after-milliseconds", master, 3), FDR_NS_PER_MS, 30 * S);
	failover = fdr_conf_time_or(word(&c, "failover-timeout", master, 3), FDR_NS_PER_MS, 180 * S);
	fdr_conf_clear(&c);
	if (!votes)
		return fdr_err(e, -ENOENT, "there is no \"sentinel monitor %.60s\"", master);
	predict_down(down, failover, ret);
	if (sentinels && quorum > sentinels)
		for (int f = 0; f < FDR_FAILURE_COUNT; f++)
			fdr_predict_never(ret, (enum fdr_failure)f, FDR_DETECTED, "quorum %lu of %lu "
					  "Sentinels cannot be reached", quorum, sentinels);
	else if (sentinels && quorum > (sentinels + 1) / 2)
		fdr_predict_remark(ret, FDR_REMARK_RISK, "quorum %lu of %lu Sentinels: few of them may "
				   "be lost together with the master", quorum, sentinels);
	if (sentinels && sentinels < 3)
		fdr_predict_remark(ret, FDR_REMARK_RISK, "%lu Sentinel%s: where one goes with the master "
				   "no majority is left to fail over", sentinels,
				   sentinels == 1 ? "" : "s");
	fdr_predict_remark(ret, FDR_REMARK_NOTE, "where Sentinels stand for election at once, and none "
			   "gets a majority, the failover is given up after %s and not tried again "
			   "for %s from its beginning",
			   fdr_predict_time(failover < ELECTION ? failover : ELECTION).s,
			   fdr_predict_time(2 * failover).s);
	if (failover < down)
		fdr_predict_remark(ret, FDR_REMARK_CONTRADICTION, "failover-timeout %s is shorter than "
				   "down-after-milliseconds %s", fdr_predict_time(failover).s,
				   fdr_predict_time(down).s);
	return 0;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("sentinel.conf"),
	{ .name = "master", .type = FDR_OPT_STRING, .def = "mymaster",
	  .summary = "the master's name" },
	{ .name = "sentinels", .type = FDR_OPT_U64, .min = 1, .max = 1000,
	  .summary = "how many Sentinels there are: are they enough?" },
};

const struct fdr_predict_ops fdr_predict_sentinel = {
	.kind = { .name = "sentinel", .summary = "Redis Sentinel failing a master over",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = sentinel_predict,
};
