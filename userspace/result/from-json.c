// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "graphs.h"
#include "loss.h"
#include "result-json.h"
#include "result.h"

/* Instants and lengths stay below this (146 years), so that sums do not overflow. */
#define NS_MAX		(INT64_MAX / 2)

/* Where in the document we are, and the first thing found wrong. */
struct reader {
	struct fdr_error *e;
	int error;
	char where[128];
};

static void FDR_PRINTF(3, 4) refuse(struct reader *rd, const char *key, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	if (rd->error)
		return;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	rd->error = fdr_err(rd->e, -EBADMSG, "result: %s%s%s: %s", rd->where,
			    *rd->where ? "." : "", key, what);
}

static json_t *member(struct reader *rd, const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	if (!v)
		refuse(rd, key, "is missing");
	return v;
}

static int64_t integer(struct reader *rd, const json_t *o, const char *key, int64_t min,
		       int64_t max)
{
	const json_t *v = member(rd, o, key);
	int64_t n;

	if (!v)
		return 0;
	if (!json_is_integer(v)) {
		refuse(rd, key, "must be a whole number");
		return 0;
	}
	n = json_integer_value(v);
	if (n < min || n > max) {
		refuse(rd, key, "%" PRId64 " is out of range (%" PRId64 " to %" PRId64 ")", n, min,
		       max);
		return 0;
	}
	return n;
}

static int64_t instant(struct reader *rd, const json_t *o, const char *key)
{
	return integer(rd, o, key, -NS_MAX, NS_MAX);
}

static int64_t length(struct reader *rd, const json_t *o, const char *key)
{
	return integer(rd, o, key, 0, NS_MAX);
}

/* Text or null; borrowed. */
static const char *string(struct reader *rd, const json_t *o, const char *key)
{
	const json_t *v = member(rd, o, key);

	if (!v || json_is_null(v))
		return NULL;
	if (!json_is_string(v)) {
		refuse(rd, key, "must be a string");
		return NULL;
	}
	if (strlen(json_string_value(v)) != json_string_length(v)) {
		refuse(rd, key, "must not hold a NUL character");
		return NULL;
	}
	return json_string_value(v);
}

static char *copied(struct reader *rd, const json_t *o, const char *key)
{
	const char *s = string(rd, o, key);
	char *copy = s ? strdup(s) : NULL;

	if (s && !copy && !rd->error)
		rd->error = fdr_err(rd->e, -ENOMEM, "out of memory");
	return copy;
}

static void fixed(struct reader *rd, const json_t *o, const char *key, char *buf, size_t size)
{
	const char *s = string(rd, o, key);

	if (s && strlen(s) >= size)
		refuse(rd, key, "is longer than %zu bytes", size - 1);
	else
		snprintf(buf, size, "%s", s ? s : "");
}

static enum fdr_verdict verdict(struct reader *rd, const json_t *o)
{
	const char *s = string(rd, o, "verdict");

	for (size_t i = 0; s && i <= FDR_ABORTED; i++)
		if (!strcmp(s, fdr_verdict_names[i]))
			return (enum fdr_verdict)i;
	refuse(rd, "verdict", "must be pass, fail, inconclusive or aborted");
	return FDR_INCONCLUSIVE;
}

static const json_t *object(struct reader *rd, const json_t *o, const char *key)
{
	const json_t *v = member(rd, o, key);

	if (v && !json_is_object(v))
		refuse(rd, key, "must be an object");
	return json_is_object(v) ? v : NULL;
}

static void milestone(struct reader *rd, const json_t *v, const char *key,
		      struct fdr_result_milestone *m)
{
	size_t n = strlen(rd->where);
	const json_t *censored;

	if (json_is_null(v))
		return;
	if (!json_is_object(v)) {
		refuse(rd, key, "must be an object or null");
		return;
	}
	snprintf(rd->where + n, sizeof(rd->where) - n, ".%s", key);
	m->present = true;
	m->when.lo_ns = instant(rd, v, "lo_ns");
	censored = member(rd, v, "censored");
	if (censored && !json_is_boolean(censored))
		refuse(rd, "censored", "must be true or false");
	m->censored = json_is_true(censored);
	m->when.hi_ns = m->censored ? m->when.lo_ns : instant(rd, v, "hi_ns");
	if (m->when.hi_ns < m->when.lo_ns)
		refuse(rd, "hi_ns", "must not be less than lo_ns");
	fixed(rd, v, "source", m->source, sizeof(m->source));
	fixed(rd, v, "detail", m->detail, sizeof(m->detail));
	rd->where[n] = '\0';
}

