// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

struct reader {
	const struct fdr_conf_style *style;
	struct fdr_conf *out;
	const char *p;
	unsigned int number;		/* of the line that @p is in */
	size_t parent;
	struct fdr_conf_line now;	/* what is being gathered */
};

static bool in(const char *set, char c)
{
	return set && c && strchr(set, c);
}

static bool opens(const struct reader *r)
{
	return *r->p == '{' && r->style->braces &&
	       (!r->style->plain || (r->now.n && !strcmp(r->now.words[0], "define")));
}

static bool closes(const struct reader *r)
{
	return *r->p == '}' && r->style->braces && (!r->style->plain || !r->now.n);
}

static void fold(const struct fdr_conf_style *style, char *key)
{
	for (; style->alike && *key; key++)
		if (strchr(style->alike, *key))
			*key = style->alike[0];
}

static int add_word(struct reader *r, char *word)
{
	char **more;

	if (!word)
		return -ENOMEM;
	more = reallocarray(r->now.words, r->now.n + 1, sizeof(*more));
	if (!more) {
		free(word);
		return -ENOMEM;
	}
	if (!r->now.n) {
		r->now.line = r->number;
		fold(r->style, word);
	}
	r->now.words = more;
	more[r->now.n++] = word;
	return 0;
}

static int end_line(struct reader *r, bool opens)
{
	struct fdr_conf_line *more;

	if (!r->now.n && !opens)
		return 0;
	more = reallocarray(r->out->v, r->out->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	r->out->v = more;
	if (!r->now.n)
		r->now.line = r->number;
	r->now.parent = r->parent;
	r->now.opens = opens;
	more[r->out->n++] = r->now;
	r->now = (struct fdr_conf_line){ 0 };
	if (opens)
		r->parent = r->out->n - 1;
	return 0;
}

/* A brace on a line of its own belongs to what stands on the line before. */
static int open_block(struct reader *r)
{
	struct fdr_conf_line *last = r->out->n ? &r->out->v[r->out->n - 1] : NULL;

	if (r->now.n || !last || last->opens || last->parent != r->parent)
		return end_line(r, true);
	last->opens = true;
	r->parent = r->out->n - 1;
	return 0;
}

static int take_word(struct reader *r, struct fdr_error *e)
{
	const struct fdr_conf_style *s = r->style;
	unsigned int from = r->number;
	size_t n = 0, size = strcspn(r->p, "\n") + 1;
	char *word = malloc(size), quote = '\0';

	if (!word)
		return -ENOMEM;
	for (; *r->p && *r->p != '\n'; r->p++) {
		if (!s->plain && (quote ? *r->p == quote : *r->p == '"' || *r->p == '\'')) {
			quote = quote ? '\0' : *r->p;
			continue;
		}
		if (!quote && (isspace((unsigned char)*r->p) || in(s->blank, *r->p) ||
			       in(s->end, *r->p) || opens(r) || closes(r)))
			break;
		if (!s->plain && *r->p == '\\' && quote != '\'' && r->p[1] && r->p[1] != '\n')
			r->p++;
		word[n++] = *r->p;
	}
	word[n] = '\0';
	if (quote) {
		free(word);
		return fdr_err(e, -EINVAL, "line %u: a quote (%c) does not end", from, quote);
	}
	return add_word(r, word);
}

static int step(struct reader *r, struct fdr_error *e)
{
	const struct fdr_conf_style *s = r->style;
	int err = 0;

	if (*r->p == '\n') {
		err = end_line(r, false);
		r->number++;
		r->p++;
	} else if (*r->p == '\\' && r->p[1] == '\n') {
		r->number++;
		r->p += 2;
	} else if (isspace((unsigned char)*r->p) || in(s->blank, *r->p)) {
		r->p++;
	} else if (in(s->comment, *r->p)) {
		r->p += strcspn(r->p, "\n");
	} else if (in(s->end, *r->p)) {
		err = end_line(r, false);
		r->p++;
	} else if (opens(r)) {
		err = open_block(r);
		r->p++;
	} else if (closes(r)) {
		err = end_line(r, false);
		if (r->parent == FDR_CONF_NONE)
			return fdr_err(e, -EINVAL, "line %u: a brace closes what was not opened",
				       r->number);
		r->parent = r->out->v[r->parent].parent;
		r->p++;
	} else {
		err = take_word(r, e);
	}
	return err == -ENOMEM ? fdr_err(e, err, "out of memory") : err;
}

static void clear_line(struct fdr_conf_line *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->words[i]);
	free(l->words);
}

