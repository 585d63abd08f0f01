// SPDX-License-Identifier: GPL-2.0-or-later
#include "nagios-words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Nagios' words and numbers, and ours for what is HARD. */
static const struct word {
	bool service;
	int number;
	const char *theirs, *hard;
} words[] = {
	{ false, 0, "UP", "up" },
	{ false, 1, "DOWN", "down" },
	/* Not "unreachable": that is what a probe says of a detector that it cannot see. */
	{ false, 2, "UNREACHABLE", "cut-off" },
	{ true, 0, "OK", "ok" },
	{ true, 1, "WARNING", "warning" },
	{ true, 2, "CRITICAL", "critical" },
	{ true, 3, "UNKNOWN", "unknown" },
};

static const struct {
	const char *text;
	bool service;
} lines[] = {
	{ "HOST ALERT: ", false },		{ "SERVICE ALERT: ", true },
	{ "INITIAL HOST STATE: ", false },	{ "INITIAL SERVICE STATE: ", true },
	{ "CURRENT HOST STATE: ", false },	{ "CURRENT SERVICE STATE: ", true },
};

/* What is well is so at once; anything else is first a suspicion. */
static const char *state_of(const struct word *w, bool hard)
{
	return hard || w->number == 0 ? w->hard : "suspect";
}

/* The field up to the next ';' is @text. */
static bool field_is(const char *field, const char *text)
{
	size_t n = strlen(text);

	return !strncmp(field, text, n) && field[n] == ';';
}

static const char *next_field(const char *s)
{
	s = strchr(s, ';');
	return s ? s + 1 : NULL;
}

/* "WEB1;DOWN;SOFT;1;output" or with ";SERVICE" after the host. */
static bool read_alert(const char *s, bool service, char *subject, size_t size,
		       const char **ret_state)
{
	const char *state = next_field(s), *kind, *name = NULL;
	int n;

	if (service && state) {
		name = state;
		state = next_field(state);
	}
	kind = state ? next_field(state) : NULL;
	if (!kind || *s == ';' || (name && *name == ';'))
		return false;
	n = service ? snprintf(subject, size, "%.*s/%.*s", (int)(name - s - 1), s,
			       (int)(state - name - 1), name) :
		      snprintf(subject, size, "%.*s", (int)(state - s - 1), s);
	if (n < 0 || (size_t)n >= size || (!field_is(kind, "SOFT") && !field_is(kind, "HARD")))
		return false;
	for (size_t i = 0; i < FDR_ARRAY_LEN(words); i++) {
		if (words[i].service != service || !field_is(state, words[i].theirs))
			continue;
		*ret_state = state_of(&words[i], *kind == 'H');
		return true;
	}
	return false;
}

/*
 * A message begins after "[1700000000] " in Nagios' own file, and after "nagios: " or
 * "nagios4[7]: " in syslog.  What a plugin printed comes later in the line, and is not
 * looked at.
 */
static const char *message_of(const char *line)
{
	const char *s;
	size_t n;

	if (*line == '[') {
		n = strspn(line + 1, "0123456789");
		return n && !strncmp(line + 1 + n, "] ", 2) ? line + n + 3 : NULL;
	}
	s = strstr(line, "nagios");
	s = s ? strstr(s, ": ") : NULL;
	return s ? s + 2 : NULL;
}

bool fdr_nagios_log(const char *line, char *subject, size_t size, const char **ret_state,
		    const char **ret_message)
{
	const char *s = message_of(line);

	for (size_t i = 0; s && i < FDR_ARRAY_LEN(lines); i++) {
		size_t n = strlen(lines[i].text);

		if (strncmp(s, lines[i].text, n))
			continue;
		*ret_message = s;
		return read_alert(s + n, lines[i].service, subject, size, ret_state);
	}
	return false;
}

/* One block of status.dat, as far as it has been read. */
struct block {
	bool service;
	const char *host, *name, *output;
	int checked, state, hard;
};

static bool starts(const char *line, const char *key, const char **ret_value)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n) || line[n] != '=')
		return false;
	*ret_value = line + n + 1;
	return true;
}

static int digit(const char *value)
{
	return value[0] >= '0' && value[0] <= '9' && !value[1] ? value[0] - '0' : -1;
}

static void take_line(struct block *b, const char *line)
{
	const char *value;

	if (starts(line, "host_name", &value))
		b->host = value;
	else if (starts(line, "service_description", &value))
		b->name = value;
	else if (starts(line, "plugin_output", &value))
		b->output = value;
	else if (starts(line, "has_been_checked", &value))
		b->checked = digit(value);
	else if (starts(line, "current_state", &value))
		b->state = digit(value);
	else if (starts(line, "state_type", &value))
		b->hard = digit(value);
}

static const char *block_state(const struct block *b)
{
	if (b->checked == 0)
		return "pending";
	for (size_t i = 0; i < FDR_ARRAY_LEN(words); i++)
		if (words[i].service == b->service && words[i].number == b->state)
			return state_of(&words[i], b->hard == 1);
	return NULL;
}

static int end_block(const struct block *b,
		     void (*row)(void *userdata, const struct fdr_nagios_row *r), void *userdata,
		     struct fdr_error *e)
{
	struct fdr_nagios_row r = { .state = block_state(b), .output = b->output ? b->output : "" };
	char subject[FDR_NAGIOS_NAME];
	int n;

	if (!b->host || !*b->host || (b->service && (!b->name || !*b->name)) || !r.state ||
	    b->checked < 0 || b->checked > 1 || b->hard < 0 || b->hard > 1)
		return fdr_err(e, -EBADMSG, "a broken entry in status.dat (of \"%.64s\")",
			       b->host ? b->host : "");
	n = snprintf(subject, sizeof(subject), "%s%s%s", b->host, b->service ? "/" : "",
		     b->service ? b->name : "");
	if (n < 0 || (size_t)n >= sizeof(subject))
		return 0;		/* longer than any subject of a plan */
	r.subject = subject;
	row(userdata, &r);
	return 0;
}

int fdr_nagios_status(char *text, void (*row)(void *userdata, const struct fdr_nagios_row *r),
		      void *userdata, struct fdr_error *e)
{
	struct block b = { 0 };
	bool open = false, ours = false, whole = false;
	int r = 0;

	for (char *line = text, *next; line && *line && r >= 0; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line += strspn(line, " \t");
		if (!open) {
			size_t n = strcspn(line, " {");

			open = line[n] && !strcmp(line + n, " {");
			ours = open && (!strncmp(line, "hoststatus", n) ||
					!strncmp(line, "servicestatus", n)) && n >= 10;
			b = (struct block){ .service = *line == 's', .checked = -1, .state = -1,
					    .hard = -1 };
			whole |= open && !strncmp(line, "programstatus", n) && n == 13;
		} else if (!strcmp(line, "}")) {
			if (ours)
				r = end_block(&b, row, userdata, e);
			open = false;
		} else if (ours) {
			take_line(&b, line);
		}
	}
	if (r >= 0 && (open || !whole))
		r = fdr_err(e, -EBADMSG, open ? "status.dat ends in the middle of an entry" :
			    "this is no status.dat of Nagios: it has no \"programstatus\"");
	return r;
}
