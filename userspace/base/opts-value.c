// SPDX-License-Identifier: GPL-2.0-or-later
/* The types of options: one parser a type, one row a parser. */
#include "opts-value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <string.h>

#include "clock.h"
#include "expand.h"

static int parse_digits(const char *s, size_t n, unsigned int base, uint64_t *ret)
{
	uint64_t v = 0;

	if (!n)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		unsigned int d;

		if (isdigit((unsigned char)s[i]))
			d = (unsigned int)(s[i] - '0');
		else if (base == 16 && isxdigit((unsigned char)s[i]))
			d = (unsigned int)(tolower((unsigned char)s[i]) - 'a') + 10;
		else
			return -EINVAL;
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
			return -ERANGE;
	}
	*ret = v;
	return 0;
}

/* "12.5" up to @end, in units of 10^-@places; more digits than that are refused. */
static int parse_decimal(const char *s, size_t n, unsigned int places, uint64_t *ret)
{
	const char *dot = memchr(s, '.', n);
	size_t whole = dot ? (size_t)(dot - s) : n;
	size_t frac = dot ? n - whole - 1 : 0;
	uint64_t v, f = 0;
	int r;

	r = parse_digits(s, whole, 10, &v);
	if (r < 0)
		return r;
	if (dot) {
		if (frac > places)
			return -EINVAL;
		r = parse_digits(dot + 1, frac, 10, &f);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < places; i++) {
		if (__builtin_mul_overflow(v, 10, &v))
			return -ERANGE;
		if (i >= frac)
			f *= 10;
	}
	return __builtin_add_overflow(v, f, ret) ? -ERANGE : 0;
}

static int parse_any(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	(void)d;
	(void)s;
	*ret = 0;
	return 0;
}

/* None of them empty, nor with a blank in it. */
static int parse_list(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	(void)d;
	*ret = 0;
	for (const char *p = s;; p += strcspn(p, ",") + 1) {
		if (!*p || *p == ',' || p[strcspn(p, ", \t")] == ' ' || p[strcspn(p, ", \t")] == '\t')
			return -EINVAL;
		if (!strchr(p, ','))
			return 0;
	}
}

static int parse_u64(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	(void)d;
	if (!strncmp(s, "0x", 2) || !strncmp(s, "0X", 2))
		return parse_digits(s + 2, strlen(s + 2), 16, ret);
	return parse_digits(s, strlen(s), 10, ret);
}

