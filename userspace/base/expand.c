// SPDX-License-Identifier: GPL-2.0-or-later
#include "expand.h"

#include <errno.h>
#include <string.h>

#define TEXT_MAX	1000
#define DIGITS_MAX	9

struct range {
	const char *begin, *end;	/* of "[1-200]" within the text */
	unsigned long lo, hi;
	int width;			/* with zeros in front; 0 = without */
};

/* The first range at or after @s.  1, 0 if there is none, or negative errno. */
static int next_range(const char *s, struct range *ret)
{
	for (; (s = strchr(s, '[')); s++) {
		const char *lo = s + 1, *hi;
		size_t n = strspn(lo, "0123456789"), m;

		if (!n || n > DIGITS_MAX || lo[n] != '-')
			continue;
		hi = lo + n + 1;
		m = strspn(hi, "0123456789");
		if (!m || m > DIGITS_MAX || hi[m] != ']')
			continue;
		*ret = (struct range){ .begin = s, .end = hi + m + 1,
				       .lo = strtoul(lo, NULL, 10), .hi = strtoul(hi, NULL, 10),
				       .width = *lo == '0' && n > 1 ? (int)n : 0 };
		return ret->lo <= ret->hi ? 1 : -EINVAL;
	}
	return 0;
}

int fdr_expand_count(const char *text, uint32_t *ret)
{
	struct range range;
	uint64_t n = 1;
	int r;

	if (strlen(text) > TEXT_MAX)
		return -ENAMETOOLONG;
	while ((r = next_range(text, &range)) > 0) {
		if (__builtin_mul_overflow(n, range.hi - range.lo + 1, &n) || n > UINT32_MAX)
			n = UINT32_MAX;
		text = range.end;
	}
	*ret = (uint32_t)n;
	return r;
}

struct expansion {
	int (*cb)(void *userdata, const char *one);
	void *userdata;
	/* A number may be longer than the range it comes from is wide. */
	char text[2 * TEXT_MAX + 16];
};

static int expand(struct expansion *x, size_t len, const char *rest)
{
	struct range range;
	int r = next_range(rest, &range);

	if (r < 0)
		return r;
	if (!r) {
		snprintf(x->text + len, sizeof(x->text) - len, "%s", rest);
		return x->cb(x->userdata, x->text);
	}
	memcpy(x->text + len, rest, (size_t)(range.begin - rest));
	len += (size_t)(range.begin - rest);
	for (unsigned long i = range.lo; i <= range.hi; i++) {
		int n = snprintf(x->text + len, sizeof(x->text) - len, "%0*lu", range.width, i);

		r = expand(x, len + (size_t)n, range.end);
		if (r)
			return r;
	}
	return 0;
}

int fdr_expand(const char *text, int (*cb)(void *userdata, const char *one), void *userdata)
{
	struct expansion x = { .cb = cb, .userdata = userdata };

	return strlen(text) > TEXT_MAX ? -ENAMETOOLONG : expand(&x, 0, text);
}
