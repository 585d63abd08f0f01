/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PREDICT_CONF_H
#define FDR_PREDICT_CONF_H

#include "base/error.h"

/*
 * Configuration files as lines of words.  The files of the field differ in what
 * begins a comment, in what stands between a key and its value, and in whether
 * there are blocks in braces; a style says so.  What the words mean is the
 * stack's own business.
 */
struct fdr_conf_style {
	const char *comment;	/* begin a comment where a word could begin */
	const char *blank;	/* separate words, besides blanks */
	const char *end;	/* end a line, besides the newline */
	const char *alike;	/* in a key, the first of these for any of them; or NULL */
	bool braces;		/* "name {" opens a block, "}" closes it */
	/*
	 * Quotes and backslashes are letters like others, and braces too but for those that
	 * follow "define TYPE" and that stand alone: Nagios.
	 */
	bool plain;
};

#define FDR_CONF_NONE	SIZE_MAX	/* no line: the file's top level, or not found */

struct fdr_conf_line {
	unsigned int line;	/* in the file, from 1 */
	size_t parent;		/* the line that opened its block, or FDR_CONF_NONE */
	bool opens;		/* a block follows */
	size_t n;
	char **words;		/* n of them; never none, but for a block without a name */
};

struct fdr_conf {
	struct fdr_conf_line *v;
	size_t n;
};

/* -EINVAL: a quote or a brace that does not end, with its line; -ENOMEM. */
int fdr_conf_parse(const char *text, const struct fdr_conf_style *style, struct fdr_conf *ret,
		   struct fdr_error *e);
void fdr_conf_clear(struct fdr_conf *c);

/* The next line after @after (FDR_CONF_NONE: the first) in the block @parent that begins with @key. */
size_t fdr_conf_next(const struct fdr_conf *c, size_t parent, const char *key, size_t after);
/* The last such line's second word, for the last one counts; NULL: none. */
const char *fdr_conf_value(const struct fdr_conf *c, size_t parent, const char *key);
/* The same, wherever it stands. */
const char *fdr_conf_anywhere(const struct fdr_conf *c, const char *key);
/* Word @i of line @at, or "". */
const char *fdr_conf_word(const struct fdr_conf *c, size_t at, size_t i);
/* Is @word among the words of line @at, from the word @from on?  Its index, or 0. */
size_t fdr_conf_has(const struct fdr_conf *c, size_t at, size_t from, const char *word);

/*
 * "2s", "500", "1.5": a number with an optional unit (us ms s m h d), in ns; @unit_ns
 * is that of a bare number.  -EINVAL.
 */
int fdr_conf_time(const char *text, int64_t unit_ns, int64_t *ret);
/* The same where @text may be NULL: @def_ns then, and where it is no time. */
int64_t fdr_conf_time_or(const char *text, int64_t unit_ns, int64_t def_ns);
/* "yes", "on", "true", "1", "enabled"; NULL or another word: @def or false. */
bool fdr_conf_true(const char *text, bool def);

#endif /* FDR_PREDICT_CONF_H */
