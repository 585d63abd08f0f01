// SPDX-License-Identifier: GPL-2.0-or-later
#include "substitute.h"

#include <inttypes.h>
#include <string.h>

char *fdr_substitute(const char *text, const char *name, uint64_t number)
{
	char key[32], digits[24], *out = NULL;
	size_t size, n;
	FILE *f;

	n = (size_t)snprintf(key, sizeof(key), "{%.20s}", name);
	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	f = open_memstream(&out, &size);
	if (!f)
		return NULL;
	for (const char *p = text, *at; *p; p = at) {
		at = strstr(p, key);
		fwrite(p, 1, at ? (size_t)(at - p) : strlen(p), f);
		if (!at)
			break;
		fputs(digits, f);
		at += n;
	}
	if (fclose(f)) {
		free(out);
		return NULL;
	}
	return out;
}
