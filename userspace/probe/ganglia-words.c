// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The little of XML that Ganglia writes: tags, attributes in quotes, a DTD in front.
 * Elements are not matched; a host stands in the cluster whose tag came last before it.
 */
#include "ganglia-words.h"

#include <errno.h>
#include <string.h>

struct text {
	const char *p, *end;
};

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct text *t)
{
	while (t->p < t->end && blank(*t->p))
		t->p++;
}

/* Up to a blank or one of @stop. */
static struct text take_word(struct text *t, const char *stop)
{
	struct text w = { t->p, t->p };

	while (t->p < t->end && *t->p && !blank(*t->p) && !strchr(stop, *t->p))
		t->p++;
	w.end = t->p;
	return w;
}

static bool word_is(struct text w, const char *name)
{
	size_t n = strlen(name);

	return (size_t)(w.end - w.p) == n && !memcmp(w.p, name, n);
}

/* "&amp;" and its like become their letter; another reference stays as it is. */
static size_t one_letter(struct text v, char *ret)
{
	static const struct {
		const char *text;
		char letter;
	} entities[] = {
		{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' },
		{ "&apos;", '\'' },
	};

	for (size_t i = 0; i < FDR_ARRAY_LEN(entities); i++) {
		size_t n = strlen(entities[i].text);

		if ((size_t)(v.end - v.p) >= n && !memcmp(v.p, entities[i].text, n)) {
			*ret = entities[i].letter;
			return n;
		}
	}
	*ret = *v.p;
	return 1;
}

static void take_text(struct text v, char *buf)
{
	size_t n = 0;

	while (v.p < v.end && n < FDR_GANGLIA_NAME - 1)
		v.p += one_letter(v, &buf[n++]);
	buf[n] = '\0';
}

static bool take_number(struct text v, uint64_t *ret)
{
	uint64_t n = 0;

	if (v.p == v.end || v.end - v.p > 15)
		return false;
	for (; v.p < v.end; v.p++) {
		if (*v.p < '0' || *v.p > '9')
			return false;
		n = n * 10 + (uint64_t)(*v.p - '0');
	}
	*ret = n;
	return true;
}

/* NAME="value" or NAME='value'.  False: the tag ends here, or is broken (*ret_broken). */
static bool next_attribute(struct text *t, struct text *name, struct text *value,
			   bool *ret_broken)
{
	const char *quote;

	skip_blanks(t);
	if (t->p < t->end && (*t->p == '>' || *t->p == '/'))
		return false;
	*ret_broken = true;
	*name = take_word(t, "=>/\"'");
	if (name->p == name->end || t->end - t->p < 3 || t->p[0] != '=' ||
	    (t->p[1] != '"' && t->p[1] != '\''))
		return false;
	quote = memchr(t->p + 2, t->p[1], (size_t)(t->end - t->p - 2));
	if (!quote)
		return false;
	*value = (struct text){ t->p + 2, quote };
	t->p = quote + 1;
	*ret_broken = false;
	return true;
}

/* A CLUSTER or a HOST, after that word. */
static bool read_tag(struct text *t, char *name, uint64_t *tn, uint64_t *tmax)
{
	struct text key, value;
	bool broken = false, named = false, aged = !tn;

	while (next_attribute(t, &key, &value, &broken)) {
		if (word_is(key, "NAME")) {
			take_text(value, name);
			named = *name;
		} else if (tn && word_is(key, "TN")) {
			aged = take_number(value, tn);
		} else if (tmax && word_is(key, "TMAX") && !take_number(value, tmax)) {
			return false;
		}
	}
	return !broken && named && aged;
}

int fdr_ganglia_xml(const char *text, size_t len,
		    void (*row)(void *userdata, const struct fdr_ganglia_row *r), void *userdata,
		    struct fdr_error *e)
{
	char cluster[FDR_GANGLIA_NAME] = "", host[FDR_GANGLIA_NAME];
	struct text t = { text, text + len };
	bool begun = false;

	while ((t.p = memchr(t.p, '<', (size_t)(t.end - t.p)))) {
		struct fdr_ganglia_row r = { .cluster = cluster, .host = host };
		struct text word;

		t.p++;
		word = take_word(&t, ">/<");
		if (word_is(word, "GANGLIA_XML")) {
			begun = true;
		} else if (begun && word.p == word.end && t.end - t.p >= 13 &&
			   !memcmp(t.p, "/GANGLIA_XML>", 13)) {
			return 0;
		} else if (begun && word_is(word, "CLUSTER")) {
			if (!read_tag(&t, cluster, NULL, NULL))
				return fdr_err(e, -EBADMSG, "a broken CLUSTER in Ganglia's answer");
		} else if (begun && word_is(word, "HOST")) {
			if (!read_tag(&t, host, &r.tn_s, &r.tmax_s))
				return fdr_err(e, -EBADMSG, "a broken HOST in Ganglia's answer");
			row(userdata, &r);
		}
	}
	return fdr_err(e, -EBADMSG, begun ? "Ganglia's answer ends in the middle" : len ?
		       "this is no answer of Ganglia's: it has no GANGLIA_XML" :
		       "an empty answer");
}
