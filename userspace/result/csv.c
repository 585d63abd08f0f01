// SPDX-License-Identifier: GPL-2.0-or-later
#include "csv.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define LINE_MAX_BYTES	4096
#define GROUP_MAX	63
/* As a double, a nanosecond is still one. */
#define SECONDS_MAX	9007199.0
#define FIELDS		4

static const char *const field_names[FIELDS] = { "lo", "hi", "event", "group" };

struct reader {
	const char *name;
	size_t line, fields;		/* of the first line of values or the heading; 0 = none yet */
	bool heading_possible;
	char *v[FIELDS];		/* of the present line */
	size_t column[FIELDS];
	struct fdr_error *e;
};

static int FDR_PRINTF(3, 4) refuse(struct reader *r, size_t column, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return fdr_err(r->e, -EBADMSG, "%s:%zu:%zu: %s", r->name, r->line, column, what);
}

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		s[--n] = '\0';
	return s;
}

/* Cuts the line into fields, and counts them against the first line's. */
static int split(struct reader *r, char *line)
{
	char *start = line, *at = line;
	size_t n = 0;

	for (;;) {
		char *end = at + strcspn(at, ",");
		bool last = !*end;

		if (n == FIELDS)
			return refuse(r, (size_t)(at - start) + 1,
				      "more than %d fields; a line is lo,hi,event[,group]", FIELDS);
		*end = '\0';
		r->v[n] = trim(at);
		r->column[n] = (size_t)(r->v[n] - start) + 1;
		n++;
		if (last)
			break;
		at = end + 1;
	}
	if (n < FIELDS - 1)
		return refuse(r, r->column[n - 1], "%zu field%s; a line is lo,hi,event[,group], "
			      "lo and hi in seconds", n, n == 1 ? "" : "s");
	if (r->fields && n != r->fields)
		return refuse(r, r->column[n - 1], n > r->fields ?
			      "a group, and the lines before have none" :
			      "no group, and the lines before have one");
	r->fields = n;
	return 0;
}

/* True where the fields are the heading's names. */
static bool is_heading(const struct reader *r)
{
	for (size_t i = 0; i < r->fields; i++)
		if (strcmp(r->v[i], field_names[i]))
			return false;
	return true;
}

static int seconds(struct reader *r, size_t field, int64_t *ret_ns)
{
	const char *text = r->v[field], *name = field_names[field];
	size_t digits = strspn(text, "0123456789.eE+-");
	double v;
	char *end;

	if (!*text)
		return refuse(r, r->column[field], "%s is empty", name);
	if (*text == '-')
		return refuse(r, r->column[field], "%s: %.40s is negative: times count from the "
			      "fault's onset", name, text);
	v = strtod(text, &end);
	/* No "inf", no "nan", no "0x10"; a comma for the point has split the field. */
	if (*end || text[digits] || *text == '+')
		return refuse(r, r->column[field], "%s: \"%.40s\" is no number of seconds", name,
			      text);
	if (v > SECONDS_MAX)
		return refuse(r, r->column[field], "%s: %.40s is more than %.0f s (104 days); the "
			      "unit is seconds", name, text, SECONDS_MAX);
	*ret_ns = llround(v * 1e9);
	return 0;
}

static int group(struct reader *r, const char **ret)
{
	const char *g = r->v[FIELDS - 1];
	size_t column = r->column[FIELDS - 1];

	*ret = FDR_CSV_ALL;
	if (r->fields < FIELDS)
		return 0;
	if (!*g)
		return refuse(r, column, "group is empty");
	if (strlen(g) > GROUP_MAX)
		return refuse(r, column, "group is longer than %d bytes", GROUP_MAX);
	if (strchr(g, '"'))
		return refuse(r, column, "group: quotes are not understood: write the name as it is");
	for (const char *c = g; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return refuse(r, column + (size_t)(c - g), "group: a control character");
	*ret = g;
	return 0;
}

static int value(struct reader *r, struct fdr_sample *s)
{
	const char *event = r->v[2];
	int err;

	if (strcmp(event, "0") && strcmp(event, "1"))
		return refuse(r, r->column[2], "event: \"%.40s\" must be 1 (seen) or 0 (given up at "
			      "lo)", event);
	s->censored = *event == '0';
	err = seconds(r, 0, &s->lo_ns);
	if (err < 0)
		return err;
	s->hi_ns = s->lo_ns;
	if (!s->censored || *r->v[1])
		err = seconds(r, 1, &s->hi_ns);
	if (err >= 0 && s->hi_ns < s->lo_ns)
		return refuse(r, r->column[1], "hi (%.40s) is less than lo (%.40s)", r->v[1],
			      r->v[0]);
	if (s->censored)
		s->hi_ns = s->lo_ns;
	return err;
}

static int line(struct reader *r, char *text, size_t n, struct fdr_series_set *set)
{
	struct fdr_sample s;
	const char *to;
	int err;

	if (r->line == 1 && !strncmp(text, "\xef\xbb\xbf", 3)) {	/* a spreadsheet's mark */
		text += 3;
		n -= 3;
	}
	while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		text[--n] = '\0';
	if (strlen(text) != n)
		return refuse(r, strlen(text) + 1, "a NUL byte: this is no text");
	if (n > LINE_MAX_BYTES)
		return refuse(r, LINE_MAX_BYTES, "a line of %zu bytes", n);
	if (!text[strspn(text, " \t")] || *text == '#')
		return 0;
	err = split(r, text);
	if (err < 0)
		return err;
	if (r->heading_possible) {
		r->heading_possible = false;
		if (is_heading(r))
			return 0;
	}
	err = value(r, &s);
	if (err >= 0)
		err = group(r, &to);
	if (err >= 0 && fdr_series_add(set, to, &s) < 0)
		return fdr_err(r->e, -ENOMEM, "out of memory");
	return err;
}

int fdr_csv_read(FILE *f, const char *name, struct fdr_series_set *ret, struct fdr_error *e)
{
	struct reader r = { .name = name, .heading_possible = true, .e = e };
	FDR_CLEANUP_FREE char *text = NULL;
	size_t room = 0;
	ssize_t n;
	int err = 0;

	*ret = (struct fdr_series_set){ 0 };
	errno = 0;
	while (err >= 0 && (n = getline(&text, &room, f)) >= 0) {
		r.line++;
		err = line(&r, text, (size_t)n, ret);
	}
	if (err >= 0 && ferror(f))
		err = fdr_err(e, errno ? -errno : -EIO, "%s: cannot read: %s", name,
			      strerror(errno ? errno : EIO));
	if (err >= 0 && !ret->n)
		err = fdr_err(e, -EBADMSG, "%s: no values: a line is lo,hi,event[,group], lo and hi "
			      "in seconds", name);
	if (err < 0)
		fdr_series_clear(ret);
	return err;
}
