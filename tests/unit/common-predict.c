// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "common-predict.h"

static void add_options(struct fdr_opts *o, const char *text)
{
	char *copy = strdup(text), *rest = copy, *word;
	struct fdr_error e = { "" };

	while ((word = strsep(&rest, ";"))) {
		char *value = strchr(word, '=');

		if (!value)
			continue;
		*value++ = '\0';
		if (fdr_opts_add(o, word, NULL, value, (struct fdr_place){ 0 }, &e) < 0)
			fail_msg("%s: %s", word, e.text);
	}
	free(copy);
	if (fdr_opts_finish(o, &e) < 0)
		fail_msg("%s", e.text);
}

struct fdr_prediction test_predict(const char *kind, const char *opts, const char *const texts[],
				   char *ret_error, size_t size)
{
	const struct fdr_predict_ops *ops = fdr_predict_kind(kind);
	struct fdr_predict_texts t = { 0 };
	struct fdr_prediction p;
	struct fdr_error e = { "" };
	struct fdr_opts o = { 0 };
	int r;

	assert_non_null(ops);
	o.kind = &ops->kind;
	add_options(&o, opts);
	for (size_t i = 0; i < FDR_PREDICT_FILES && texts[i]; i++)
		t.text[i] = texts[i];
	r = fdr_predict(ops, &o, &t, &p, &e);
	fdr_opts_clear(&o);
	if (ret_error)
		snprintf(ret_error, size, "%s", r < 0 ? e.text : "");
	else if (r < 0)
		fail_msg("%s", e.text);
	return p;
}

void test_range(const struct fdr_prediction *p, enum fdr_failure f, enum fdr_milestone m,
		int64_t lo_ms, int64_t hi_ms)
{
	const struct fdr_predicted *x = &p->v[f][m];

	if (x->is != FDR_PREDICTED_RANGE || x->lo_ns != MS(lo_ms) || x->hi_ns != MS(hi_ms))
		fail_msg("%s %s: %d [%lld, %lld] us, wanted [%lld, %lld] ms: %s",
			 fdr_failure_names[f], fdr_milestone_names[m], (int)x->is,
			 (long long)x->lo_ns / 1000, (long long)x->hi_ns / 1000, (long long)lo_ms,
			 (long long)hi_ms, x->why);
}

void test_never(const struct fdr_prediction *p, enum fdr_failure f, enum fdr_milestone m,
		const char *why)
{
	const struct fdr_predicted *x = &p->v[f][m];

	if (x->is != FDR_PREDICTED_NEVER || !strstr(x->why, why))
		fail_msg("%s %s: %d \"%s\", wanted never: \"%s\"", fdr_failure_names[f],
			 fdr_milestone_names[m], (int)x->is, x->why, why);
}

void test_remark(const struct fdr_prediction *p, enum fdr_remark_level level, const char *text)
{
	for (size_t i = 0; i < p->n_remarks; i++)
		if (p->remarks[i].level == level && strstr(p->remarks[i].text, text))
			return;
	fail_msg("no remark \"%s\" of level %s", text, fdr_remark_names[level]);
}

void test_no_remark(const struct fdr_prediction *p, enum fdr_remark_level level)
{
	for (size_t i = 0; i < p->n_remarks; i++)
		if (p->remarks[i].level == level)
			fail_msg("%s: %s", fdr_remark_names[level], p->remarks[i].text);
}
