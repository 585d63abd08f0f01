// SPDX-License-Identifier: GPL-2.0-or-later
#include "expected.h"

#include "base/macro.h"
#include "base/milestone.h"

/* The first prediction with a range for @milestone; NULL: none. */
static json_t *predicted(const json_t *predictions, const char *milestone, bool judging,
			 const char **ret_name)
{
	const char *name;
	json_t *p;

	json_object_foreach((json_t *)predictions, name, p) {
		json_t *m = json_object_get(json_object_get(p, "milestones"), milestone);

		if (judging && !json_is_true(json_object_get(p, "judge")))
			continue;
		if (!json_is_integer(json_object_get(m, "lo_ns")))
			continue;
		*ret_name = name;
		return m;
	}
	return NULL;
}

/* [lo, hi] of a prediction, with what it grants at either end. */
static json_t *widened(const json_t *m)
{
	json_int_t slack = json_integer_value(json_object_get(m, "slack_ns"));

	return json_pack("[I, I]", json_integer_value(json_object_get(m, "lo_ns")) - slack,
			 json_integer_value(json_object_get(m, "hi_ns")) + slack);
}

json_t *fdr_expect_all(const json_t *expect, const json_t *predictions)
{
	json_t *all = expect ? json_copy((json_t *)expect) : json_object();
	const char *name;

	for (size_t i = 0; all && i < FDR_MILESTONE_COUNT; i++) {
		const char *word = fdr_milestone_names[i];
		json_t *m = json_object_get(all, word) ? NULL :
			    predicted(predictions, word, true, &name);

		if (m)
			json_object_set_new(all, word, widened(m));
	}
	return all;
}

json_t *fdr_expected_json(const json_t *plan, const json_t *predictions)
{
	json_t *out = json_object();

	for (size_t i = 0; out && i < FDR_MILESTONE_COUNT; i++) {
		const char *word = fdr_milestone_names[i], *name;
		json_t *range = json_object_get(json_object_get(plan, "expect"), word), *m;
		char why[128];

		if (range) {
			json_object_set_new(out, word,
					    json_pack("{s:O, s:O, s:s}", "lo_ns",
						      json_array_get(range, 0), "hi_ns",
						      json_array_get(range, 1), "why",
						      "stated by the plan"));
			continue;
		}
		m = predicted(predictions, word, false, &name);
		if (!m || !json_object_get(json_object_get(plan, "milestones"), word))
			continue;
		snprintf(why, sizeof(why), "predicted by %s from configuration", name);
		json_object_set_new(out, word,
				    json_pack("{s:O, s:O, s:O*, s:s}", "lo_ns", json_object_get(m, "lo_ns"),
					      "hi_ns", json_object_get(m, "hi_ns"), "slack_ns",
					      json_object_get(m, "slack_ns"), "why", why));
	}
	if (json_object_size(out))
		return out;
	json_decref(out);
	return NULL;
}
