// SPDX-License-Identifier: GPL-2.0-or-later
/* MariaDB and MySQL: a replica that no longer hears its primary. */
#include "conf.h"
#include "kinds.h"

#define S	FDR_NS_PER_S

static int mariadb_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			   struct fdr_prediction *ret, struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#;", .blank = "=", .alike = "_-" };
	int64_t beat = (int64_t)fdr_opts_num(opts, "heartbeat"), net;
	struct fdr_conf c = { 0 };
	int r;

	r = fdr_conf_parse(texts->text[0], &style, &c, e);
	if (r < 0)
		return r;
	net = fdr_conf_time_or(fdr_conf_anywhere(&c, "slave_net_timeout"), S, 60 * S);
	fdr_conf_clear(&c);
	if (!fdr_opts_given(opts, "heartbeat"))
		beat = net / 2;
	for (int f = FDR_FAILURE_SILENT; f <= FDR_FAILURE_HANG; f += FDR_FAILURE_HANG)
		fdr_predict_range(ret, (enum fdr_failure)f, FDR_DETECTED, net - beat, net + S,
				  "slave_net_timeout %s since the primary was last heard, at most a "
				  "heartbeat (%s) before", fdr_predict_time(net).s,
				  fdr_predict_time(beat).s);
	fdr_predict_range(ret, FDR_FAILURE_REFUSED, FDR_DETECTED, 0, S,
			  "a connection that is reset is seen at once");
	if (beat >= net)
		fdr_predict_remark(ret, FDR_REMARK_CONTRADICTION, "heartbeats come every %s, later than "
				   "slave_net_timeout %s: a replica in peace reconnects for ever",
				   fdr_predict_time(beat).s, fdr_predict_time(net).s);
	return 0;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("my.cnf of the replica"),
	{ .name = "heartbeat", .type = FDR_OPT_TIME, .min = 1000000, .max = 4294967000000000,
	  .summary = "MASTER_HEARTBEAT_PERIOD; absent: half of slave_net_timeout" },
};

const struct fdr_predict_ops fdr_predict_mariadb = {
	.kind = { .name = "mariadb", .summary = "a replica of MariaDB or MySQL losing its primary",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = mariadb_predict,
};
