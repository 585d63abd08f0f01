// SPDX-License-Identifier: GPL-2.0-or-later
/* Ceph: OSDs that report each other, and the monitors that believe enough of them. */
#include <string.h>

#include "conf.h"
#include "kinds.h"

#define S	FDR_NS_PER_S

/* OSD.cc: heartbeat_entry() waits for half a second and for up to nine tenths of the interval
 * from ping to ping; tick_without_osd_lock() looks for those that have not been answered and,
 * if the last report is old enough, reports them.  A tick comes after 0.95 to 1.05 s.
 * PaxosService::should_propose(): a monitor lets paxos_propose_interval pass between changes. */
#define PING_LEAST	(FDR_NS_PER_S / 2)
#define TICK		(FDR_NS_PER_S * 105 / 100)
#define PROPOSE		FDR_NS_PER_S

/* "osd heartbeat grace = 20" is "osd_heartbeat_grace = 20" too; sections count alike. */
static const char *value(const struct fdr_conf *c, const char *key)
{
	const char *found = NULL;

	for (size_t i = 0; i < c->n; i++) {
		char name[128] = "";
		size_t n = 0;

		for (size_t w = 0; w + 1 < c->v[i].n && n < sizeof(name); w++)
			n += (size_t)snprintf(name + n, sizeof(name) - n, "%s%s", w ? "_" : "",
					      c->v[i].words[w]);
		if (!strcmp(name, key))
			found = c->v[i].words[c->v[i].n - 1];
	}
	return found;
}

static int64_t seconds(const struct fdr_conf *c, const char *key, int64_t def_s)
{
	return fdr_conf_time_or(value(c, key), S, def_s * S);
}

static int ceph_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			struct fdr_prediction *ret, struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#;", .blank = "=" };
	int64_t grace, interval, out, report, stuck, reporters, last, hosts = (int64_t)fdr_opts_num(opts, "hosts");
	struct fdr_conf c = { 0 };
	int r;

	r = fdr_conf_parse(texts->text[0], &style, &c, e);
	if (r < 0)
		return r;
	grace = seconds(&c, "osd_heartbeat_grace", 20);
	interval = seconds(&c, "osd_heartbeat_interval", 6);
	out = seconds(&c, "mon_osd_down_out_interval", 600);
	report = seconds(&c, "osd_mon_report_interval", 5);
	stuck = seconds(&c, "osd_op_thread_timeout", 15);
	reporters = seconds(&c, "mon_osd_min_down_reporters", 2) / S;
	fdr_conf_clear(&c);
	last = PING_LEAST + interval / 10 * 9 + grace + report + TICK + PROPOSE;
	fdr_predict_range(ret, FDR_FAILURE_SILENT, FDR_DETECTED, grace, last,
			  "osd_heartbeat_grace %s since the first ping (up to %s apart) without an answer, "
			  "up to %s and a second's tick until %lld OSDs have reported it, and up to 1 s "
			  "until the monitors agree", fdr_predict_time(grace).s,
			  fdr_predict_time(PING_LEAST + interval / 10 * 9).s, fdr_predict_time(report).s,
			  (long long)reporters);
	/* handle_osd_ping() of OSD.cc: not answered once a thread is stuck.  When one is, is
	 * for what is written to decide. */
	fdr_predict_remark(ret, FDR_REMARK_RISK, "an OSD whose disk hangs answers pings until one of "
			   "its threads has been stuck for osd_op_thread_timeout (%s): not before %s, "
			   "and only if there is enough to write or to read",
			   fdr_predict_time(stuck).s, fdr_predict_time(stuck + grace).s);
	fdr_predict_range(ret, FDR_FAILURE_REFUSED, FDR_DETECTED, 0, interval + report,
			  "a refused connection is reported at once, at the next ping (%s)",
			  fdr_predict_time(interval).s);
	if (out)
		fdr_predict_range(ret, FDR_FAILURE_SILENT, FDR_ISOLATED, grace + out,
				  last + out + 5 * S, "out: "
				  "mon_osd_down_out_interval %s after it is down",
				  fdr_predict_time(out).s);
	else
		fdr_predict_never(ret, FDR_FAILURE_SILENT, FDR_ISOLATED,
				  "mon_osd_down_out_interval 0: a dead OSD stays in, nothing is moved");
	if (interval >= grace)
		fdr_predict_remark(ret, FDR_REMARK_CONTRADICTION, "osd_heartbeat_interval %s is no "
				   "shorter than osd_heartbeat_grace %s",
				   fdr_predict_time(interval).s, fdr_predict_time(grace).s);
	if (hosts && hosts - 1 < reporters)
		fdr_predict_remark(ret, FDR_REMARK_CONTRADICTION, "%lld hosts are left to report, but "
				   "mon_osd_min_down_reporters is %lld: only mon_osd_report_timeout "
				   "(900 s) takes the OSD down", (long long)hosts - 1,
				   (long long)reporters);
	return 0;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("ceph.conf"),
	{ .name = "hosts", .type = FDR_OPT_U64, .min = 1, .max = 100000,
	  .summary = "how many hosts have OSDs: are there reporters enough?" },
};

const struct fdr_predict_ops fdr_predict_ceph = {
	.kind = { .name = "ceph", .summary = "Ceph marking an OSD down and out",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = ceph_predict,
};
