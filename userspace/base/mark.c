// SPDX-License-Identifier: GPL-2.0-or-later
#include "mark.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "file.h"

bool fdr_mark_word_ok(const char *word, size_t max)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				"._/:@-");

	return n && !word[n] && n < max;
}

int fdr_mark_write(char *buf, size_t size, const struct fdr_mark *m)
{
	int n;

	if (!fdr_mark_word_ok(m->name, sizeof(m->name)) ||
	    !fdr_mark_word_ok(m->state, sizeof(m->state)))
		return -EINVAL;
	n = snprintf(buf, size, FDR_MARK_WORD " %s %s mono=%lld real=%lld boot=%s: %s", m->name,
		     m->state, (long long)m->mono_ns, (long long)m->real_ns,
		     *m->boot ? m->boot : "-", m->text ? m->text : "");
	if (n < 0 || (size_t)n >= size)
		return -ENOSPC;
	for (char *c = buf; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	return 0;
}

/* The next word of *line into @buf; false if it is none. */
static bool take_word(const char **line, char *buf, size_t size)
{
	size_t n;

	*line += strspn(*line, " ");
	n = strcspn(*line, " ");
	if (!n || n >= size)
		return false;
	memcpy(buf, *line, n);
	buf[n] = '\0';
	*line += n;
	return fdr_mark_word_ok(buf, size);
}

bool fdr_mark_read(const char *line, struct fdr_mark *ret)
{
	const char *at = strstr(line, FDR_MARK_WORD " ");
	long long mono, real;
	int end = 0;

	*ret = (struct fdr_mark){ .text = "" };
	if (!at || (at > line && at[-1] != ' ' && at[-1] != '>'))
		return false;
	at += strlen(FDR_MARK_WORD);
	if (!take_word(&at, ret->name, sizeof(ret->name)) ||
	    !take_word(&at, ret->state, sizeof(ret->state)))
		return false;
	at += strspn(at, " ");
	if (sscanf(at, "mono=%18lld real=%19lld boot=%36[0-9a-f-]:%n", &mono, &real, ret->boot,
		   &end) == 3 && end && mono > 0 && real > 0) {
		ret->mono_ns = mono;
		ret->real_ns = real;
		at += end;
	} else {
		*ret->boot = '\0';
	}
	ret->text = at + strspn(at, " ");
	return true;
}

void fdr_mark_boot(char ret[FDR_MARK_BOOT])
{
	if (fdr_read_line("/proc/sys/kernel/random/boot_id", ret, FDR_MARK_BOOT) < 0)
		*ret = '\0';
}