static int parse_bool(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	static const char *const words[] = { "0", "1", "no", "yes", "false", "true", "off", "on" };

	(void)d;
	for (size_t i = 0; i < FDR_ARRAY_LEN(words); i++) {
		if (!strcmp(s, words[i])) {
			*ret = i & 1;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_time(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	(void)d;
	return fdr_parse_time(s, ret);
}

static int choice_index(const char *choices, const char *s, size_t n, uint64_t *ret)
{
	uint64_t i = 0;

	for (const char *p = choices; p; i++) {
		const char *bar = strchr(p, '|');
		size_t len = bar ? (size_t)(bar - p) : strlen(p);

		if (len == n && !memcmp(p, s, n)) {
			*ret = i;
			return 0;
		}
		p = bar ? bar + 1 : NULL;
	}
	return -EINVAL;
}

static int parse_choice(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	return choice_index(d->choices, s, strlen(s), ret);
}

static int parse_choices(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	uint64_t bits = 0, i;

	for (const char *p = s; p;) {
		const char *comma = strchr(p, ',');
		int r = choice_index(d->choices, p, comma ? (size_t)(comma - p) : strlen(p), &i);

		if (r < 0)
			return r;
		bits |= UINT64_C(1) << i;
		p = comma ? comma + 1 : NULL;
	}
	*ret = bits;
	return 0;
}

static int parse_cpulist(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	(void)d;
	*ret = 0;
	if (!strcmp(s, "all"))
		return 0;
	for (const char *p = s; p;) {
		size_t n = strcspn(p, ",");
		const char *dash = memchr(p, '-', n);
		uint64_t from, to;
		int r;

		r = parse_digits(p, dash ? (size_t)(dash - p) : n, 10, &from);
		if (r < 0)
			return r;
		if (dash) {
			r = parse_digits(dash + 1, n - (size_t)(dash + 1 - p), 10, &to);
			if (r < 0)
				return r;
			if (to < from)
				return -EINVAL;
		}
		p = p[n] ? p + n + 1 : NULL;
	}
	return 0;
}

static int parse_ppm(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	size_t n = strlen(s);
	int r;

	(void)d;
	if (n && s[n - 1] == '%')
		r = parse_decimal(s, n - 1, 4, ret);	/* 1 % = 10^4 ppm */
	else
		r = parse_digits(s, n, 10, ret);
	if (r < 0)
		return r;
	return *ret > 1000000 ? -ERANGE : 0;
}

static int parse_blkdev(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	const char *colon = strchr(s, ':');
	uint64_t n;

	(void)d;
	*ret = 0;
	if (!strncmp(s, "/dev/", 5) && s[5])
		return 0;
	if ((!strncmp(s, "wwn:", 4) || !strncmp(s, "serial:", 7)) && colon[1])
		return 0;
	if (!colon || parse_digits(s, (size_t)(colon - s), 10, &n) < 0)
		return -EINVAL;
	return parse_digits(colon + 1, strlen(colon + 1), 10, &n);
}

static int parse_size(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	static const char units[] = "KMGT";
	size_t n = strlen(s);
	const char *unit = n ? strchr(units, s[n - 1]) : NULL;
	uint64_t thousandths, scale = 1;
	int r;

	(void)d;
	if (unit) {
		scale = UINT64_C(1) << (10 * (unit - units + 1));
		n--;
	}
	r = parse_decimal(s, n, unit ? 3 : 0, &thousandths);
	if (r < 0)
		return r;
	if (!unit) {
		*ret = thousandths;
		return 0;
	}
	if (__builtin_mul_overflow(thousandths / 1000, scale, ret))
		return -ERANGE;
	return __builtin_add_overflow(*ret, thousandths % 1000 * scale / 1000, ret) ? -ERANGE : 0;
}

/* The number's bits are those of an int64_t. */
static int parse_signed(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	bool minus = *s == '-';
	int r;

	s += minus || *s == '+';
	r = d->type == FDR_OPT_STIME ? fdr_parse_time(s, ret) : parse_u64(d, s, ret);
	if (r < 0)
		return r;
	if (*ret > INT64_MAX || *ret < d->min || (d->max && *ret > d->max))
		return -ERANGE;
	if (minus)
		*ret = -*ret;
	return 0;
}

static int parse_path(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	(void)d;
	*ret = 0;
	return *s == '/' ? 0 : -EINVAL;
}

/* As the kernel judges names: no '/', ':' or blank, and neither "." nor "..". */
static int parse_netdev(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	(void)d;
	*ret = 0;
	if (!*s || strlen(s) >= IFNAMSIZ || !strcmp(s, ".") || !strcmp(s, ".."))
		return -EINVAL;
	return strpbrk(s, "/: \t\n\v\f\r") ? -EINVAL : 0;
}

static int parse_addr(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	char address[INET6_ADDRSTRLEN];
	size_t n = strcspn(s, "/");
	unsigned char bytes[16];
	uint64_t bits = 0;
	bool v6;
	int r;

	(void)d;
	*ret = 0;
	if (n >= sizeof(address))
		return -EINVAL;
	memcpy(address, s, n);
	address[n] = '\0';
	v6 = strchr(address, ':');
	if (inet_pton(v6 ? AF_INET6 : AF_INET, address, bytes) != 1)
		return -EINVAL;
	if (!s[n])
		return 0;
	r = parse_digits(s + n + 1, strlen(s + n + 1), 10, &bits);
	if (r < 0)
		return r;
	return bits <= (v6 ? 128 : 32) ? 0 : -ERANGE;
}

static int parse_ports(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	size_t n = strcspn(s, "-");
	uint64_t lo, hi;
	int r;

	(void)d;
	r = parse_digits(s, n, 10, &lo);
	hi = lo;
	if (r >= 0 && s[n])
		r = parse_digits(s + n + 1, strlen(s + n + 1), 10, &hi);
	if (r < 0)
		return r;
	if (!lo || hi < lo || hi > UINT16_MAX)
		return -ERANGE;
	*ret = lo | hi << 16;
	return 0;
}

static int parse_rate(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	size_t n = strlen(s);
	int r;

	(void)d;
	if (n < 3 || strcmp(s + n - 2, "/s"))
		return -EINVAL;
	r = parse_decimal(s, n - 2, 3, ret);
	if (r < 0)
		return r;
	return *ret ? 0 : -ERANGE;
}

static int parse_targets(const struct fdr_opt_desc *d, const char *s, uint64_t *ret)
{
	uint32_t n;

	(void)d;
	if (!*s || fdr_expand_count(s, &n) < 0)
		return -EINVAL;
	*ret = n;
	return 0;
}

static const char *show_u64(uint64_t v, char *buf, size_t size)
{
	snprintf(buf, size, "%" PRIu64, v);
	return buf;
}

static const char *show_rate(uint64_t v, char *buf, size_t size)
{
	if (v % 1000)
		snprintf(buf, size, "%" PRIu64 ".%03" PRIu64 "/s", v / 1000, v % 1000);
	else
		snprintf(buf, size, "%" PRIu64 "/s", v / 1000);
	return buf;
}

static const struct {
	int (*parse)(const struct fdr_opt_desc *d, const char *s, uint64_t *ret);
	const char *wanted;	/* NULL: the choices say */
	const char *(*show)(uint64_t v, char *buf, size_t size);	/* NULL: no range */
} types[] = {
	[FDR_OPT_STRING] = { parse_any, "a text", NULL },
	[FDR_OPT_U64] = { parse_u64, "a whole number such as 10 or 0x1f", show_u64 },
	[FDR_OPT_BOOL] = { parse_bool, "true or false", NULL },
	[FDR_OPT_TIME] = { parse_time, "a time with a unit (ns, us, ms, s, m, h) such as 500ms",
			   fdr_format_time },
	[FDR_OPT_CHOICE] = { parse_choice, NULL, NULL },
	[FDR_OPT_CHOICES] = { parse_choices, NULL, NULL },
	[FDR_OPT_CPULIST] = { parse_cpulist, "a list of CPUs such as 0-3,5, or all", NULL },
	[FDR_OPT_PPM] = { parse_ppm, "parts per million (0 to 1000000) or a percentage such as 2.5%",
			  show_u64 },
	[FDR_OPT_BLKDEV] = { parse_blkdev,
			     "a device such as /dev/vda, 254:0, wwn:NAME or serial:NUMBER", NULL },
	[FDR_OPT_SIZE] = { parse_size, "a size in bytes, or with a unit (K, M, G, T) such as 64M",
			   show_u64 },
	[FDR_OPT_S64] = { parse_signed, "a whole number, with or without a sign, within its range",
			  NULL },
	[FDR_OPT_STIME] = { parse_signed, "a time with a unit (ns, us, ms, s, m, h), within its "
			    "range, such as -30s", NULL },
	[FDR_OPT_PATH] = { parse_path, "an absolute path", NULL },
	[FDR_OPT_NETDEV] = { parse_netdev, "the name of a network interface", NULL },
	[FDR_OPT_ADDR] = { parse_addr, "an IPv4 or IPv6 address, or a prefix such as 10.0.0.0/8",
			   NULL },
	[FDR_OPT_PORTS] = { parse_ports, "a port (1 to 65535) or a range such as 8000-8099", NULL },
	[FDR_OPT_RATE] = { parse_rate, "a rate above 0 such as 100/s", show_rate },
	[FDR_OPT_TARGETS] = { parse_targets, "a target, or a range of them that runs upwards such "
			      "as 10.0.0.[1-200]", NULL },
	[FDR_OPT_MAP] = { parse_any, "a text", NULL },
	[FDR_OPT_LIST] = { parse_list, "a list such as [a, b]", NULL },
};

/* "a|b|c" -> "a, b or c" */
static void list_choices(const char *choices, char *buf, size_t size)
{
	size_t n = 0;

	for (const char *p = choices; *p && n + 1 < size; p++) {
		const char *sep = strchr(p + 1, '|') ? ", " : " or ";

		if (*p != '|')
			buf[n++] = *p;
		else
			n += (size_t)snprintf(buf + n, size - n, "%s", sep);
	}
	buf[n < size ? n : size - 1] = '\0';
}

static int bad_value(const struct fdr_opt_desc *d, const char *text, struct fdr_error *e)
{
	char words[512];

	if (types[d->type].wanted)
		return fdr_err(e, -EINVAL, "%s: \"%.80s\" is not %s", d->name, text,
			       types[d->type].wanted);
	list_choices(d->choices, words, sizeof(words));
	return fdr_err(e, -EINVAL, "%s: \"%.80s\" is not %s%s", d->name, text,
		       d->type == FDR_OPT_CHOICES ? "made of " : "one of ", words);
}

static int bad_range(const struct fdr_opt_desc *d, const char *text, struct fdr_error *e)
{
	char lo[32], hi[32];

	if (!types[d->type].show || (!d->min && !d->max))
		return fdr_err(e, -ERANGE, "%s: %.80s is out of range: give %s", d->name, text,
			       types[d->type].wanted);
	types[d->type].show(d->min, lo, sizeof(lo));
	types[d->type].show(d->max, hi, sizeof(hi));
	if (!d->max)
		return fdr_err(e, -ERANGE, "%s: %.80s is too small: at least %s", d->name, text, lo);
	return fdr_err(e, -ERANGE, "%s: %.80s is out of range: %s to %s", d->name, text, lo, hi);
}

int fdr_opt_value(const struct fdr_opt_desc *desc, const char *text, uint64_t *ret_num,
		  struct fdr_error *e)
{
	uint64_t v;
	int r;

	r = types[desc->type].parse(desc, text, &v);
	if (r == -ERANGE)
		return bad_range(desc, text, e);
	if (r < 0)
		return bad_value(desc, text, e);
	if (types[desc->type].show && (v < desc->min || (desc->max && v > desc->max)))
		return bad_range(desc, text, e);
	*ret_num = v;
	return 0;
}
