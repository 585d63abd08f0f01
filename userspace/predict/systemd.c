// SPDX-License-Identifier: GPL-2.0-or-later
/* systemd: its watchdog over a service, and the machine's over systemd. */
#include <string.h>

#include "conf.h"
#include "kinds.h"

#define S	FDR_NS_PER_S

static const struct fdr_conf_style style = { .comment = "#;", .blank = "=" };

static void predict_service(const struct fdr_conf *c, struct fdr_prediction *p)
{
	int64_t watch = fdr_conf_time_or(fdr_conf_anywhere(c, "WatchdogSec"), S, 0);
	const char *restart = fdr_conf_anywhere(c, "Restart"), *type = fdr_conf_anywhere(c, "Type");

	if (watch)
		fdr_predict_range(p, FDR_FAILURE_HANG, FDR_DETECTED, watch / 2, watch + S,
				  "WatchdogSec %s since the service last said that it is well, as a "
				  "rule at most half of it before", fdr_predict_time(watch).s);
	else
		fdr_predict_never(p, FDR_FAILURE_HANG, FDR_DETECTED, "no WatchdogSec: systemd takes a "
				  "service that hangs for well");
	fdr_predict_range(p, FDR_FAILURE_REFUSED, FDR_DETECTED, 0, S,
			  "systemd is told at once that a process has ended");
	if (!restart || !strcmp(restart, "no"))
		fdr_predict_remark(p, FDR_REMARK_RISK, "no Restart=: a service that has failed stays "
				   "down");
	if (watch && type && !strcmp(type, "oneshot"))
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "WatchdogSec of a Type=oneshot, which "
				   "is not watched");
}

static int systemd_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			   struct fdr_prediction *ret, struct fdr_error *e)
{
	struct fdr_conf unit = { 0 }, manager = { 0 };
	int64_t watch = 0;
	int r;

	(void)opts;
	r = fdr_conf_parse(texts->text[0], &style, &unit, e);
	if (r >= 0 && texts->text[1])
		r = fdr_conf_parse(texts->text[1], &style, &manager, e);
	if (r >= 0) {
		predict_service(&unit, ret);
		watch = fdr_conf_time_or(fdr_conf_anywhere(&manager, "RuntimeWatchdogSec"), S, 0);
	}
	if (r >= 0 && watch)
		fdr_predict_range(ret, FDR_FAILURE_SILENT, FDR_ISOLATED, watch / 2, watch + S,
				  "RuntimeWatchdogSec %s since systemd last fed the watchdog, at most "
				  "half of it before: the machine is reset", fdr_predict_time(watch).s);
	else if (r >= 0 && texts->text[1])
		fdr_predict_never(ret, FDR_FAILURE_SILENT, FDR_ISOLATED, "RuntimeWatchdogSec is off: a "
				  "kernel that hangs is never reset");
	fdr_conf_clear(&unit);
	fdr_conf_clear(&manager);
	return r;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("the unit file with its drop-ins, as \"systemctl cat\" prints it"),
	{ .name = "manager", .type = FDR_OPT_STRING,
	  .summary = "system.conf, for the machine's own watchdog" },
};

const struct fdr_predict_ops fdr_predict_systemd = {
	.kind = { .name = "systemd", .summary = "systemd's watchdogs",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config", "manager" },
	.predict = systemd_predict,
};
