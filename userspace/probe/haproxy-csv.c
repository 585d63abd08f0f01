// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "haproxy-words.h"

enum column { BACKEND, SERVER, STATUS, CHECK_STATUS, LAST_CHECK, N_COLUMNS };

static const char *const column_names[N_COLUMNS] = {
	[BACKEND] = "pxname", [SERVER] = "svname", [STATUS] = "status",
	[CHECK_STATUS] = "check_status", [LAST_CHECK] = "last_chk",
};

/*
 * Cuts the next field off *@s, in place: text up to a comma, or in quotes with
 * doubled quotes inside.  NULL at the end of the line.
 */
static char *next_field(char **s)
{
	char *field = *s, *to;

	if (!field)
		return NULL;
	if (*field != '"') {
		*s = strchr(field, ',');
		if (*s)
			*(*s)++ = '\0';
		return field;
	}
	for (to = field, *s = field + 1; **s; (*s)++) {
		if (**s == '"' && *++*s != '"')
			break;
		*to++ = **s;
	}
	/* What stands between the closing quote and the comma is nobody's. */
	*s = strchr(*s, ',');
	if (*s)
		(*s)++;
	*to = '\0';
	return field;
}

static int read_header(char *line, size_t at[N_COLUMNS], struct fdr_error *e)
{
	char shown[64];
	unsigned int found = 0;
	char *field;

	snprintf(shown, sizeof(shown), "%s", line);
	if (strncmp(line, "# ", 2))
		return fdr_err(e, -EBADMSG, "no answer to \"show stat\": \"%s\"", shown);
	line += 2;
	for (int c = 0; c < N_COLUMNS; c++)
		at[c] = SIZE_MAX;
	for (size_t i = 0; (field = next_field(&line)); i++)
		for (int c = 0; c < N_COLUMNS; c++)
			if (!strcmp(field, column_names[c]) && at[c] == SIZE_MAX) {
				at[c] = i;
				found |= 1u << c;
			}
	for (int c = 0; c <= STATUS; c++)
		if (!(found & 1u << c))
			return fdr_err(e, -EBADMSG, "\"show stat\" has no column \"%s\": \"%s\"",
				       column_names[c], shown);
	return 0;
}

static int read_row(char *line, const size_t at[N_COLUMNS], struct fdr_haproxy_row *ret)
{
	const char *v[N_COLUMNS] = { [CHECK_STATUS] = "", [LAST_CHECK] = "" };
	char *field;

	for (size_t i = 0; (field = next_field(&line)); i++)
		for (int c = 0; c < N_COLUMNS; c++)
			if (at[c] == i)
				v[c] = field;
	if (!v[BACKEND] || !*v[BACKEND] || !v[SERVER] || !*v[SERVER] || !v[STATUS])
		return -EBADMSG;
	*ret = (struct fdr_haproxy_row){
		.backend = v[BACKEND], .server = v[SERVER], .status = v[STATUS],
		.check_status = v[CHECK_STATUS], .last_check = v[LAST_CHECK],
	};
	return 0;
}

int fdr_haproxy_csv(char *text, void (*row)(void *userdata, const struct fdr_haproxy_row *r),
		    void *userdata, struct fdr_error *e)
{
	size_t at[N_COLUMNS];
	char *save = NULL, *line = strtok_r(text, "\r\n", &save);
	int r;

	if (!line)
		return fdr_err(e, -EBADMSG, "an empty answer to \"show stat\"");
	r = read_header(line, at, e);
	if (r < 0)
		return r;
	while ((line = strtok_r(NULL, "\r\n", &save))) {
		struct fdr_haproxy_row v;

		r = read_row(line, at, &v);
		if (r < 0)
			return fdr_err(e, r, "a broken line in the answer to \"show stat\"");
		/* Sums over a whole proxy are no servers. */
		if (strcmp(v.server, "BACKEND") && strcmp(v.server, "FRONTEND"))
			row(userdata, &v);
	}
	return 0;
}

const char *fdr_haproxy_status(const char *status)
{
	static const struct {
		const char *word;
		const char *alone, *counting;	/* "UP", and "UP 1/3" */
	} words[] = {
		{ "UP", "up", "suspect" },
		{ "DOWN", "down", "down" },	/* "DOWN 1/2" is rising, not yet used */
		{ "NOLB", "drain", "drain" },	/* answers, but asked for no more work */
		{ "DRAIN", "drain", "drain" },
		{ "MAINT", "maint", "maint" },
		{ "no check", "up", "up" },	/* used, whatever happens to it */
	};

	for (size_t i = 0; i < FDR_ARRAY_LEN(words); i++) {
		size_t n = strlen(words[i].word);

		if (strncmp(status, words[i].word, n))
			continue;
		if (!status[n])
			return words[i].alone;
		if (status[n] != ' ')
			continue;
		/* "DOWN (agent)", "MAINT (via web/node1)": a remark, no count. */
		return status[n + 1] == '(' ? words[i].alone : words[i].counting;
	}
	return NULL;
}