static void workload(struct reader *rd, const json_t *o, struct fdr_result_trial *t)
{
	const json_t *w = object(rd, o, "workload");
	size_t n = strlen(rd->where);

	if (!w)
		return;
	snprintf(rd->where + n, sizeof(rd->where) - n, ".workload");
	t->workload.requests = (uint64_t)integer(rd, w, "requests", 0, INT64_MAX);
	t->workload.ok = (uint64_t)integer(rd, w, "ok", 0, INT64_MAX);
	t->workload.late = (uint64_t)integer(rd, w, "late", 0, INT64_MAX);
	t->workload.errors = (uint64_t)integer(rd, w, "errors", 0, INT64_MAX);
	t->workload.timeouts = (uint64_t)integer(rd, w, "timeouts", 0, INT64_MAX);
	t->workload.outage_ns = length(rd, w, "outage_ns");
	t->workload.longest_gap_ns = length(rd, w, "longest_gap_ns");
	t->workload.gaps = (unsigned int)integer(rd, w, "gaps", 0, UINT32_MAX);
	t->workload.undetected_ns = length(rd, w, "undetected_ns");
	t->workload.max_send_late_ns = length(rd, w, "max_send_late_ns");
	/* Not in results of 0.3.0 and before; the same goes for "probes". */
	if (json_object_get(w, "p99_send_late_ns"))
		t->workload.p99_send_late_ns = length(rd, w, "p99_send_late_ns");
	rd->where[n] = '\0';
}

static void probes(struct reader *rd, const json_t *o, struct fdr_result_trial *t)
{
	const json_t *p = json_object_get(o, "probes") ? object(rd, o, "probes") : NULL;
	size_t n = strlen(rd->where);

	if (!p)
		return;
	snprintf(rd->where + n, sizeof(rd->where) - n, ".probes");
	t->probes.asked = (uint64_t)integer(rd, p, "asked", 0, INT64_MAX);
	t->probes.skipped = (uint64_t)integer(rd, p, "skipped", 0, INT64_MAX);
	t->probes.max_late_ns = length(rd, p, "max_late_ns");
	t->probes.p99_late_ns = length(rd, p, "p99_late_ns");
	fixed(rd, p, "latest", t->probes.latest, sizeof(t->probes.latest));
	rd->where[n] = '\0';
}

static bool interval(struct reader *rd, const json_t *o, const char *key, struct fdr_interval *ret)
{
	const json_t *v = json_object_get(o, key);
	size_t n = strlen(rd->where);

	if (!v || json_is_null(v))
		return false;
	if (!json_is_object(v)) {
		refuse(rd, key, "must be an object or null");
		return false;
	}
	snprintf(rd->where + n, sizeof(rd->where) - n, ".%s", key);
	ret->lo_ns = instant(rd, v, "lo_ns");
	ret->hi_ns = instant(rd, v, "hi_ns");
	if (ret->hi_ns < ret->lo_ns)
		refuse(rd, "hi_ns", "must not be less than lo_ns");
	rd->where[n] = '\0';
	return true;
}

static double number(struct reader *rd, const json_t *o, const char *key)
{
	const json_t *v = member(rd, o, key);

	if (v && !json_is_number(v))
		refuse(rd, key, "must be a number");
	return json_number_value(v);
}

static void victim(struct reader *rd, const json_t *o, struct fdr_result_victim *v)
{
	const json_t *drift = json_object_get(o, "drift");

	fixed(rd, o, "node", v->node, sizeof(v->node));
	fixed(rd, o, "fault", v->fault, sizeof(v->fault));
	v->step = (unsigned int)integer(rd, o, "step", 1, UINT32_MAX);
	v->at_ns = length(rd, o, "at_ns");
	v->known = interval(rd, o, "onset", &v->onset);
	fixed(rd, o, "source", v->source, sizeof(v->source));
	fixed(rd, o, "detail", v->detail, sizeof(v->detail));
	if (json_object_get(o, "rescue"))
		fixed(rd, o, "rescue", v->rescue, sizeof(v->rescue));
	v->has_drift = json_is_object(drift);
	if (!v->has_drift)
		return;
	v->drift_ppm = number(rd, drift, "ppm");
	v->drift_bound_ppm = number(rd, drift, "bound_ppm");
}

