// SPDX-License-Identifier: GPL-2.0-or-later
#include "predict.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "kinds.h"

/* What is granted to a trial outside a range: what timers are late by on a busy machine. */
#define SLACK	(20 * FDR_NS_PER_MS)

const char *const fdr_failure_names[] = { "silent", "refused", "hang", "clock" };
const char *const fdr_remark_names[] = { "note", "risk", "contradiction", "never" };

static const struct fdr_predict_ops *const kinds[] = {
	&fdr_predict_haproxy,
	&fdr_predict_keepalived,
	&fdr_predict_corosync,
	&fdr_predict_pacemaker,
	&fdr_predict_nagios,
	&fdr_predict_galera,
	&fdr_predict_ganglia,
	&fdr_predict_drbd,
	&fdr_predict_mariadb,
	&fdr_predict_ceph,
	&fdr_predict_glusterfs,
	&fdr_predict_sentinel,
	&fdr_predict_etcd,
	&fdr_predict_patroni,
	&fdr_predict_spider,
	&fdr_predict_systemd,
	&fdr_predict_chrony,
};

const struct fdr_predict_ops *const *fdr_predict_kinds(size_t *ret_n)
{
	*ret_n = FDR_ARRAY_LEN(kinds);
	return kinds;
}

const struct fdr_predict_ops *fdr_predict_kind(const char *name)
{
	for (size_t i = 0; i < FDR_ARRAY_LEN(kinds); i++)
		if (!strcmp(kinds[i]->kind.name, name))
			return kinds[i];
	return NULL;
}

/* What a detector can never see is worth a remark of its own, once for each reason. */
static void remark_never(struct fdr_prediction *p)
{
	for (int f = 0; f < FDR_FAILURE_COUNT; f++)
		for (int m = 0; m < FDR_MILESTONE_COUNT; m++) {
			const struct fdr_predicted *x = &p->v[f][m];
			char text[sizeof(p->remarks[0].text)];
			bool told = false;

			if (x->is != FDR_PREDICTED_NEVER)
				continue;
			snprintf(text, sizeof(text), "%s, never %s: %s", fdr_failure_names[f],
				 fdr_milestone_names[m], x->why);
			for (size_t i = 0; i < p->n_remarks; i++)
				told |= p->remarks[i].level == FDR_REMARK_NEVER &&
					strstr(p->remarks[i].text, x->why);
			if (!told)
				fdr_predict_remark(p, FDR_REMARK_NEVER, "%s", text);
		}
}

int fdr_predict(const struct fdr_predict_ops *ops, const struct fdr_opts *opts,
		const struct fdr_predict_texts *texts, struct fdr_prediction *ret,
		struct fdr_error *e)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	if (!texts->text[0])
		return fdr_err(e, -ENOENT, "%s: its %s is not there to be read", ops->kind.name,
			       ops->files[0]);
	r = ops->predict(opts, texts, ret, e);
	if (r < 0)
		return fdr_err_prefix(e, r, "%s", ops->kind.name);
	remark_never(ret);
	return 0;
}

enum fdr_failure fdr_failure_of(const char *fault)
{
	static const struct { const char *fault; enum fdr_failure f; } looks[] = {
		{ "task-kill", FDR_FAILURE_REFUSED },
		{ "task-freeze", FDR_FAILURE_HANG },
		{ "hung-task", FDR_FAILURE_HANG },
		{ "lock-hold", FDR_FAILURE_HANG },
		{ "disk-hang", FDR_FAILURE_HANG },
		{ "fd-exhaust", FDR_FAILURE_HANG },
		{ "pid-exhaust", FDR_FAILURE_HANG },
		{ "oom", FDR_FAILURE_REFUSED },
		{ "clock-step", FDR_FAILURE_CLOCK },
		{ "clock-drift", FDR_FAILURE_CLOCK },
	};

	for (size_t i = 0; i < FDR_ARRAY_LEN(looks); i++)
		if (!strcmp(looks[i].fault, fault))
			return looks[i].f;
	return FDR_FAILURE_SILENT;
}

void fdr_predict_range(struct fdr_prediction *p, enum fdr_failure f, enum fdr_milestone m,
		       int64_t lo_ns, int64_t hi_ns, const char *fmt, ...)
{
	struct fdr_predicted *x = &p->v[f][m];
	va_list ap;

	x->is = FDR_PREDICTED_RANGE;
	x->lo_ns = lo_ns > 0 ? lo_ns : 0;
	x->hi_ns = hi_ns > x->lo_ns ? hi_ns : x->lo_ns;
	va_start(ap, fmt);
	vsnprintf(x->why, sizeof(x->why), fmt, ap);
	va_end(ap);
}

void fdr_predict_never(struct fdr_prediction *p, enum fdr_failure f, enum fdr_milestone m,
		       const char *fmt, ...)
{
	struct fdr_predicted *x = &p->v[f][m];
	va_list ap;

	x->is = FDR_PREDICTED_NEVER;
	va_start(ap, fmt);
	vsnprintf(x->why, sizeof(x->why), fmt, ap);
	va_end(ap);
}

void fdr_predict_remark(struct fdr_prediction *p, enum fdr_remark_level level, const char *fmt,
			...)
{
	struct fdr_remark *r;
	va_list ap;

	if (p->n_remarks == FDR_ARRAY_LEN(p->remarks))
		return;
	r = &p->remarks[p->n_remarks++];
	r->level = level;
	va_start(ap, fmt);
	vsnprintf(r->text, sizeof(r->text), fmt, ap);
	va_end(ap);
}

struct fdr_predict_time fdr_predict_time(int64_t ns)
{
	struct fdr_predict_time t;

	if (ns && ns < FDR_NS_PER_S)
		snprintf(t.s, sizeof(t.s), "%.4g ms", (double)ns / 1e6);
	else
		snprintf(t.s, sizeof(t.s), "%.6g s", (double)ns / 1e9);
	return t;
}

json_t *fdr_prediction_json(const struct fdr_prediction *p, enum fdr_failure failure)
{
	json_t *ms = json_object(), *remarks = json_array();

	for (int m = 0; m < FDR_MILESTONE_COUNT; m++) {
		const struct fdr_predicted *x = &p->v[failure][m];

		if (x->is == FDR_PREDICTED_RANGE)
			json_object_set_new(ms, fdr_milestone_names[m],
					    json_pack("{s:I, s:I, s:I, s:s}", "lo_ns",
						      (json_int_t)x->lo_ns, "hi_ns",
						      (json_int_t)x->hi_ns, "slack_ns",
						      (json_int_t)SLACK, "why", x->why));
		else if (x->is == FDR_PREDICTED_NEVER)
			json_object_set_new(ms, fdr_milestone_names[m],
					    json_pack("{s:b, s:s}", "never", 1, "why", x->why));
	}
	for (size_t i = 0; i < p->n_remarks; i++)
		json_array_append_new(remarks, json_pack("{s:s, s:s}", "level",
					fdr_remark_names[p->remarks[i].level], "text",
					p->remarks[i].text));
	return json_pack("{s:s, s:o, s:o}", "failure", fdr_failure_names[failure], "milestones", ms,
			 "remarks", remarks);
}
