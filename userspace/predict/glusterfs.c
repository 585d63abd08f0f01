// SPDX-License-Identifier: GPL-2.0-or-later
/* GlusterFS: a client gives a silent brick up after network.ping-timeout. */
#include "conf.h"
#include "kinds.h"

static int glusterfs_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			     struct fdr_prediction *ret, struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#", .blank = ":=" };
	int64_t ping, frame;
	struct fdr_conf c = { 0 };
	int r;

	(void)opts;
	r = fdr_conf_parse(texts->text[0], &style, &c, e);
	if (r < 0)
		return r;
	ping = fdr_conf_time_or(fdr_conf_anywhere(&c, "network.ping-timeout"), FDR_NS_PER_S,
				42 * FDR_NS_PER_S);
	frame = fdr_conf_time_or(fdr_conf_anywhere(&c, "network.frame-timeout"), FDR_NS_PER_S,
				 1800 * FDR_NS_PER_S);
	fdr_conf_clear(&c);
	if (ping)
		fdr_predict_range(ret, FDR_FAILURE_SILENT, FDR_DETECTED, ping, 2 * ping,
				  "network.ping-timeout %s after the first ping without an answer, and "
				  "pings come at most as far apart", fdr_predict_time(ping).s);
	else
		fdr_predict_never(ret, FDR_FAILURE_SILENT, FDR_DETECTED,
				  "network.ping-timeout is 0: a silent brick is waited for");
	fdr_predict_range(ret, FDR_FAILURE_REFUSED, FDR_DETECTED, 0, FDR_NS_PER_S,
			  "a connection that is reset is seen at once");
	fdr_predict_range(ret, FDR_FAILURE_HANG, FDR_DETECTED, frame, frame + 10 * FDR_NS_PER_S,
			  "network.frame-timeout %s, for a brick whose disk hangs still answers pings",
			  fdr_predict_time(frame).s);
	if (ping > frame)
		fdr_predict_remark(ret, FDR_REMARK_CONTRADICTION, "network.ping-timeout %s is longer "
				   "than network.frame-timeout %s", fdr_predict_time(ping).s,
				   fdr_predict_time(frame).s);
	return 0;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("what \"gluster volume info\" prints"),
};

const struct fdr_predict_ops fdr_predict_glusterfs = {
	.kind = { .name = "glusterfs", .summary = "a GlusterFS client giving a brick up",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = glusterfs_predict,
};
