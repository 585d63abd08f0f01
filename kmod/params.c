// SPDX-License-Identifier: GPL-2.0-only
/* Parameters as they were given, against the fault's row. */
#include <linux/slab.h>
#include "params.h"

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
	case FAULTDRILL_PARAM_BLKDEV:	return "a path below /dev, MAJOR:MINOR, wwn:NAME or serial:NUMBER";
	case FAULTDRILL_PARAM_SIZE:	return "bytes, or a number with a unit: K, M, G or T";
	case FAULTDRILL_PARAM_S64:	return "a number, decimal, with or without a sign";
	case FAULTDRILL_PARAM_STIME:	return "a number with a unit (ns, us, ms, s, m, h) and perhaps a sign";
	case FAULTDRILL_PARAM_PATH:	return "an absolute path";
	case FAULTDRILL_PARAM_NETDEV:	return "the name of a network interface";
	case FAULTDRILL_PARAM_ADDR:	return "an IPv4 or IPv6 address, or a prefix such as 10.0.0.0/8";
	case FAULTDRILL_PARAM_PORTS:	return "a port from 1 to 65535, or a range such as 8000-8099";
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
	err = fdr_value_parse(param, arg);
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
	char names[192];
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
