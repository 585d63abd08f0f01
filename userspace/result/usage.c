// SPDX-License-Identifier: GPL-2.0-or-later
#include "usage.h"

#include <string.h>

/* As for other instants of a result: sums do not overflow. */
#define NS_MAX		(INT64_MAX / 2)

const char *const fdr_usage_period_names[] = {
	[FDR_USAGE_BEFORE] = "before", [FDR_USAGE_DURING] = "during", [FDR_USAGE_AFTER] = "after",
};

double fdr_usage_rate(const struct fdr_result_usage_period *p)
{
	return p->known && p->cpu_ns > 0 ? (double)p->ok / ((double)p->cpu_ns / 1e9) : 0;
}

json_t *fdr_usage_to_json(const struct fdr_result_usage *u)
{
	json_t *j;

	if (!u->present)
		return json_null();
	j = json_pack("{s:s}", "until", u->until);
	for (size_t i = 0; i < FDR_USAGE_PERIODS; i++) {
		const struct fdr_result_usage_period *p = &u->period[i];
		json_t *o = json_pack("{s:I, s:I, s:I, s:I, s:f}", "from_ns", (json_int_t)p->from_ns,
				      "to_ns", (json_int_t)p->to_ns, "ok", (json_int_t)p->ok,
				      "cpu_ns", (json_int_t)p->cpu_ns, "covered", p->covered);

		json_object_set_new(o, "per_cpu_s", p->known ? json_real(fdr_usage_rate(p)) :
							       json_null());
		json_object_set_new(j, fdr_usage_period_names[i], o);
	}
	return j;
}

static bool integer(const json_t *o, const char *key, int64_t min, int64_t *ret)
{
	const json_t *v = json_object_get(o, key);

	*ret = json_integer_value(v);
	return json_is_integer(v) && *ret >= min && *ret <= NS_MAX;
}

static bool period(const json_t *o, struct fdr_result_usage_period *p)
{
	const json_t *covered = json_object_get(o, "covered"), *rate = json_object_get(o, "per_cpu_s");
	int64_t ok;

	if (!json_is_object(o) || !json_is_number(covered) || !rate ||
	    !integer(o, "from_ns", -NS_MAX, &p->from_ns) ||
	    !integer(o, "to_ns", -NS_MAX, &p->to_ns) || !integer(o, "ok", 0, &ok) ||
	    !integer(o, "cpu_ns", 0, &p->cpu_ns))
		return false;
	p->ok = (uint64_t)ok;
	p->covered = json_number_value(covered);
	/* It follows from the others. */
	p->known = !json_is_null(rate) && p->cpu_ns > 0;
	return p->covered >= 0 && p->covered < 1e9;
}

const char *fdr_usage_from_json(const json_t *j, struct fdr_result_usage *ret)
{
	const char *until = json_string_value(json_object_get(j, "until"));

	*ret = (struct fdr_result_usage){ 0 };
	if (!j || json_is_null(j))
		return NULL;
	if (!json_is_object(j))
		return "must be an object or null";
	if (!until || (strcmp(until, "served") && strcmp(until, "undone") && strcmp(until, "end")))
		return "\"until\" must be served, undone or end";
	for (size_t i = 0; i < FDR_USAGE_PERIODS; i++)
		if (!period(json_object_get(j, fdr_usage_period_names[i]), &ret->period[i]))
			return "\"before\", \"during\" and \"after\" must each be a whole period";
	snprintf(ret->until, sizeof(ret->until), "%s", until);
	ret->present = true;
	return NULL;
}
