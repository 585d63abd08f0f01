// SPDX-License-Identifier: GPL-2.0-or-later
/* Ganglia: a host counts as down when nothing came from it for four times host_tmax. */
#include <errno.h>

#include "conf.h"
#include "kinds.h"

#define S	FDR_NS_PER_S

/* How often the heartbeat is sent at the latest: time_threshold of its group. */
static int64_t heartbeat(const struct fdr_conf *c)
{
	for (size_t i = 0; i < c->n; i++) {
		size_t metric = c->v[i].parent;
		const char *threshold;

		if (metric == FDR_CONF_NONE || !fdr_conf_has(c, i, 1, "heartbeat"))
			continue;
		threshold = fdr_conf_value(c, c->v[metric].parent, "time_threshold");
		return fdr_conf_time_or(threshold, S, 20 * S);
	}
	return 20 * S;
}

static int ganglia_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			   struct fdr_prediction *ret, struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#", .blank = "=", .braces = true };
	int64_t tmax, beat, poll = (int64_t)fdr_opts_num(opts, "poll");
	struct fdr_conf c = { 0 };
	int r;

	r = fdr_conf_parse(texts->text[0], &style, &c, e);
	if (r < 0)
		return r;
	tmax = fdr_conf_time_or(fdr_conf_anywhere(&c, "host_tmax"), S, 20 * S);
	beat = heartbeat(&c);
	fdr_conf_clear(&c);
	fdr_predict_range(ret, FDR_FAILURE_SILENT, FDR_DETECTED, 4 * tmax - beat, 4 * tmax + S + poll,
			  "4 x host_tmax %s, less up to heartbeat %s that is past, counted in whole "
			  "seconds, and up to %s until gmetad asks", fdr_predict_time(tmax).s,
			  fdr_predict_time(beat).s, fdr_predict_time(poll).s);
	for (int f = FDR_FAILURE_REFUSED; f <= FDR_FAILURE_HANG; f++)
		fdr_predict_never(ret, (enum fdr_failure)f, FDR_DETECTED,
				  "Ganglia watches hosts by their gmond, and no service on them");
	if (beat > 4 * tmax)
		fdr_predict_remark(ret, FDR_REMARK_CONTRADICTION, "the heartbeat comes every %s, but a "
				   "host counts as down after 4 x %s", fdr_predict_time(beat).s,
				   fdr_predict_time(tmax).s);
	return 0;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("gmond.conf of the collector"),
	{ .name = "poll", .type = FDR_OPT_TIME, .def = "15s", .max = 3600000000000,
	  .summary = "how often gmetad, or the probe, asks" },
};

const struct fdr_predict_ops fdr_predict_ganglia = {
	.kind = { .name = "ganglia", .summary = "Ganglia's view of a host",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = ganglia_predict,
};