/* Results of versions before 0.4.0 have none. */
static void victims(struct reader *rd, const json_t *o, struct fdr_result_trial *t)
{
	const json_t *list = json_object_get(o, "victims");
	size_t n = json_array_size(list), before = strlen(rd->where);

	if (list && !json_is_array(list))
		refuse(rd, "victims", "must be an array");
	t->victims = calloc(n + 1, sizeof(*t->victims));
	if (!t->victims) {
		rd->error = fdr_err(rd->e, -ENOMEM, "out of memory");
		return;
	}
	t->n_victims = n;
	for (size_t i = 0; i < n; i++) {
		snprintf(rd->where + before, sizeof(rd->where) - before, ".victims[%zu]", i);
		if (json_is_object(json_array_get(list, i)))
			victim(rd, json_array_get(list, i), &t->victims[i]);
		else
			refuse(rd, "", "must be an object");
	}
	rd->where[before] = '\0';
	t->has_spread = interval(rd, o, "onset_spread", &t->spread);
}

/* Absent in results of versions that knew no ledgers. */
static void loss(struct reader *rd, const json_t *o, struct fdr_result_loss *l)
{
	const json_t *v = json_object_get(o, "loss");
	size_t n = strlen(rd->where);
	const char *wrong;

	if (!v || json_is_null(v))
		return;
	wrong = fdr_loss_from_json(v, l);
	if (!wrong)
		return;
	snprintf(rd->where + n, sizeof(rd->where) - n, ".loss");
	refuse(rd, wrong, "is missing or not what it must be");
	rd->where[n] = '\0';
}

static void trial(struct reader *rd, const json_t *o, size_t i, struct fdr_result_trial *t)
{
	const char *wrong;
	const json_t *ms;
	size_t n;

	snprintf(rd->where, sizeof(rd->where), "trials[%zu]", i);
	if (!json_is_object(o)) {
		rd->where[0] = '\0';
		refuse(rd, "trials", "element %zu must be an object", i);
		return;
	}
	t->n = (unsigned int)integer(rd, o, "n", 1, UINT32_MAX);
	t->verdict = verdict(rd, o);
	fixed(rd, o, "reason", t->reason, sizeof(t->reason));
	fixed(rd, o, "node", t->node, sizeof(t->node));
	fixed(rd, o, "fault", t->fault, sizeof(t->fault));
	t->phase_ns = instant(rd, o, "phase_ns");
	t->onset_mono_ns = instant(rd, o, "onset_mono_ns");
	t->onset_real_ns = instant(rd, o, "onset_real_ns");
	t->clock_bound_ns = length(rd, o, "clock_bound_ns");
	workload(rd, o, t);
	/* Results of 0.3 have none. */
	wrong = fdr_usage_from_json(json_object_get(o, "usage"), &t->usage);
	if (wrong)
		refuse(rd, "usage", "%s", wrong);
	probes(rd, o, t);
	victims(rd, o, t);
	loss(rd, o, &t->loss);
	/* Only where the plan asks for them. */
	wrong = fdr_graphs_from_json(json_object_get(o, "graphs"), &t->graphs);
	if (wrong)
		refuse(rd, "graphs", "%s", wrong);
	t->load1 = number(rd, o, "load1");
	ms = object(rd, o, "milestones");
	n = strlen(rd->where);
	snprintf(rd->where + n, sizeof(rd->where) - n, ".milestones");
	for (size_t m = 0; ms && m < FDR_MILESTONES_MAX; m++) {
		const json_t *v = member(rd, ms, fdr_milestone_names[m]);

		if (v)
			milestone(rd, v, fdr_milestone_names[m], &t->milestones[m]);
	}
	rd->where[0] = '\0';
}

static uint64_t seed(struct reader *rd, const json_t *o)
{
	const char *s = string(rd, o, "seed");
	unsigned long long v;
	char *end;

	if (!s || *s < '0' || *s > '9') {
		refuse(rd, "seed", "must be a string of digits");
		return 0;
	}
	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno || *end)
		refuse(rd, "seed", "must be a string of digits, below 2^64");
	return v;
}

