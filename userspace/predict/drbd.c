// SPDX-License-Identifier: GPL-2.0-or-later
/* DRBD: a peer that is silent, and a disk that hangs. */
#include "conf.h"
#include "kinds.h"

#define TENTH	(FDR_NS_PER_S / 10)

static int drbd_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			struct fdr_prediction *ret, struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#", .end = ";", .braces = true };
	int64_t timeout, ping_int, ping_timeout, disk;
	struct fdr_conf c = { 0 };
	bool no_ko;
	int r;

	(void)opts;
	r = fdr_conf_parse(texts->text[0], &style, &c, e);
	if (r < 0)
		return r;
	timeout = fdr_conf_time_or(fdr_conf_anywhere(&c, "timeout"), TENTH, 60 * TENTH);
	ping_int = fdr_conf_time_or(fdr_conf_anywhere(&c, "ping-int"), FDR_NS_PER_S,
				    10 * FDR_NS_PER_S);
	ping_timeout = fdr_conf_time_or(fdr_conf_anywhere(&c, "ping-timeout"), TENTH, 5 * TENTH);
	disk = fdr_conf_time_or(fdr_conf_anywhere(&c, "disk-timeout"), TENTH, 0);
	no_ko = fdr_conf_time_or(fdr_conf_anywhere(&c, "ko-count"), 1, 7) == 0;
	fdr_conf_clear(&c);
	/*
	 * The peer is asked once nothing has come for a whole turn of ping-int: in a turn
	 * that had begun when the last packet came, that is not yet so at its end.
	 */
	fdr_predict_range(ret, FDR_FAILURE_SILENT, FDR_DETECTED, ping_timeout,
			  2 * ping_int + ping_timeout, "ping-timeout %s, after up to two turns of "
			  "ping-int %s: the one of the last packet, and one without any",
			  fdr_predict_time(ping_timeout).s, fdr_predict_time(ping_int).s);
	fdr_predict_range(ret, FDR_FAILURE_REFUSED, FDR_DETECTED, 0, ping_timeout,
			  "a connection that is reset is seen at once");
	if (disk)
		fdr_predict_range(ret, FDR_FAILURE_HANG, FDR_DETECTED, disk, disk + timeout,
				  "disk-timeout %s", fdr_predict_time(disk).s);
	else
		fdr_predict_never(ret, FDR_FAILURE_HANG, FDR_DETECTED, "disk-timeout is 0: a backing "
				  "disk that hangs is waited for without end");
	if (timeout >= ping_int)
		fdr_predict_remark(ret, FDR_REMARK_CONTRADICTION, "timeout %s is not below ping-int "
				   "%s", fdr_predict_time(timeout).s, fdr_predict_time(ping_int).s);
	if (no_ko)
		fdr_predict_remark(ret, FDR_REMARK_RISK, "ko-count 0: a peer that answers pings and "
				   "finishes no write is never given up");
	return 0;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("drbd's resource file, or what \"drbdadm dump\" prints"),
};

const struct fdr_predict_ops fdr_predict_drbd = {
	.kind = { .name = "drbd", .summary = "DRBD's view of its peer and its disk",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = drbd_predict,
};
