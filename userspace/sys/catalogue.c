// SPDX-License-Identifier: GPL-2.0-or-later
#include "catalogue.h"

#include <errno.h>
#include <string.h>

#include <linux/faultdrill.h>

#include "names.h"

static const enum fdr_opt_type opt_types[] = {
	[FAULTDRILL_PARAM_STRING] = FDR_OPT_STRING,
	[FAULTDRILL_PARAM_U64] = FDR_OPT_U64,
	[FAULTDRILL_PARAM_BOOL] = FDR_OPT_BOOL,
	[FAULTDRILL_PARAM_TIME] = FDR_OPT_TIME,
	[FAULTDRILL_PARAM_CHOICE] = FDR_OPT_CHOICE,
	[FAULTDRILL_PARAM_CHOICES] = FDR_OPT_CHOICES,
	[FAULTDRILL_PARAM_CPULIST] = FDR_OPT_CPULIST,
	[FAULTDRILL_PARAM_PPM] = FDR_OPT_PPM,
	[FAULTDRILL_PARAM_BLKDEV] = FDR_OPT_BLKDEV,
	[FAULTDRILL_PARAM_SIZE] = FDR_OPT_SIZE,
	[FAULTDRILL_PARAM_S64] = FDR_OPT_S64,
	[FAULTDRILL_PARAM_STIME] = FDR_OPT_STIME,
	[FAULTDRILL_PARAM_PATH] = FDR_OPT_PATH,
	[FAULTDRILL_PARAM_NETDEV] = FDR_OPT_NETDEV,
	[FAULTDRILL_PARAM_ADDR] = FDR_OPT_ADDR,
	[FAULTDRILL_PARAM_PORTS] = FDR_OPT_PORTS,
};

static const char *text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static uint64_t number(const json_t *object, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(object, name));
}

/* ["a", "b"] -> "a|b", kept with the catalogue; NULL: out of memory. */
static const char *join(struct fdr_faults *f, const json_t *words)
{
	char **texts = reallocarray(f->texts, f->n_texts + 1, sizeof(*texts));
	char *joined = NULL;
	size_t i, n;
	json_t *w;
	FILE *out;

	if (!texts)
		return NULL;
	f->texts = texts;
	out = open_memstream(&joined, &n);
	if (!out)
		return NULL;
	json_array_foreach(words, i, w)
		fprintf(out, "%s%s", i ? "|" : "", json_string_value(w) ? json_string_value(w) : "");
	if (fclose(out)) {
		free(joined);
		return NULL;
	}
	return f->texts[f->n_texts++] = joined;
}

static int convert_param(struct fdr_faults *f, const json_t *j, struct fdr_opt_desc *d)
{
	const json_t *choices = json_object_get(j, "choices");
	const char *type = text(j, "type");
	int t = type ? fdr_name_value(FDR_NAMES_PARAM, type) : -EPROTO;

	if (!text(j, "name"))
		return -EPROTO;
	*d = (struct fdr_opt_desc){
		.name = text(j, "name"),
		/* A type from a newer module: the node checks it. */
		.type = t < 0 || (size_t)t >= FDR_ARRAY_LEN(opt_types) ? FDR_OPT_STRING :
			opt_types[t],
		.required = json_is_true(json_object_get(j, "required")),
		.def = text(j, "default"),
		.min = number(j, "min"),
		.max = number(j, "max"),
		.summary = text(j, "summary") ? text(j, "summary") : "",
	};
	if (json_array_size(choices)) {
		d->choices = join(f, choices);
		if (!d->choices)
			return -ENOMEM;
	}
	return 0;
}

static int convert_fault(struct fdr_faults *f, const json_t *j)
{
	const json_t *params = json_object_get(j, "params"), *flags = json_object_get(j, "flags");
	struct fdr_kind *k = &f->kinds[f->n];
	struct fdr_opt_desc *opts = calloc(json_array_size(params) + 1, sizeof(*opts));
	json_t *v;
	size_t i;

	if (!opts)
		return -ENOMEM;
	*k = (struct fdr_kind){ .name = text(j, "name"), .summary = text(j, "summary"),
				.opts = opts };
	f->n++;
	if (!k->name || !k->summary)
		return -EPROTO;
	json_array_foreach(params, i, v) {
		int r = convert_param(f, v, &opts[i]);

		if (r < 0)
			return r;
		k->n_opts++;
	}
	json_array_foreach(flags, i, v) {
		int bit = json_is_string(v) ?
			  fdr_name_value(FDR_NAMES_FLAG, json_string_value(v)) : -EPROTO;

		if (bit >= 0)
			f->flags[f->n - 1] |= 1U << bit;
	}
	return 0;
}

int fdr_faults_from_json(json_t *array, struct fdr_faults **ret, struct fdr_error *e)
{
	struct fdr_faults *f FDR_CLEANUP(fdr_faults_freep) = calloc(1, sizeof(*f));
	size_t i, n = json_array_size(array);
	json_t *v;

	if (!json_is_array(array))
		return fdr_err(e, -EPROTO, "the catalogue is no array of faults");
	if (!f)
		return fdr_err(e, -ENOMEM, "out of memory");
	f->json = json_incref(array);
	f->kinds = calloc(n + 1, sizeof(*f->kinds));
	f->flags = calloc(n + 1, sizeof(*f->flags));
	if (!f->kinds || !f->flags)
		return fdr_err(e, -ENOMEM, "out of memory");
	json_array_foreach(array, i, v) {
		int r = convert_fault(f, v);

		if (r < 0)
			return fdr_err(e, r, "entry %zu of the catalogue: %s", i + 1,
				       r == -EPROTO ? "a name or summary is missing" :
						      strerror(-r));
	}
	*ret = FDR_TAKE_PTR(f);
	return 0;
}

int fdr_faults_offline(struct fdr_faults **ret, struct fdr_error *e)
{
	json_t *rows = fdr_faults_rows_json();
	int r;

	if (!rows)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = fdr_faults_from_json(rows, ret, e);
	json_decref(rows);
	return r;
}

struct fdr_faults *fdr_faults_free(struct fdr_faults *f)
{
	if (!f)
		return NULL;
	for (size_t i = 0; i < f->n; i++)
		free((void *)f->kinds[i].opts);
	for (size_t i = 0; i < f->n_texts; i++)
		free(f->texts[i]);
	free(f->texts);
	free(f->kinds);
	free(f->flags);
	json_decref(f->json);
	free(f);
	return NULL;
}

int fdr_faults_find(const struct fdr_faults *f, const char *name, struct fdr_error *e)
{
	const char **names FDR_CLEANUP_FREE = calloc(f->n + 1, sizeof(*names));
	const char *near;

	if (!names)
		return fdr_err(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < f->n; i++) {
		names[i] = f->kinds[i].name;
		if (!strcmp(names[i], name))
			return (int)i;
	}
	near = fdr_nearest(name, names, f->n);
	if (near)
		return fdr_err(e, -ENOENT, "there is no fault \"%.64s\": did you mean \"%s\"?", name,
			       near);
	return fdr_err(e, -ENOENT, "there is no fault \"%.64s\": \"faultdrill list\" shows all",
		       name);
}
