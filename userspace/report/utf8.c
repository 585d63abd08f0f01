// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "show.h"

#define REPLACEMENT	0xfffdU

/* Control characters, and those that turn the direction of the text around them. */
static bool harmful(uint32_t p)
{
	return p < 0x20 || (p >= 0x7f && p < 0xa0) || (p >= 0x202a && p <= 0x202e) ||
	       (p >= 0x2066 && p <= 0x2069) || p == 0x2028 || p == 0x2029 ||
	       (p & 0xfffe) == 0xfffe;
}

size_t fdr_utf8_next(const char *s, uint32_t *ret_point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *u = (const unsigned char *)s;
	size_t n = u[0] < 0x80 ? 1 : u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
	uint32_t p;

	*ret_point = REPLACEMENT;
	if (n == 1) {
		*ret_point = harmful(u[0]) ? REPLACEMENT : u[0];
		return 1;
	}
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 1;
	p = u[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return i;
		p = p << 6 | (u[i] & 0x3f);
	}
	if (p >= least[n] && p <= 0x10ffff && (p & 0x1ff800) != 0xd800 && !harmful(p))
		*ret_point = p;
	return n;
}

static size_t point_width(uint32_t p)
{
	/* Combining marks take no column, East Asian and pictures two. */
	static const struct {
		uint32_t first, last;
		unsigned char width;
	} odd[] = {
		{ 0x0300, 0x036f, 0 }, { 0x0483, 0x0489, 0 }, { 0x0591, 0x05bd, 0 },
		{ 0x1ab0, 0x1aff, 0 }, { 0x1dc0, 0x1dff, 0 }, { 0x200b, 0x200f, 0 },
		{ 0x20d0, 0x20ff, 0 }, { 0xfe00, 0xfe0f, 0 }, { 0xfe20, 0xfe2f, 0 },
		{ 0x1100, 0x115f, 2 }, { 0x2e80, 0x303e, 2 }, { 0x3041, 0xa4cf, 2 },
		{ 0xac00, 0xd7a3, 2 }, { 0xf900, 0xfaff, 2 }, { 0xfe30, 0xfe6f, 2 },
		{ 0xff00, 0xff60, 2 }, { 0xffe0, 0xffe6, 2 }, { 0x1f300, 0x1f64f, 2 },
		{ 0x1f680, 0x1f6ff, 2 }, { 0x1f900, 0x1f9ff, 2 }, { 0x20000, 0x3fffd, 2 },
	};

	for (size_t i = 0; i < FDR_ARRAY_LEN(odd); i++)
		if (p >= odd[i].first && p <= odd[i].last)
			return odd[i].width;
	return 1;
}

size_t fdr_utf8_width(const char *s)
{
	size_t width = 0;
	uint32_t p;

	while (*s) {
		s += fdr_utf8_next(s, &p);
		width += point_width(p);
	}
	return width;
}

static void put(FILE *f, const char *s, size_t n, uint32_t p)
{
	if (p == REPLACEMENT)
		fputs("\xef\xbf\xbd", f);
	else
		fwrite(s, 1, n, f);
}

void fdr_put_plain(FILE *f, const char *s)
{
	uint32_t p;
	size_t n;

	for (; s && *s; s += n) {
		n = fdr_utf8_next(s, &p);
		if (*s == '\n' || *s == '\t')
			fputc(' ', f);
		else
			put(f, s, n, p);
	}
}

static void put_html(FILE *f, const char *s, bool prose)
{
	const char *start = s;
	uint32_t p;
	size_t n;

	for (; s && *s; s += n) {
		n = fdr_utf8_next(s, &p);
		if (prose && *s == ' ' && s > start && s[-1] >= '0' && s[-1] <= '9' &&
		    fdr_unit_length(s + 1)) {
			fputs("&nbsp;", f);
			continue;
		}
		switch (*s) {
		case '&':	fputs("&amp;", f); break;
		case '<':	fputs("&lt;", f); break;
		case '>':	fputs("&gt;", f); break;
		case '"':	fputs("&quot;", f); break;
		case '\'':	fputs("&#39;", f); break;
		case '\n':
		case '\t':	fputc(*s, f); break;
		default:	put(f, s, n, p);
		}
	}
}

void fdr_put_html(FILE *f, const char *s)
{
	put_html(f, s, false);
}

void fdr_put_prose(FILE *f, const char *s)
{
	put_html(f, s, true);
}

size_t fdr_unit_length(const char *s)
{
	static const char *const units[] = { "s", "ms", "µs", "ns", "%" };
	size_t n = strcspn(s, " ,.;:)");

	for (size_t i = 0; i < FDR_ARRAY_LEN(units); i++)
		if (n == strlen(units[i]) && !strncmp(s, units[i], n))
			return n;
	return 0;
}
