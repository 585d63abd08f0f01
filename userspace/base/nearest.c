// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "opts.h"

#define WORD_MAX_	64

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edit distance where a swap of neighbours counts as one. */
static unsigned int distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned int d[3][WORD_MAX_ + 1];
	unsigned int *before = d[0], *prev = d[1], *cur = d[2], *t;

	for (size_t j = 0; j <= nb; j++)
		prev[j] = (unsigned int)j;
	for (size_t i = 1; i <= na; i++) {
		cur[0] = (unsigned int)i;
		for (size_t j = 1; j <= nb; j++) {
			cur[j] = min3(prev[j] + 1, cur[j - 1] + 1,
				      prev[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < cur[j])
				cur[j] = before[j - 2] + 1;
		}
		t = before;
		before = prev;
		prev = cur;
		cur = t;
	}
	return prev[nb];
}

const char *fdr_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word);
	unsigned int best = len < 3 ? 1 : len < 6 ? 2 : 3;	/* a likely typo */
	const char *found = NULL;

	if (len > WORD_MAX_)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t m = strlen(candidates[i]);
		unsigned int d;

		if (m > WORD_MAX_)
			continue;
		d = distance(word, len, candidates[i], m);
		/* A word that shares nothing with it is no suggestion. */
		if (d >= len || d >= m || d > best || (found && d == best))
			continue;
		best = d;
		found = candidates[i];
	}
	return found;
}
