// SPDX-License-Identifier: GPL-2.0-or-later
/* What trials did to acknowledged data: its JSON form, and its sums. */
#include "loss.h"

#include <errno.h>
#include <string.h>

#include "describe-json.h"

/* The members that are counts. */
static const struct {
	const char *name;
	size_t at;
} counts[] = {
	{ "acknowledged", offsetof(struct fdr_result_loss, acknowledged) },
	{ "unknown", offsetof(struct fdr_result_loss, unknown) },
	{ "lost", offsetof(struct fdr_result_loss, lost) },
	{ "recoverable", offsetof(struct fdr_result_loss, recoverable) },
	{ "phantom", offsetof(struct fdr_result_loss, phantom) },
	{ "corrupt", offsetof(struct fdr_result_loss, corrupt) },
	{ "duplicate", offsetof(struct fdr_result_loss, duplicate) },
};

static json_t *whole(uint64_t n)
{
	return json_integer((json_int_t)n);
}

json_t *fdr_loss_to_json(const struct fdr_result_loss *l)
{
	json_t *o;

	if (!l->wanted)
		return json_null();
	o = json_object();
	json_object_set_new(o, "judged", json_boolean(l->judged));
	json_object_set_new(o, "why_not", json_string(l->why_not));
	for (size_t i = 0; i < FDR_ARRAY_LEN(counts); i++)
		json_object_set_new(o, counts[i].name,
				    whole(*(const uint64_t *)((const char *)l + counts[i].at)));
	json_object_set_new(o, "diverged", whole(l->diverged));
	json_object_set_new(o, "rpo", json_pack("{s:I, s:I}", "lo_ns", (json_int_t)l->rpo.lo_ns,
						"hi_ns", (json_int_t)l->rpo.hi_ns));
	json_object_set_new(o, "ledgers", l->ledgers ? json_incref(l->ledgers) : json_array());
	return o;
}

static bool count(const json_t *o, const char *key, json_int_t max, json_int_t *ret)
{
	const json_t *v = json_object_get(o, key);

	*ret = json_integer_value(v);
	return json_is_integer(v) && *ret >= 0 && *ret <= max;
}

static const char *read_rpo(const json_t *o, struct fdr_result_loss *l)
{
	json_int_t lo, hi;

	if (!count(o, "lo_ns", INT64_MAX / 2, &lo) || !count(o, "hi_ns", INT64_MAX / 2, &hi) ||
	    hi < lo)
		return "rpo";
	l->rpo = (struct fdr_interval){ lo, hi };
	return NULL;
}

const char *fdr_loss_from_json(const json_t *o, struct fdr_result_loss *l)
{
	const json_t *judged = json_object_get(o, "judged");
	const json_t *ledgers = json_object_get(o, "ledgers");
	const char *why = json_string_value(json_object_get(o, "why_not"));
	json_int_t n;

	if (!json_is_boolean(judged))
		return "judged";
	if (!why || strlen(why) >= sizeof(l->why_not))
		return "why_not";
	l->wanted = true;
	l->judged = json_is_true(judged);
	snprintf(l->why_not, sizeof(l->why_not), "%s", why);
	for (size_t i = 0; i < FDR_ARRAY_LEN(counts); i++) {
		if (!count(o, counts[i].name, INT64_MAX, &n))
			return counts[i].name;
		*(uint64_t *)((char *)l + counts[i].at) = (uint64_t)n;
	}
	if (!count(o, "diverged", UINT32_MAX, &n))
		return "diverged";
	l->diverged = (unsigned int)n;
	if (!json_is_array(ledgers))
		return "ledgers";
	l->ledgers = json_deep_copy(ledgers);
	return read_rpo(json_object_get(o, "rpo"), l);
}

json_t *fdr_data_to_json(const struct fdr_result_data *d)
{
	json_t *o;

	if (!d->wanted)
		return json_null();
	o = json_object();
	json_object_set_new(o, "acknowledged", whole(d->acknowledged));
	json_object_set_new(o, "lost", whole(d->lost));
	json_object_set_new(o, "most_lost", whole(d->most_lost));
	json_object_set_new(o, "recoverable", whole(d->recoverable));
	json_object_set_new(o, "phantom", whole(d->phantom));
	json_object_set_new(o, "corrupt", whole(d->corrupt));
	json_object_set_new(o, "duplicate", whole(d->duplicate));
	json_object_set_new(o, "n_unread", whole(d->n_unread));
	json_object_set_new(o, "n_diverged", whole(d->n_diverged));
	json_object_set_new(o, "lossy", fdr_share_json(&d->lossy));
	json_object_set_new(o, "rpo", fdr_description_json(&d->rpo));
	return o;
}

void fdr_data_summarise(const struct fdr_result *r, struct fdr_result_data *d)
{
	uint64_t n = 0, k = 0;

	*d = (struct fdr_result_data){ 0 };
	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_loss *l = &r->trials[i].loss;

		if (!l->wanted)
			continue;
		d->wanted = true;
		d->n_unread += *l->why_not != '\0';
		d->n_diverged += l->diverged > 0;
		d->phantom += l->phantom;
		d->corrupt += l->corrupt;
		d->duplicate += l->duplicate;
		if (!l->judged)
			continue;
		/* It counts from the beginning of the run. */
		if (l->acknowledged > d->acknowledged)
			d->acknowledged = l->acknowledged;
		d->lost += l->lost;
		d->recoverable += l->recoverable;
		if (l->lost > d->most_lost)
			d->most_lost = l->lost;
		n++;
		k += l->lost > 0;
	}
	d->lossy = fdr_stats_share(k, n);
}
