// SPDX-License-Identifier: GPL-2.0-or-later
/* What the configuration in force promised, held against what was measured. */
#include <stdarg.h>
#include <string.h>

#include "findings.h"
#include "show.h"

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

size_t fdr_find_outside(const struct fdr_result *r, size_t milestone, const json_t *range,
			size_t *ret_unsure)
{
	int64_t slack = json_integer_value(json_object_get(range, "slack_ns"));
	int64_t lo = json_integer_value(json_object_get(range, "lo_ns")) - slack;
	int64_t hi = json_integer_value(json_object_get(range, "hi_ns")) + slack;
	size_t n = 0;

	*ret_unsure = 0;
	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_milestone *ms = &r->trials[i].milestones[milestone];

		if (!fdr_was_seen(ms))
			continue;
		if (ms->when.hi_ns < lo || ms->when.lo_ns > hi)
			n++;
		else
			*ret_unsure += ms->when.lo_ns < lo || ms->when.hi_ns > hi;
	}
	return n;
}

static void range(const struct fdr_result *r, size_t m, const char *name, const json_t *p,
		  struct fdr_findings *f)
{
	const struct fdr_description *s = &r->summary[m];
	int64_t lo = json_integer_value(json_object_get(p, "lo_ns"));
	int64_t hi = json_integer_value(json_object_get(p, "hi_ns"));
	struct fdr_interval shown;
	const char *why;
	size_t n, unsure;

	if (s->n == s->n_censored)
		return;
	n = fdr_find_outside(r, m, p, &unsure);
	/* Where it is the range that is expected, the verdict has been told. */
	if (fdr_expected(r, m, &shown, &why) && shown.lo_ns == lo && shown.hi_ns == hi)
		fdr_find(f, FDR_FINDING_NOTE, "How %.40s makes '%s' %s to %s: %.200s.%s", name,
		    fdr_show_milestone(m), fdr_show_ns(lo).s, fdr_show_ns(hi).s, text(p, "why"),
		    n ? " What lies outside runs by another configuration, or something else decides."
		      : "");
	else if (n)
		fdr_find(f, FDR_FINDING_WARN,
			 "%.40s predicts '%s' after %s to %s (%.160s), but %s lie%s "
		    "outside: it runs by another configuration, or something else decides.", name,
		    fdr_show_milestone(m), fdr_show_ns(lo).s, fdr_show_ns(hi).s, text(p, "why"),
		    fdr_show_number_of(n, "trial").s, n == 1 ? "s" : "");
	else
		fdr_find(f, unsure ? FDR_FINDING_NOTE : FDR_FINDING_GOOD,
		    "%.40s predicts '%s' after %s to %s (%.160s): %s.", name, fdr_show_milestone(m),
		    fdr_show_ns(lo).s, fdr_show_ns(hi).s, text(p, "why"),
		    unsure ? "too uncertain to tell" : "measured inside");
}

static void never(const struct fdr_result *r, size_t m, const char *name, const json_t *p,
		  struct fdr_findings *f)
{
	const struct fdr_description *s = &r->summary[m];

	if (s->n > s->n_censored)
		fdr_find(f, FDR_FINDING_WARN,
			 "%.40s predicts that '%s' never comes (%.160s), but it did.",
		    name, fdr_show_milestone(m), text(p, "why"));
	else if (s->n)
		fdr_find(f, FDR_FINDING_NOTE, "'%s' did not come, as %.40s predicts: %.160s.",
		    fdr_show_milestone(m), name, text(p, "why"));
}

static void canaries(const struct fdr_result *r, struct fdr_findings *f)
{
	char proven[200] = "";
	const char *name;
	json_t *c;

	json_object_foreach(r->canaries, name, c) {
		size_t n = strlen(proven);

		if (json_is_true(json_object_get(c, "off")))
			fdr_find(f, FDR_FINDING_WARN,
				 "Probe %.40s ran without a canary: that it can see a "
			    "change was not proven.", name);
		else if (*text(c, "missing"))
			fdr_find(f, FDR_FINDING_NOTE, "Not proven of probe %.40s: %.240s.", name,
			    text(c, "missing"));
		if (json_is_true(json_object_get(c, "ok")) && *text(c, "proven"))
			snprintf(proven + n, sizeof(proven) - n, "%s%.40s", n ? ", " : "", name);
	}
	if (*proven)
		fdr_find(f, FDR_FINDING_GOOD,
			 "Canaries proved before the first fault that a change would "
		    "be seen by: %s.", proven);
}

void fdr_findings_predicted(const struct fdr_result *r, struct fdr_findings *f)
{
	const char *name;
	json_t *p, *remark;
	size_t i;

	canaries(r, f);
	json_object_foreach(r->predictions, name, p) {
		json_t *ms = json_object_get(p, "milestones");

		if (*text(p, "error"))
			fdr_find(f, FDR_FINDING_WARN,
				 "Nothing was predicted by %.40s: %.200s", name,
			    text(p, "error"));
		for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
			json_t *x = json_object_get(ms, fdr_milestone_names[m]);

			if (json_is_true(json_object_get(x, "never")))
				never(r, m, name, x, f);
			else if (json_is_integer(json_object_get(x, "lo_ns")))
				range(r, m, name, x, f);
		}
		json_array_foreach(json_object_get(p, "remarks"), i, remark)
			if (!strcmp(text(remark, "level"), "contradiction") ||
			    !strcmp(text(remark, "level"), "risk"))
				fdr_find(f, FDR_FINDING_WARN,
					 "Configuration of %.40s, %.20s: %.280s.", name,
				    text(remark, "level"), text(remark, "text"));
	}
}