static void trials(struct reader *rd, const json_t *o, struct fdr_result *r)
{
	const json_t *v = member(rd, o, "trials");
	size_t n = json_array_size(v);

	if (!v)
		return;
	if (!json_is_array(v)) {
		refuse(rd, "trials", "must be an array");
		return;
	}
	r->trials = calloc(n ? n : 1, sizeof(*r->trials));
	if (!r->trials) {
		rd->error = fdr_err(rd->e, -ENOMEM, "out of memory");
		return;
	}
	r->n_trials = n;
	for (size_t i = 0; i < n; i++)
		trial(rd, json_array_get(v, i), i, &r->trials[i]);
}

/* An object that results of before 0.4.0 do not have. */
static json_t *optional(struct reader *rd, const json_t *j, const char *key)
{
	const json_t *v = json_object_get(j, key);

	if (json_is_object(v))
		return json_deep_copy(v);
	if (v && !json_is_null(v))
		refuse(rd, key, "must be an object or null");
	return NULL;
}

static void header(struct reader *rd, const json_t *j, struct fdr_result *r)
{
	const json_t *v;

	r->version = copied(rd, j, "version");
	r->name = copied(rd, j, "name");
	r->description = copied(rd, j, "description");
	r->plan_path = copied(rd, j, "plan_path");
	r->plan_sha256 = copied(rd, j, "plan_sha256");
	r->plan_text = copied(rd, j, "plan_text");
	r->seed = seed(rd, j);
	r->started_real_ns = instant(rd, j, "started_real_ns");
	r->elapsed_ns = length(rd, j, "elapsed_ns");
	r->verdict = verdict(rd, j);
	fixed(rd, j, "reason", r->reason, sizeof(r->reason));
	r->false_positives = (unsigned int)integer(rd, j, "false_positives", 0, UINT32_MAX);
	if (json_object_get(j, "quiet_ns"))
		r->quiet_ns = length(rd, j, "quiet_ns");
	r->nodes = json_deep_copy(object(rd, j, "nodes"));
	v = member(rd, j, "expected");
	if (json_is_object(v))
		r->expected = json_deep_copy(v);
	else if (v && !json_is_null(v))
		refuse(rd, "expected", "must be an object or null");
	if (json_object_get(j, "usage_of"))
		r->usage_of = copied(rd, j, "usage_of");
	r->predictions = optional(rd, j, "predictions");
	r->canaries = optional(rd, j, "canaries");
	v = member(rd, j, "n_planned");
	if (v && !json_is_null(v))
		r->n_planned = (unsigned int)integer(rd, j, "n_planned", 0, UINT32_MAX);
}

/* Newer than the format: a result without them is as good. */
static void rules(struct reader *rd, const json_t *j, struct fdr_result *r)
{
	const char *draw = json_string_value(json_object_get(j, "draw"));
	int err = fdr_result_take_gates(r, json_object_get(j, "gates"));

	if (err == -EBADMSG)
		refuse(rd, "gates", "one is of no known form");
	if (err >= 0)
		err = fdr_result_take_stop(r, json_object_get(j, "stop"));
	if (err == -EBADMSG)
		refuse(rd, "stop", "is of no known form");
	if (err == -ENOMEM && !rd->error)
		rd->error = fdr_err(rd->e, -ENOMEM, "out of memory");
	snprintf(r->draw, sizeof(r->draw), "%s", draw ? draw : "");
}

int fdr_result_from_json(const json_t *j, struct fdr_result **ret, struct fdr_error *e)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = NULL;
	struct reader rd = { .e = e };
	const char *format;

	if (!json_is_object(j))
		return fdr_err(e, -EBADMSG, "result: must be a JSON object");
	format = json_string_value(json_object_get(j, "format"));
	if (!format || strcmp(format, FDR_RESULT_FORMAT))
		return fdr_err(e, -EBADMSG, "result: format is \"%.40s\"; this version reads "
			       "\"%s\"",
			       format ? format : "(none)", FDR_RESULT_FORMAT);
	r = calloc(1, sizeof(*r));
	if (!r)
		return fdr_err(e, -ENOMEM, "out of memory");
	header(&rd, j, r);
	trials(&rd, j, r);
	rules(&rd, j, r);
	if (rd.error)
		return rd.error;
	/* A summary follows from its trials; a written one that differs would be false. */
	fdr_result_summarise(r);
	fdr_result_judge_gates(r);
	*ret = FDR_TAKE_PTR(r);
	return 0;
}
