// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pacemaker: what corosync's membership loses is fenced, and what its monitor
 * operations find is recovered.  Reads the CIB's XML for the few attributes that
 * decide, wherever they stand.
 */
#include <errno.h>
#include <string.h>

#include "conf.h"
#include "kinds.h"

#define S	FDR_NS_PER_S

/* The attribute @name of the element that begins at @tag, or NULL. */
static const char *attribute(const char *tag, const char *name, char *buf, size_t size)
{
	const char *end = strchr(tag, '>');
	char key[64];
	size_t n;

	snprintf(key, sizeof(key), " %s=\"", name);
	tag = strstr(tag, key);
	if (!tag || !end || tag > end)
		return NULL;
	tag += strlen(key);
	n = strcspn(tag, "\"");
	snprintf(buf, size, "%.*s", (int)(n < size ? n : size - 1), tag);
	return buf;
}

/* <nvpair name="@name" value="..."> */
static const char *property(const char *xml, const char *name, char *buf, size_t size)
{
	char its[128];

	for (const char *p = xml; (p = strstr(p, "<nvpair")); p++)
		if (attribute(p, "name", its, sizeof(its)) && !strcmp(its, name))
			return attribute(p, "value", buf, size);
	return NULL;
}

static int64_t property_time(const char *xml, const char *name, int64_t def_ns)
{
	char buf[64];

	return fdr_conf_time_or(property(xml, name, buf, sizeof(buf)), S, def_ns);
}

/* The monitor operation of primitive @id. */
static int predict_monitor(const char *xml, const char *id, struct fdr_prediction *p,
			   struct fdr_error *e)
{
	int64_t interval = 0, timeout = property_time(xml, "default-action-timeout", 20 * S);
	const char *at = NULL, *end;
	char buf[128];

	for (const char *q = xml; !at && (q = strstr(q, "<primitive")); q++)
		if (attribute(q, "id", buf, sizeof(buf)) && !strcmp(buf, id))
			at = q;
	if (!at)
		return fdr_err(e, -ENOENT, "there is no primitive \"%.60s\"", id);
	end = strstr(at, "</primitive>");
	for (const char *q = at; (q = strstr(q, "<op ")) && (!end || q < end); q++) {
		if (!attribute(q, "name", buf, sizeof(buf)) || strcmp(buf, "monitor"))
			continue;
		interval = fdr_conf_time_or(attribute(q, "interval", buf, sizeof(buf)), S, 0);
		timeout = fdr_conf_time_or(attribute(q, "timeout", buf, sizeof(buf)), S, timeout);
	}
	if (!interval) {
		for (int f = FDR_FAILURE_REFUSED; f <= FDR_FAILURE_HANG; f++)
			fdr_predict_never(p, (enum fdr_failure)f, FDR_DETECTED, "%.60s has no monitor "
					  "operation with an interval: its failure is not looked for", id);
		return 0;
	}
	fdr_predict_range(p, FDR_FAILURE_REFUSED, FDR_DETECTED, 0, interval + timeout,
			  "monitor every %s after the last has ended, at most its timeout %s",
			  fdr_predict_time(interval).s, fdr_predict_time(timeout).s);
	fdr_predict_range(p, FDR_FAILURE_HANG, FDR_DETECTED, timeout, interval + 2 * timeout,
			  "monitor every %s, and its whole timeout %s", fdr_predict_time(interval).s,
			  fdr_predict_time(timeout).s);
	return 0;
}

/* What fencing goes by, and what goes before it. */
struct fencing {
	int64_t lo, hi;		/* when the membership is lost, and the rest has quorum */
	int64_t watchdog;	/* SBD_WATCHDOG_TIMEOUT; 0: no sbd */
	int64_t msgwait;
	int64_t limit;		/* stonith-timeout */
	int64_t self;		/* stonith-watchdog-timeout */
};

