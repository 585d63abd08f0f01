// SPDX-License-Identifier: GPL-2.0-only
/* One grammar for all parameters, whether they came by netlink, sysfs or modprobe. */
#include <linux/ctype.h>
#include <linux/math64.h>
#include <linux/overflow.h>
#include <linux/slab.h>
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

static bool out_of_range(const struct fdr_param *param, u64 num)
{
	return num < param->min || (param->max && num > param->max);
}

static int parse_value(const struct fdr_param *param, struct fdr_arg *arg)
{
	const char *text = arg->text;
	bool on;
	int i;

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
	}
	return -EINVAL;
}

static const char *expectation(enum faultdrill_param_type type)
{
	switch (type) {
	case FAULTDRILL_PARAM_STRING:	return "printable characters";
	case FAULTDRILL_PARAM_U64:	return "a number, decimal or 0x...";
	case FAULTDRILL_PARAM_BOOL:	return "1, 0, yes, no, true, false, on or off";
	case FAULTDRILL_PARAM_TIME:	return "a number with a unit: ns, us, ms, s, m or h";
	case FAULTDRILL_PARAM_CHOICE:	return "one of";
	case FAULTDRILL_PARAM_CHOICES:	return "some of, joined by commas:";
	case FAULTDRILL_PARAM_CPULIST:	return "CPUs such as 0 or 0-3,5, or all";
	case FAULTDRILL_PARAM_PPM:	return "parts per million, or a percentage such as 2.5%";
	case FAULTDRILL_PARAM_BLKDEV:	return "a path below /dev, or MAJOR:MINOR";
	}
	return "something else";
}

static int refuse_value(const struct fdr_param *param, const char *value, int err,
			struct netlink_ext_ack *extack)
{
	const char *unit = param->unit ? param->unit : "";

	if (err == -ENODEV)
		return fdr_refuse(extack, -EINVAL,
				  "parameter %s: not all CPUs of '%.64s' are online; online: %*pbl",
				  param->name, value, cpumask_pr_args(cpu_online_mask));
	if (err == -ERANGE && param->max)
		return fdr_refuse(extack, err,
				  "parameter %s: '%.64s' is out of range; allowed: %llu to %llu%s%s",
				  param->name, value, param->min, param->max,
				  *unit ? " " : "", unit);
	if (err == -ERANGE)
		return fdr_refuse(extack, err,
				  "parameter %s: '%.64s' is out of range; at least %llu%s%s",
				  param->name, value, param->min, *unit ? " " : "", unit);
	return fdr_refuse(extack, err, "parameter %s: '%.64s' is not understood; expected %s%s%s",
			  param->name, value, expectation(param->type),
			  param->choices ? " " : "", param->choices ? param->choices : "");
}

static int set_arg(const struct fdr_param *param, struct fdr_arg *arg, const char *value,
		   struct netlink_ext_ack *extack)
{
	int err;

	if (strscpy(arg->text, value, sizeof(arg->text)) < 0)
		return fdr_refuse(extack, -E2BIG, "parameter %s: the value is longer than %d bytes",
				  param->name, FAULTDRILL_VALUE_MAX);
	if (param->type == FAULTDRILL_PARAM_CPULIST && !cpumask_available(arg->cpus) &&
	    !zalloc_cpumask_var(&arg->cpus, GFP_KERNEL))
		return -ENOMEM;
	err = parse_value(param, arg);
	return err ? refuse_value(param, value, err, extack) : 0;
}

/* The names of a fault's parameters, for a message. */
static void list_params(const struct fdr_fault *fault, char *buf, size_t size)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < fault->n_params; i++)
		len += scnprintf(buf + len, size - len, "%s%s", i ? ", " : "",
				 fault->params[i].name);
	if (!len)
		strscpy(buf, "none", size);
}

static int set_named(const struct fdr_fault *fault, struct fdr_arg *args,
		     const struct fdr_text_param *given, struct netlink_ext_ack *extack)
{
	char names[128];
	unsigned int i;

	for (i = 0; i < fault->n_params; i++) {
		if (strcmp(fault->params[i].name, given->name))
			continue;
		if (args[i].given)
			return fdr_refuse(extack, -EINVAL, "parameter %s is given twice",
					  given->name);
		args[i].given = true;
		return set_arg(&fault->params[i], &args[i], given->value, extack);
	}
	list_params(fault, names, sizeof(names));
	return fdr_refuse(extack, -EINVAL, "fault %s has no parameter '%.31s'; it has: %s",
			  fault->name, given->name, names);
}

static int set_default(const struct fdr_fault *fault, const struct fdr_param *param,
		       struct fdr_arg *arg, struct netlink_ext_ack *extack)
{
	if (arg->given)
		return 0;
	if (param->required)
		return fdr_refuse(extack, -EINVAL, "fault %s needs parameter %s: %s",
				  fault->name, param->name, param->summary);
	if (param->def)
		return set_arg(param, arg, param->def, extack);
	if (param->type == FAULTDRILL_PARAM_CPULIST && !zalloc_cpumask_var(&arg->cpus, GFP_KERNEL))
		return -ENOMEM;
	return 0;
}

int fdr_args_parse(const struct fdr_fault *fault, const struct fdr_text_param *params,
		   unsigned int n, struct fdr_arg **ret_args, struct netlink_ext_ack *extack)
{
	struct fdr_arg *args = NULL;
	unsigned int i;
	int err = 0;

	if (fault->n_params) {
		args = kcalloc(fault->n_params, sizeof(*args), GFP_KERNEL);
		if (!args)
			return -ENOMEM;
	}
	for (i = 0; i < n && !err; i++)
		err = set_named(fault, args, &params[i], extack);
	for (i = 0; i < fault->n_params && !err; i++)
		err = set_default(fault, &fault->params[i], &args[i], extack);
	if (err) {
		fdr_args_free(fault, args);
		return err;
	}
	*ret_args = args;
	return 0;
}

void fdr_args_free(const struct fdr_fault *fault, struct fdr_arg *args)
{
	unsigned int i;

	if (!args)
		return;
	for (i = 0; i < fault->n_params; i++) {
		if (fault->params[i].type == FAULTDRILL_PARAM_CPULIST)
			free_cpumask_var(args[i].cpus);
	}
	kfree(args);
}
