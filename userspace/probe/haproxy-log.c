// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "haproxy-words.h"

/* Texts that HAProxy writes right after the server's name. */
static const struct {
	const char *text, *state;
} verdicts[] = {
	{ "is DOWN", "down" },
	{ "is UP", "up" },
	{ "is going DOWN for maintenance", "maint" },
	{ "was DOWN and now enters maintenance", "maint" },
	{ "enters drain state", "drain" },
	{ "is stopping", "drain" },
};

static bool skip(const char **s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncmp(*s, prefix, n))
		return false;
	*s += n;
	return true;
}

/* "web/node1 " -> @subject; the rest follows. */
static bool take_subject(const char **s, char *subject, size_t size)
{
	size_t n = strcspn(*s, " ");
	const char *slash = memchr(*s, '/', n);

	if (!slash || slash == *s || slash == *s + n - 1 || n >= size || (*s)[n] != ' ')
		return false;
	memcpy(subject, *s, n);
	subject[n] = '\0';
	*s += n + 1;
	return true;
}

/* "... status: 1/3 UP." -> up or suspect.  DOWN is left to the verdict of its own. */
static const char *health_state(const char *s)
{
	unsigned int have, of;
	char word[8];

	s = strstr(s, ", status: ");
	if (!s || sscanf(s, ", status: %4u/%4u %7[A-Z]", &have, &of, word) != 3 ||
	    strcmp(word, "UP"))
		return NULL;
	return have < of ? "suspect" : "up";
}

static bool read_message(const char *s, char *subject, size_t size, const char **ret_state)
{
	const char *p = s;

	if (skip(&p, "Health check for ")) {
		skip(&p, "backup ");
		if (!skip(&p, "server ") || !take_subject(&p, subject, size) ||
		    (strncmp(p, "failed", 6) && strncmp(p, "succeeded", 9)))
			return false;
		*ret_state = health_state(p);
		return *ret_state;
	}
	if ((!skip(&p, "Server ") && !skip(&p, "Backup Server ")) ||
	    !take_subject(&p, subject, size))
		return false;
	for (size_t i = 0; i < FDR_ARRAY_LEN(verdicts); i++) {
		const char *end = p;

		if (!skip(&end, verdicts[i].text) || isalnum((unsigned char)*end))
			continue;
		*ret_state = verdicts[i].state;
		return true;
	}
	return false;
}

/* Past the @n-th blank; NULL if there are fewer. */
static const char *skip_words(const char *s, int n)
{
	while (n-- && s) {
		s = strchr(s, ' ');
		if (s)
			s++;
	}
	return s;
}

/*
 * The message is looked for only where a header ends, never in the middle: a log
 * holds words of clients too, and a request must not be able to say "is DOWN".
 */
bool fdr_haproxy_log(const char *line, char *subject, size_t size, const char **ret_state,
		     const char **ret_message)
{
	const char *starts[5] = { line };
	size_t n = 1;
	const char *s = line;

	if (*s == '<' && isdigit((unsigned char)s[1])) {
		s += 1 + strspn(s + 1, "0123456789");
		s += *s == '>';
		starts[n++] = s;		/* format short */
	}
	if (!strncmp(s, "1 ", 2))
		starts[n++] = skip_words(s, 7);	/* RFC 5424 without structured data */
	s = strstr(s, ": ");
	if (s) {
		s += 2;
		starts[n++] = s;		/* RFC 3164, or "[WARNING] (1) : " */
		if (*s == '[' && (s = strstr(s, " : ")))
			starts[n++] = s + 3;	/* the one in the other, by a journal */
	}
	for (size_t i = 0; i < n; i++) {
		if (!starts[i] || !read_message(starts[i], subject, size, ret_state))
			continue;
		*ret_message = starts[i];
		return true;
	}
	return false;
}
