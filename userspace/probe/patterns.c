// SPDX-License-Identifier: GPL-2.0-or-later
#include "patterns.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

int fdr_patterns_init(struct fdr_patterns *p, const struct fdr_opts *opts, const char *name,
		      struct fdr_error *e)
{
	*p = (struct fdr_patterns){ .v = calloc(opts->n + 1, sizeof(*p->v)) };
	if (!p->v)
		return fdr_err(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < opts->n; i++) {
		const struct fdr_opt *o = &opts->v[i];
		struct fdr_pattern *q = &p->v[p->n];
		char why[128];
		int r;

		if (!o->key || strcmp(o->desc->name, name))
			continue;
		r = regcomp(&q->re, o->text, REG_EXTENDED);
		if (r) {
			regerror(r, &q->re, why, sizeof(why));
			fdr_patterns_clear(p);
			return fdr_err(e, -EINVAL,
				       "%s: %s: \"%.200s\" is no extended regular expression: %s",
				       name, o->key, o->text, why);
		}
		q->state = o->key;
		p->n++;
	}
	return 0;
}

void fdr_patterns_clear(struct fdr_patterns *p)
{
	for (size_t i = 0; i < p->n; i++)
		regfree(&p->v[i].re);
	free(p->v);
	*p = (struct fdr_patterns){ 0 };
}

const char *fdr_patterns_match(const struct fdr_patterns *p, const char *line, char *subject,
			       size_t size)
{
	for (size_t i = 0; i < p->n; i++) {
		regmatch_t m[2] = { { -1, -1 }, { -1, -1 } };
		char raw[256];

		if (regexec(&p->v[i].re, line, 2, m, 0))
			continue;
		*raw = '\0';
		if (m[1].rm_so >= 0)
			snprintf(raw, sizeof(raw), "%.*s", (int)(m[1].rm_eo - m[1].rm_so),
				 line + m[1].rm_so);
		fdr_text_clean(subject, size, raw);
		return p->v[i].state;
	}
	return NULL;
}
