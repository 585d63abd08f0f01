// SPDX-License-Identifier: GPL-2.0-or-later
#include "opts.h"

#include <errno.h>
#include <string.h>

#include "expand.h"
#include "opts-value.h"

static const struct fdr_opt_desc *find_desc(const struct fdr_kind *kind, const char *name)
{
	for (size_t i = 0; i < kind->n_opts; i++)
		if (!strcmp(kind->opts[i].name, name))
			return &kind->opts[i];
	return NULL;
}

static struct fdr_opt *find_opt(const struct fdr_opts *o, const char *name, const char *key)
{
	for (size_t i = 0; i < o->n; i++) {
		if (strcmp(o->v[i].desc->name, name))
			continue;
		if (!key || (o->v[i].key && !strcmp(o->v[i].key, key)))
			return &o->v[i];
	}
	return NULL;
}

static int unknown_name(const struct fdr_kind *kind, const char *name, struct fdr_error *e)
{
	const char **names FDR_CLEANUP_FREE = calloc(kind->n_opts + 1, sizeof(*names));
	char list[600] = "";
	const char *near;
	size_t n = 0;

	if (!names)
		return -ENOMEM;
	if (!kind->n_opts)
		return fdr_err(e, -ENOENT, "unknown option \"%.64s\": %s takes none", name,
			       kind->name);
	for (size_t i = 0; i < kind->n_opts; i++) {
		names[i] = kind->opts[i].name;
		if (n < sizeof(list))
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "",
					      names[i]);
	}
	near = fdr_nearest(name, names, kind->n_opts);
	if (near)
		return fdr_err(e, -ENOENT, "unknown option \"%.64s\" of %s: did you mean \"%s\"?",
			       name, kind->name, near);
	return fdr_err(e, -ENOENT, "unknown option \"%.64s\": %s takes %s", name, kind->name, list);
}

/* Appends; nothing is changed on failure. */
static int append(struct fdr_opts *o, const struct fdr_opt_desc *desc, const char *key,
		  const char *text, uint64_t num, struct fdr_place place, bool defaulted)
{
	char *text_copy FDR_CLEANUP_FREE = strdup(text);
	char *key_copy FDR_CLEANUP_FREE = key ? strdup(key) : NULL;
	struct fdr_opt *v;

	if (!text_copy || (key && !key_copy))
		return -ENOMEM;
	v = reallocarray(o->v, o->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	o->v = v;
	v[o->n++] = (struct fdr_opt){
		.desc = desc, .text = FDR_TAKE_PTR(text_copy), .key = FDR_TAKE_PTR(key_copy),
		.num = num, .place = place, .defaulted = defaulted,
	};
	return 0;
}

int fdr_opts_add(struct fdr_opts *o, const char *name, const char *key, const char *text,
		 struct fdr_place place, struct fdr_error *e)
{
	const struct fdr_opt_desc *desc = find_desc(o->kind, name);
	uint64_t num = 0;
	int r;

	if (!desc)
		return unknown_name(o->kind, name, e);
	if (desc->type == FDR_OPT_MAP && !key)
		return fdr_err(e, -EINVAL, "%s: a mapping of words to texts is wanted", name);
	if (desc->type != FDR_OPT_MAP && key)
		return fdr_err(e, -EINVAL, "%s: a single value is wanted, not a mapping", name);
	if (desc->type != FDR_OPT_TARGETS && find_opt(o, name, key))
		return key ? fdr_err(e, -EEXIST, "%s: \"%.64s\" is given twice", name, key) :
			     fdr_err(e, -EEXIST, "%s is given twice", name);
	r = fdr_opt_value(desc, text, &num, e);
	if (r < 0)
		return r;
	if (desc->type == FDR_OPT_TARGETS && desc->max &&
	    num + fdr_opts_count_targets(o, name, NULL) > desc->max)
		return fdr_err(e, -ERANGE, "%s: with \"%.200s\" there are more than %ju targets",
			       name, text, (uintmax_t)desc->max);
	r = append(o, desc, key, text, num, place, false);
	return r < 0 ? fdr_err(e, r, "out of memory") : 0;
}

int fdr_opts_finish(struct fdr_opts *o, struct fdr_error *e)
{
	for (size_t i = 0; i < o->kind->n_opts; i++) {
		const struct fdr_opt_desc *d = &o->kind->opts[i];
		uint64_t num = 0;
		int r;

		if (find_opt(o, d->name, NULL))
			continue;
		if (d->required)
			return fdr_err(e, -ENODATA, "%s needs the option \"%s\" (%s)",
				       o->kind->name, d->name, d->summary);
		if (!d->def)
			continue;
		r = fdr_opt_value(d, d->def, &num, e);
		if (r < 0)
			return fdr_err_prefix(e, r, "default of %s", o->kind->name);
		r = append(o, d, NULL, d->def, num, (struct fdr_place){ 0 }, true);
		if (r < 0)
			return fdr_err(e, r, "out of memory");
	}
	return 0;
}

void fdr_opts_clear(struct fdr_opts *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->v[i].text);
		free(o->v[i].key);
	}
	free(o->v);
	o->v = NULL;
	o->n = 0;
}

int fdr_opts_copy(const struct fdr_opts *o, struct fdr_opts *ret)
{
	*ret = (struct fdr_opts){ .kind = o->kind };
	for (size_t i = 0; i < o->n; i++) {
		const struct fdr_opt *v = &o->v[i];

		if (append(ret, v->desc, v->key, v->text, v->num, v->place, v->defaulted) < 0) {
			fdr_opts_clear(ret);
			return -ENOMEM;
		}
	}
	return 0;
}

const char *fdr_opts_str(const struct fdr_opts *o, const char *name)
{
	const struct fdr_opt *opt = find_opt(o, name, NULL);

	return opt ? opt->text : NULL;
}

uint64_t fdr_opts_num(const struct fdr_opts *o, const char *name)
{
	const struct fdr_opt *opt = find_opt(o, name, NULL);

	return opt ? opt->num : 0;
}

int fdr_opts_targets(const struct fdr_opts *o, const char *name,
		     int (*cb)(void *userdata, const char *target), void *userdata)
{
	int r = 0;

	for (size_t i = 0; i < o->n && !r; i++)
		if (!strcmp(o->v[i].desc->name, name))
			r = fdr_expand(o->v[i].text, cb, userdata);
	return r;
}

static int same_text(void *userdata, const char *target)
{
	return strcmp(userdata, target) ? 2 : 1;
}

size_t fdr_opts_count_targets(const struct fdr_opts *o, const char *name, bool *ret_plain)
{
	const struct fdr_opt *first = find_opt(o, name, NULL);
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		if (!strcmp(o->v[i].desc->name, name))
			n += o->v[i].num;
	if (ret_plain)
		*ret_plain = n == 1 && fdr_expand(first->text, same_text, first->text) == 1;
	return n;
}

bool fdr_opts_given(const struct fdr_opts *o, const char *name)
{
	const struct fdr_opt *opt = find_opt(o, name, NULL);

	return opt && !opt->defaulted;
}
