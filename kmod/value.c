// SPDX-License-Identifier: GPL-2.0-only
/* One grammar for all parameters, whether they came by netlink, sysfs or modprobe. */
#include <linux/ctype.h>
#include <linux/inet.h>
#include <linux/math64.h>
#include <linux/netdevice.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include "params.h"

/*
 * Parse "12" or "12.5" and multiply by @scale exactly; digits beyond the scale
 * are an error.  *end is left at the first character that is no digit.
 */
static int parse_decimal(const char *text, u64 scale, const char **end, u64 *ret)
{
	u64 whole = 0, frac = 0, unit = scale;

	if (!isdigit(*text))
		return -EINVAL;
	for (; isdigit(*text); text++) {
		if (check_mul_overflow(whole, 10ULL, &whole) ||
		    check_add_overflow(whole, (u64)(*text - '0'), &whole))
			return -ERANGE;
	}
	if (check_mul_overflow(whole, scale, &whole))
		return -ERANGE;
	if (*text == '.') {
		if (!isdigit(*++text))
			return -EINVAL;
		for (; isdigit(*text); text++) {
			u64 tenth = div_u64(unit, 10);

			if (tenth * 10 != unit && *text != '0')
				return -EINVAL;
			unit = tenth;
			frac += unit * (*text - '0');
		}
	}
	*end = text;
	return check_add_overflow(whole, frac, ret) ? -ERANGE : 0;
}

int fdr_parse_time(const char *text, u64 *ret_ns)
{
	static const struct {
		const char *name;
		u64 ns;
	} units[] = {
		{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000ULL },
		{ "m", 60000000000ULL }, { "h", 3600000000000ULL },
	};
	const char *unit = text + strspn(text, "0123456789."), *end;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(unit, units[i].name))
			continue;
		err = parse_decimal(text, units[i].ns, &end, ret_ns);
		return err ?: end == unit ? 0 : -EINVAL;
	}
	return -EINVAL;
}

static int parse_u64(const char *text, u64 *ret)
{
	const char *end;
	int err;

	if (!strncasecmp(text, "0x", 2) && isxdigit(text[2]))
		return kstrtou64(text + 2, 16, ret);
	err = parse_decimal(text, 1, &end, ret);
	return err ?: *end ? -EINVAL : 0;
}

static int parse_ppm(const char *text, u64 *ret)
{
	bool percent = strchr(text, '%');
	const char *end;
	int err = parse_decimal(text, percent ? 10000 : 1, &end, ret);

	if (err)
		return err;
	return strcmp(end, percent ? "%" : "") ? -EINVAL : *ret > 1000000 ? -ERANGE : 0;
}

int fdr_parse_bool(const char *text, bool *ret)
{
	static const char * const words[] = {
		"0", "1", "no", "yes", "false", "true", "off", "on",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(text, words[i])) {
			*ret = i & 1;
			return 0;
		}
	}
	return -EINVAL;
}

/* Index in "a|b|c" of the word of @len bytes at @word, or -EINVAL. */
static int choice_index(const char *choices, const char *word, size_t len)
{
	int i;

	for (i = 0; *choices; i++) {
		size_t n = strcspn(choices, "|");

		if (n == len && !memcmp(choices, word, n))
			return i;
		choices += n + (choices[n] == '|');
	}
	return -EINVAL;
}

static int parse_choices(const char *choices, const char *text, u64 *ret)
{
	u64 bits = 0;

	for (;;) {
		size_t n = strcspn(text, ",");
		int i = choice_index(choices, text, n);

		if (i < 0)
			return i;
		bits |= BIT_ULL(i);
		if (!text[n])
			break;
		text += n + 1;
	}
	*ret = bits;
	return 0;
}

static int parse_cpus(const char *text, cpumask_var_t cpus)
{
	int err;

	if (!strcmp(text, "all")) {
		cpumask_copy(cpus, cpu_online_mask);
		return 0;
	}
	err = cpulist_parse(text, cpus);
	if (err)
		return err == -ERANGE ? -ENODEV : -EINVAL;
	if (cpumask_empty(cpus))
		return -EINVAL;
	return cpumask_subset(cpus, cpu_online_mask) ? 0 : -ENODEV;
}

static int parse_blkdev(const char *text)
{
	unsigned int major, minor;
	int len = 0;

	if (!strncmp(text, "/dev/", 5) && text[5])
		return 0;
	if ((!strncmp(text, "wwn:", 4) && text[4]) || (!strncmp(text, "serial:", 7) && text[7]))
		return 0;
	if (sscanf(text, "%u:%u%n", &major, &minor, &len) == 2 && len && !text[len])
		return 0;
	return -EINVAL;
}

static int parse_string(const char *text)
{
	for (; *text; text++) {
		if (!isprint(*text))
			return -EINVAL;
	}
	return 0;
}

