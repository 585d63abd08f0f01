// SPDX-License-Identifier: GPL-2.0-or-later
#include "vars.h"

#include <errno.h>
#include <string.h>

static struct fdr_var *find(const struct fdr_vars *vars, const char *name, size_t n)
{
	for (size_t i = 0; i < vars->n; i++)
		if (strlen(vars->v[i].name) == n && !memcmp(vars->v[i].name, name, n))
			return &vars->v[i];
	return NULL;
}

int fdr_vars_add(struct fdr_vars *vars, const char *name, const char *value)
{
	char *n FDR_CLEANUP_FREE = strdup(name);
	char *v FDR_CLEANUP_FREE = strdup(value);
	struct fdr_var *more = reallocarray(vars->v, vars->n + 1, sizeof(*more));

	if (more)
		vars->v = more;
	if (!n || !v || !more)
		return -ENOMEM;
	more[vars->n++] = (struct fdr_var){ FDR_TAKE_PTR(n), FDR_TAKE_PTR(v) };
	return 0;
}

static void unknown(const struct fdr_vars *vars, const char *name, size_t len,
		    struct fdr_place place, struct fdr_plan_errors *errors)
{
	const char **names FDR_CLEANUP_FREE = calloc(vars->n + 1, sizeof(*names));
	char *word FDR_CLEANUP_FREE = strndup(name, len);
	const char *near;

	if (!names || !word) {
		errors->failed = true;
		return;
	}
	for (size_t i = 0; i < vars->n; i++)
		names[i] = vars->v[i].name;
	near = fdr_nearest(word, names, vars->n);
	if (near)
		fdr_plan_error(errors, place, "there is no variable \"%.64s\" in vars: "
			       "did you mean \"%s\"?", word, near);
	else
		fdr_plan_error(errors, place, "there is no variable \"%.64s\" in vars: "
			       "declare it there", word);
}

void fdr_vars_override(struct fdr_vars *vars, const char *set, struct fdr_plan_errors *errors)
{
	const char *eq = strchr(set, '=');
	struct fdr_place nowhere = { 0 };
	struct fdr_var *var;
	char *value;

	if (!eq || eq == set) {
		fdr_plan_error(errors, nowhere, "--set %s: give it as name=value", set);
		return;
	}
	var = find(vars, set, (size_t)(eq - set));
	if (!var) {
		unknown(vars, set, (size_t)(eq - set), nowhere, errors);
		return;
	}
	value = strdup(eq + 1);
	if (!value) {
		errors->failed = true;
		return;
	}
	free(var->value);
	var->value = value;
}

char *fdr_vars_expand(const struct fdr_vars *vars, const char *text, struct fdr_place place,
		      struct fdr_plan_errors *errors)
{
	char *out = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&out, &size);

	if (!f) {
		errors->failed = true;
		return NULL;
	}
	for (const char *p = text; *p;) {
		const struct fdr_var *var;
		const char *end;

		if (!strncmp(p, "$${", 3)) {
			fputs("${", f);
			p += 3;
			continue;
		}
		if (strncmp(p, "${", 2)) {
			fputc(*p++, f);
			continue;
		}
		end = strchr(p, '}');
		var = end ? find(vars, p + 2, (size_t)(end - p - 2)) : NULL;
		if (!var) {
			if (end)
				unknown(vars, p + 2, (size_t)(end - p - 2), place, errors);
			else
				fdr_plan_error(errors, place, "\"${\" without \"}\": "
					       "write \"$${\" for the characters themselves");
			fclose(f);
			free(out);
			return NULL;
		}
		fputs(var->value, f);
		p = end + 1;
	}
	if (fclose(f)) {
		free(out);
		errors->failed = true;
		return NULL;
	}
	return out;
}

void fdr_vars_clear(struct fdr_vars *vars)
{
	for (size_t i = 0; i < vars->n; i++) {
		free(vars->v[i].name);
		free(vars->v[i].value);
	}
	free(vars->v);
	*vars = (struct fdr_vars){ 0 };
}