/* At most so long do the resources' agents take to start, one after the other. */
static int64_t start_limit(const char *xml)
{
	int64_t sum = 0;
	char buf[32];

	for (const char *at = strstr(xml, "<primitive"), *next; at; at = next) {
		next = strstr(at + 1, "<primitive");
		if (attribute(at, "class", buf, sizeof(buf)) && !strcmp(buf, "stonith"))
			continue;
		for (const char *q = at; (q = strstr(q, "<op ")) && (!next || q < next); q++)
			if (attribute(q, "name", buf, sizeof(buf)) && !strcmp(buf, "start"))
				sum += fdr_conf_time_or(attribute(q, "timeout", buf, sizeof(buf)), S,
							20 * S);
	}
	return sum;
}

/*
 * sbd: a node that is frozen is reset by its watchdog, which was last fed up to a second ago;
 * one that lives resets itself.  That it did is known to the others when @wait has passed.
 */
static void predict_sbd(const char *xml, const struct fencing *f, int64_t wait, int64_t most,
			const char *what, struct fdr_prediction *p)
{
	int64_t first = f->watchdog && f->watchdog - S < f->lo ? f->watchdog - S : f->lo;

	fdr_predict_range(p, FDR_FAILURE_SILENT, FDR_ISOLATED, first, f->hi + most,
			  "the watchdog %s, or membership lost and at most %s %s",
			  fdr_predict_time(f->watchdog).s, what, fdr_predict_time(most).s);
	fdr_predict_range(p, FDR_FAILURE_SILENT, FDR_PROMOTED, f->lo + wait,
			  f->hi + most + start_limit(xml), "membership lost, %s %s, and what the "
			  "agents take to start", f->msgwait ? "msgwait" : what,
			  fdr_predict_time(wait).s);
}

static void predict_isolated(const char *xml, const struct fencing *f, struct fdr_prediction *p)
{
	bool disk = strstr(xml, "type=\"fence_sbd\"") || strstr(xml, "type=\"external/sbd\"");

	if (disk)
		predict_sbd(xml, f, f->msgwait, f->limit, "stonith-timeout", p);
	else if (strstr(xml, "class=\"stonith\""))
		fdr_predict_range(p, FDR_FAILURE_SILENT, FDR_ISOLATED, f->lo, f->hi + f->limit,
				  "membership lost, then the fencing device, at most stonith-timeout %s",
				  fdr_predict_time(f->limit).s);
	else
		predict_sbd(xml, f, f->self, f->self, "stonith-watchdog-timeout", p);
}

static void predict_fencing(const char *xml, const struct fencing *f, struct fdr_prediction *p)
{
	char buf[32] = "true";

	property(xml, "stonith-enabled", buf, sizeof(buf));
	if (!fdr_conf_true(buf, true)) {
		fdr_predict_never(p, FDR_FAILURE_SILENT, FDR_ISOLATED, "stonith-enabled is false: a "
				  "node that is lost is not fenced");
		return;
	}
	if (!strstr(xml, "class=\"stonith\"") && !f->self) {
		fdr_predict_never(p, FDR_FAILURE_SILENT, FDR_ISOLATED, "no fencing device and no "
				  "stonith-watchdog-timeout: recovery waits for a fencing that cannot "
				  "come");
		return;
	}
	predict_isolated(xml, f, p);
	if (f->self && f->watchdog && f->self < 2 * f->watchdog)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "stonith-watchdog-timeout %s is less "
				   "than 2 x SBD_WATCHDOG_TIMEOUT %s: a node may be taken for fenced "
				   "that still runs", fdr_predict_time(f->self).s,
				   fdr_predict_time(f->watchdog).s);
	if (f->msgwait && (double)f->limit < 1.2 * (double)f->msgwait)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "stonith-timeout %s is less than 1.2 x "
				   "msgwait %s: fencing is given up before sbd can confirm it",
				   fdr_predict_time(f->limit).s, fdr_predict_time(f->msgwait).s);
}