int fdr_conf_parse(const char *text, const struct fdr_conf_style *style, struct fdr_conf *ret,
		   struct fdr_error *e)
{
	struct fdr_conf out = { 0 };
	struct reader r = { .style = style, .out = &out, .p = text, .number = 1,
			    .parent = FDR_CONF_NONE };
	int err = 0;

	while (err >= 0 && *r.p)
		err = step(&r, e);
	if (err >= 0 && end_line(&r, false) < 0)
		err = fdr_err(e, -ENOMEM, "out of memory");
	if (err >= 0 && r.parent != FDR_CONF_NONE)
		err = fdr_err(e, -EINVAL, "line %u: the block that begins here does not end",
			      out.v[r.parent].line);
	clear_line(&r.now);
	if (err < 0)
		fdr_conf_clear(&out);
	else
		*ret = out;
	return err < 0 ? err : 0;
}

void fdr_conf_clear(struct fdr_conf *c)
{
	for (size_t i = 0; i < c->n; i++)
		clear_line(&c->v[i]);
	free(c->v);
	*c = (struct fdr_conf){ 0 };
}

size_t fdr_conf_next(const struct fdr_conf *c, size_t parent, const char *key, size_t after)
{
	for (size_t i = after == FDR_CONF_NONE ? 0 : after + 1; i < c->n; i++)
		if (c->v[i].parent == parent && c->v[i].n && !strcmp(c->v[i].words[0], key))
			return i;
	return FDR_CONF_NONE;
}

const char *fdr_conf_value(const struct fdr_conf *c, size_t parent, const char *key)
{
	const char *value = NULL;

	for (size_t i = fdr_conf_next(c, parent, key, FDR_CONF_NONE); i != FDR_CONF_NONE;
	     i = fdr_conf_next(c, parent, key, i))
		value = fdr_conf_word(c, i, 1);
	return value;
}

const char *fdr_conf_anywhere(const struct fdr_conf *c, const char *key)
{
	const char *value = NULL;

	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].n > 1 && !strcmp(c->v[i].words[0], key))
			value = c->v[i].words[1];
	return value;
}

const char *fdr_conf_word(const struct fdr_conf *c, size_t at, size_t i)
{
	return at < c->n && i < c->v[at].n ? c->v[at].words[i] : "";
}

size_t fdr_conf_has(const struct fdr_conf *c, size_t at, size_t from, const char *word)
{
	for (size_t i = from; at < c->n && i < c->v[at].n; i++)
		if (!strcmp(c->v[at].words[i], word))
			return i;
	return 0;
}

int fdr_conf_time(const char *text, int64_t unit_ns, int64_t *ret)
{
	static const struct { const char *word; int64_t ns; } units[] = {
		{ "us", 1000 }, { "ms", FDR_NS_PER_MS }, { "msec", FDR_NS_PER_MS },
		{ "s", FDR_NS_PER_S }, { "sec", FDR_NS_PER_S }, { "seconds", FDR_NS_PER_S },
		{ "m", 60 * FDR_NS_PER_S }, { "min", 60 * FDR_NS_PER_S },
		{ "h", 3600 * FDR_NS_PER_S }, { "d", 86400 * FDR_NS_PER_S },
	};
	char *end;
	double n;

	if (!text || !(isdigit((unsigned char)*text) || *text == '.'))
		return -EINVAL;
	n = strtod(text, &end);
	end += strspn(end, " ");
	for (size_t i = 0; *end && i < FDR_ARRAY_LEN(units); i++)
		if (!strcasecmp(end, units[i].word)) {
			unit_ns = units[i].ns;
			end += strlen(end);
		}
	/* Ten years are no timeout; more would not fit the sums made of them. */
	if (*end || !(n * (double)unit_ns <= 3.2e17))
		return -EINVAL;
	*ret = (int64_t)llround(n * (double)unit_ns);
	return 0;
}

int64_t fdr_conf_time_or(const char *text, int64_t unit_ns, int64_t def_ns)
{
	int64_t ns;

	return fdr_conf_time(text, unit_ns, &ns) < 0 ? def_ns : ns;
}

bool fdr_conf_true(const char *text, bool def)
{
	static const char *const words[] = { "yes", "on", "true", "1", "enabled" };

	for (size_t i = 0; text && i < FDR_ARRAY_LEN(words); i++)
		if (!strcasecmp(text, words[i]))
			return true;
	return text ? false : def;
}
