// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger-found.h"

#include <errno.h>
#include <string.h>

/* Numbers of a run stay below this, and a copy holds no more records. */
#define SEQ_MAX		(INT64_MAX / 2)
#define RECORDS_MAX	UINT64_C(1000000000)

static bool number(const json_t *v, uint64_t *ret)
{
	json_int_t n = json_integer_value(v);

	*ret = (uint64_t)n;
	return json_is_integer(v) && n >= 0 && n <= SEQ_MAX;
}

/* [[a, b], ...], the first of each ascending; @ranges: b is a length, and they lie apart. */
static int read_pairs(const json_t *array, bool ranges, struct fdr_ledger_range **ret, size_t *ret_n)
{
	size_t n = json_array_size(array);
	uint64_t beyond = 0, all = 0;
	struct fdr_ledger_range *v;

	if (!json_is_array(array))
		return -EBADMSG;
	v = calloc(n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const json_t *pair = json_array_get(array, i);

		if (json_array_size(pair) != 2 || !number(json_array_get(pair, 0), &v[i].first) ||
		    !number(json_array_get(pair, 1), &v[i].n) || v[i].first < beyond ||
		    !v[i].n || (ranges && (all += v[i].n) > RECORDS_MAX)) {
			free(v);
			return -EBADMSG;
		}
		beyond = v[i].first + (ranges ? v[i].n : 1);
	}
	*ret = v;
	*ret_n = n;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int read_corrupt(const json_t *array, const uint64_t **ret, size_t *ret_n)
{
	size_t n = json_array_size(array);
	uint64_t *v;

	if (!json_is_array(array))
		return -EBADMSG;
	v = calloc(n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		/* The number itself may be what was damaged. */
		if (!json_is_integer(json_array_get(array, i))) {
			free(v);
			return -EBADMSG;
		}
		v[i] = (uint64_t)json_integer_value(json_array_get(array, i));
	}
	if (n)
		qsort(v, n, sizeof(*v), by_number);
	*ret = v;
	*ret_n = n;
	return 0;
}

static int read_twice(const json_t *array, const uint64_t **ret, size_t *ret_n)
{
	struct fdr_ledger_range *pairs = NULL;
	uint64_t *v;
	int r = read_pairs(array, false, &pairs, ret_n);

	if (r < 0)
		return r;
	v = calloc(*ret_n + 1, sizeof(*v));
	for (size_t i = 0; v && i < *ret_n; i++)
		v[i] = pairs[i].first;
	free(pairs);
	*ret = v;
	return v ? 0 : -ENOMEM;
}

static int read_contents(struct fdr_ledger_copy *c, const json_t *data)
{
	struct fdr_ledger_range *present = NULL;
	int r = read_pairs(json_object_get(data, "present"), true, &present, &c->n_present);

	c->present = present;
	if (r >= 0)
		r = read_twice(json_object_get(data, "duplicates"), &c->twice, &c->n_twice);
	if (r >= 0)
		r = read_corrupt(json_object_get(data, "corrupt"), &c->corrupt, &c->n_corrupt);
	c->read = r >= 0;
	return r;
}

static int grow(struct fdr_ledger_readings *r)
{
	void *copies = reallocarray(r->copies, r->n + 1, sizeof(*r->copies));
	void *errors, *foreign;

	if (!copies)
		return -ENOMEM;
	r->copies = copies;
	errors = reallocarray(r->errors, r->n + 1, sizeof(*r->errors));
	if (!errors)
		return -ENOMEM;
	r->errors = errors;
	foreign = reallocarray(r->foreign, r->n + 1, sizeof(*r->foreign));
	if (!foreign)
		return -ENOMEM;
	r->foreign = foreign;
	r->copies[r->n] = (struct fdr_ledger_copy){ 0 };
	r->errors[r->n] = NULL;
	r->foreign[r->n++] = 0;
	return 0;
}

int fdr_ledger_readings_add(struct fdr_ledger_readings *r, const json_t *data)
{
	const char *name = json_string_value(json_object_get(data, "copy"));
	const json_t *error = json_object_get(data, "error");
	struct fdr_ledger_copy *c;

	if (!name || !number(json_object_get(data, "cut"), &r->cut) ||
	    !number(json_object_get(data, "next"), &r->next))
		return -EBADMSG;
	if (grow(r) < 0)
		return -ENOMEM;
	c = &r->copies[r->n - 1];
	c->name = strdup(name);
	r->errors[r->n - 1] = strdup(json_is_string(error) ? json_string_value(error) : "");
	if (!c->name || !r->errors[r->n - 1])
		return -ENOMEM;
	if (json_is_string(error))
		return 0;
	if (!number(json_object_get(data, "foreign"), &r->foreign[r->n - 1]))
		return -EBADMSG;
	return read_contents(c, data);
}

void fdr_ledger_readings_clear(struct fdr_ledger_readings *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free((char *)r->copies[i].name);
		free((void *)r->copies[i].present);
		free((void *)r->copies[i].corrupt);
		free((void *)r->copies[i].twice);
		free(r->errors[i]);
	}
	free(r->copies);
	free(r->errors);
	free(r->foreign);
	*r = (struct fdr_ledger_readings){ 0 };
}