/* A unit is one letter; none means bytes. */
int fdr_parse_size(const char *text, u64 *ret)
{
	static const char units[] = "KMGT";
	const char *unit = text + strspn(text, "0123456789."), *end;
	const char *found = *unit ? strchr(units, *unit) : NULL;
	u64 scale = found ? 1ULL << (10 * (found - units + 1)) : 1;
	u64 whole, part = 0;
	int err;

	if ((*unit && !found) || (found && unit[1]))
		return -EINVAL;
	/* Powers of 1024 have no exact tenths: quarters and halves are what people write. */
	err = parse_decimal(text, 1000, &end, &part);
	if (err || end != unit)
		return err ?: -EINVAL;
	whole = div_u64(part, 1000);
	part -= whole * 1000;
	if (scale == 1 && part)
		return -EINVAL;
	if (check_mul_overflow(whole, scale, &whole))
		return -ERANGE;
	return check_add_overflow(whole, div_u64(part * scale, 1000), ret) ? -ERANGE : 0;
}

/* @parse takes what follows the sign. */
static int parse_signed(const char *text, int (*parse)(const char *text, u64 *ret), u64 *ret)
{
	bool minus = *text == '-';
	u64 magnitude;
	int err;

	err = parse(text + (minus || *text == '+'), &magnitude);
	if (err)
		return err;
	if (magnitude > S64_MAX)
		return -ERANGE;
	*ret = minus ? -magnitude : magnitude;
	return 0;
}

static int parse_path(const char *text)
{
	return *text == '/' ? 0 : -EINVAL;
}

static int parse_netdev(const char *text)
{
	return dev_valid_name(text) ? 0 : -EINVAL;
}

static int parse_addr(const char *text, struct fdr_addr *addr)
{
	const char *end = text + strlen(text);
	unsigned int bits;

	if (strchr(text, ':')) {
		if (!in6_pton(text, -1, addr->v6.s6_addr, '/', &end))
			return -EINVAL;
		addr->family = AF_INET6;
		bits = 128;
	} else {
		if (!in4_pton(text, -1, (u8 *)&addr->v4, '/', &end))
			return -EINVAL;
		addr->family = AF_INET;
		bits = 32;
	}
	addr->prefix = bits;
	if (!*end)
		return 0;
	if (kstrtou8(end + 1, 10, &addr->prefix))
		return -EINVAL;
	return addr->prefix <= bits ? 0 : -ERANGE;
}

static int parse_ports(const char *text, u64 *ret)
{
	const char *end;
	u64 lo, hi;
	int err = parse_decimal(text, 1, &end, &lo);

	hi = lo;
	if (!err && *end == '-')
		err = parse_decimal(end + 1, 1, &end, &hi);
	if (err || *end)
		return err ?: -EINVAL;
	if (!lo || hi < lo || hi > U16_MAX)
		return -ERANGE;
	*ret = lo | hi << 16;
	return 0;
}

static bool out_of_range(const struct fdr_param *param, u64 num)
{
	return num < param->min || (param->max && num > param->max);
}

int fdr_value_parse(const struct fdr_param *param, struct fdr_arg *arg)
{
	const char *text = arg->text;
	bool on;
	int i;

	memset(&arg->addr, 0, sizeof(arg->addr));
	switch (param->type) {
	case FAULTDRILL_PARAM_STRING:
		return parse_string(text);
	case FAULTDRILL_PARAM_U64:
		return parse_u64(text, &arg->num) ?: out_of_range(param, arg->num) ? -ERANGE : 0;
	case FAULTDRILL_PARAM_TIME:
		return fdr_parse_time(text, &arg->num) ?:
			out_of_range(param, arg->num) ? -ERANGE : 0;
	case FAULTDRILL_PARAM_PPM:
		return parse_ppm(text, &arg->num) ?: out_of_range(param, arg->num) ? -ERANGE : 0;
	case FAULTDRILL_PARAM_BOOL:
		i = fdr_parse_bool(text, &on);
		arg->num = !i && on;
		return i;
	case FAULTDRILL_PARAM_CHOICE:
		i = choice_index(param->choices, text, strlen(text));
		if (i >= 0)
			arg->num = i;
		return min(i, 0);
	case FAULTDRILL_PARAM_CHOICES:
		return parse_choices(param->choices, text, &arg->num);
	case FAULTDRILL_PARAM_CPULIST:
		return parse_cpus(text, arg->cpus);
	case FAULTDRILL_PARAM_BLKDEV:
		return parse_blkdev(text);
	case FAULTDRILL_PARAM_SIZE:
		return fdr_parse_size(text, &arg->num) ?: out_of_range(param, arg->num) ? -ERANGE : 0;
	case FAULTDRILL_PARAM_S64:
		return parse_signed(text, parse_u64, &arg->num) ?:
			out_of_range(param, abs((s64)arg->num)) ? -ERANGE : 0;
	case FAULTDRILL_PARAM_STIME:
		return parse_signed(text, fdr_parse_time, &arg->num) ?:
			out_of_range(param, abs((s64)arg->num)) ? -ERANGE : 0;
	case FAULTDRILL_PARAM_PATH:
		return parse_path(text);
	case FAULTDRILL_PARAM_NETDEV:
		return parse_netdev(text);
	case FAULTDRILL_PARAM_ADDR:
		return parse_addr(text, &arg->addr);
	case FAULTDRILL_PARAM_PORTS:
		return parse_ports(text, &arg->num);
	}
	return -EINVAL;
}