/* sbd's settings, from its sysconfig file and from "sbd dump", in one text or one of them. */
static int read_sbd(const char *text, int64_t *ret_watchdog, int64_t *ret_msgwait,
		    struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#", .blank = "=:" };
	struct fdr_conf c = { 0 };
	int r;

	r = fdr_conf_parse(text, &style, &c, e);
	if (r < 0)
		return r;
	/* An empty file: there is no sbd. */
	if (c.n)
		*ret_watchdog = fdr_conf_time_or(fdr_conf_anywhere(&c, "SBD_WATCHDOG_TIMEOUT"), S, 5 * S);
	/* "Timeout (msgwait)    : 10" */
	for (size_t i = 0; i < c.n; i++)
		if (!strcmp(fdr_conf_word(&c, i, 1), "(msgwait)"))
			*ret_msgwait = fdr_conf_time_or(fdr_conf_word(&c, i, 2), S, 0);
	fdr_conf_clear(&c);
	return 0;
}

static int pacemaker_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			     struct fdr_prediction *ret, struct fdr_error *e)
{
	const char *xml = texts->text[0], *resource = fdr_opts_str(opts, "resource");
	struct fdr_prediction ring = { 0 };
	const struct fdr_predicted *lost = &ring.v[FDR_FAILURE_SILENT][FDR_DETECTED];
	struct fencing f = { 0 };
	char buf[32];
	int r;

	if (!strstr(xml, "<cib") && !strstr(xml, "<nvpair"))
		return fdr_err(e, -EINVAL, "this is no CIB; take what \"cibadmin --query\" prints");
	r = texts->text[2] ? read_sbd(texts->text[2], &f.watchdog, &f.msgwait, e) : 0;
	if (r >= 0 && texts->text[1]) {
		const struct fdr_predict_texts corosync = { { texts->text[1] } };

		r = fdr_predict_corosync.predict(opts, &corosync, &ring, e);
		ret->v[FDR_FAILURE_SILENT][FDR_DETECTED] = *lost;
		ret->v[FDR_FAILURE_SILENT][FDR_SUSPECTED] =
			ring.v[FDR_FAILURE_SILENT][FDR_SUSPECTED];
	}
	if (r >= 0 && resource)
		r = predict_monitor(xml, resource, ret, e);
	if (r < 0)
		return r;
	f.limit = property_time(xml, "stonith-timeout", 60 * S);
	f.self = property_time(xml, "stonith-watchdog-timeout", 0);
	f.lo = lost->lo_ns;
	f.hi = lost->hi_ns + (texts->text[1] ? fdr_corosync_device_wait(texts->text[1]) : 0);
	predict_fencing(xml, &f, ret);
	if (!texts->text[1])
		fdr_predict_remark(ret, FDR_REMARK_NOTE, "without \"corosync\" the range of fencing "
				   "leaves out the time until the membership is lost");
	if (property(xml, "no-quorum-policy", buf, sizeof(buf)) && !strcmp(buf, "ignore"))
		fdr_predict_remark(ret, FDR_REMARK_RISK, "no-quorum-policy ignore: after a split both "
				   "sides run everything");
	return 0;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("the CIB, as \"cibadmin --query\" prints it"),
	{ .name = "corosync", .type = FDR_OPT_STRING, .summary = "corosync.conf" },
	{ .name = "sbd", .type = FDR_OPT_STRING,
	  .summary = "sbd's sysconfig file, what \"sbd dump\" prints, or both" },
	{ .name = "resource", .type = FDR_OPT_STRING,
	  .summary = "the primitive whose service fails" },
};

const struct fdr_predict_ops fdr_predict_pacemaker = {
	.kind = { .name = "pacemaker", .summary = "Pacemaker's fencing and monitors",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config", "corosync", "sbd" },
	.predict = pacemaker_predict,
};
