// SPDX-License-Identifier: GPL-2.0-or-later
#include "text.h"

#include <string.h>

static const char separators[] = ", \t";

/* Length of the well-formed UTF-8 character at @s; 0 if there is none. */
static size_t utf8_len(const unsigned char *s)
{
	size_t n;
	uint32_t c;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	c = s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10ffff)) ||
	    (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return n;
}

void fdr_text_clean(char *dst, size_t size, const char *src)
{
	const unsigned char *s = (const unsigned char *)src;
	size_t n = 0;

	while (*s) {
		size_t len = utf8_len(s);
		bool bad = !len || *s < ' ' || *s == 0x7f;

		if (n + (bad ? 1 : len) >= size)
			break;
		if (bad) {
			dst[n++] = *s == '\t' ? ' ' : '?';
			s++;
			continue;
		}
		memcpy(dst + n, s, len);
		n += len;
		s += len;
	}
	while (n && dst[n - 1] == ' ')
		n--;
	dst[n] = '\0';
}

bool fdr_text_listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*(list += strspn(list, separators))) {
		size_t n = strcspn(list, separators);

		if (n == len && !memcmp(list, word, n))
			return true;
		list += n;
	}
	return false;
}
