// SPDX-License-Identifier: GPL-2.0-or-later
#include "ops.h"

#include <errno.h>
#include <string.h>

static const struct fdr_arg hello_args[] = { { "version", FDR_ARG_STRING, false } };
static const struct fdr_arg load_args[] = { { "path", FDR_ARG_STRING, false } };
static const struct fdr_arg catalogue_args[] = { { "fault", FDR_ARG_STRING, false } };
static const struct fdr_arg arm_args[] = { { "arm_ns", FDR_ARG_INTEGER, true } };
static const struct fdr_arg beacon_args[] = {
	{ "host", FDR_ARG_STRING, false },
	{ "port", FDR_ARG_INTEGER, false },
	{ "cookie", FDR_ARG_STRING, false },
	{ "off", FDR_ARG_BOOL, false },
};
static const struct fdr_arg inject_args[] = {
	{ "fault", FDR_ARG_STRING, true },
	{ "params", FDR_ARG_OBJECT, false },
	{ "boot_id", FDR_ARG_STRING, true },
	{ "cookie", FDR_ARG_STRING, false },
	{ "start", FDR_ARG_STRING, false },
	{ "start_ns", FDR_ARG_INTEGER, false },
	{ "duration_ns", FDR_ARG_INTEGER, false },
	{ "lease_ns", FDR_ARG_INTEGER, false },
	{ "dry_run", FDR_ARG_BOOL, false },
	{ "force", FDR_ARG_BOOL, false },
};
static const struct fdr_arg renew_args[] = {
	{ "id", FDR_ARG_INTEGER, true },
	{ "lease_ns", FDR_ARG_INTEGER, true },
};
static const struct fdr_arg log_args[] = { { "from", FDR_ARG_INTEGER, false } };
static const struct fdr_arg usage_args[] = {
	{ "cgroup", FDR_ARG_STRING, false },
	{ "unit", FDR_ARG_STRING, false },
};
static const struct fdr_arg file_args[] = { { "path", FDR_ARG_STRING, true } };
static const struct fdr_arg id_args[] = { { "id", FDR_ARG_INTEGER, false } };

#define ARGS(a)	(a), FDR_ARRAY_LEN(a)
static const struct fdr_op ops[] = {
	{ "hello", fdr_op_hello, ARGS(hello_args) },
	{ "clock", fdr_op_clock, NULL, 0 },
	{ "module-load", fdr_op_module_load, ARGS(load_args) },
	{ "module-unload", fdr_op_module_unload, NULL, 0 },
	{ "status", fdr_op_status, NULL, 0 },
	{ "catalogue", fdr_op_catalogue, ARGS(catalogue_args) },
	{ "arm", fdr_op_arm, ARGS(arm_args) },
	{ "disarm", fdr_op_disarm, NULL, 0 },
	{ "beacon", fdr_op_beacon, ARGS(beacon_args) },
	{ "inject", fdr_op_inject, ARGS(inject_args) },
	{ "renew", fdr_op_renew, ARGS(renew_args) },
	{ "clear", fdr_op_clear, ARGS(id_args) },
	{ "injections", fdr_op_injections, ARGS(id_args) },
	{ "log", fdr_op_log, ARGS(log_args) },
	{ "usage", fdr_op_usage, ARGS(usage_args) },
	{ "file", fdr_op_file, ARGS(file_args) },
	{ "records", fdr_op_records, NULL, 0 },
	{ "bye", fdr_op_bye, NULL, 0 },
};

uint64_t fdr_arg_integer(const json_t *args, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(args, name));
}

const char *fdr_arg_string(const json_t *args, const char *name)
{
	return json_string_value(json_object_get(args, name));
}

static const char *const type_words[] = {
	[FDR_ARG_INTEGER] = "an integer", [FDR_ARG_STRING] = "a string",
	[FDR_ARG_BOOL] = "true or false", [FDR_ARG_OBJECT] = "an object",
};

static bool type_ok(enum fdr_arg_type type, const json_t *v)
{
	switch (type) {
	case FDR_ARG_INTEGER:
		return json_is_integer(v);
	case FDR_ARG_STRING:
		return json_is_string(v);
	case FDR_ARG_BOOL:
		return json_is_boolean(v);
	case FDR_ARG_OBJECT:
		return json_is_object(v);
	}
	return false;
}

static int check_arg(const struct fdr_op *op, const char *name, const json_t *v,
		     struct fdr_error *e)
{
	for (size_t i = 0; i < op->n_args; i++) {
		const struct fdr_arg *a = &op->args[i];

		if (strcmp(a->name, name))
			continue;
		if (!type_ok(a->type, v))
			return fdr_err(e, -EINVAL, "%s: \"%s\" must be %s", op->name, name,
				       type_words[a->type]);
		/* Only an instant may lie before its clock's zero. */
		if (json_is_integer(v) && json_integer_value(v) < 0 && strcmp(name, "start_ns"))
			return fdr_err(e, -EINVAL, "%s: \"%s\" must be 0 or more", op->name, name);
		return 0;
	}
	return fdr_err(e, -EINVAL, "%s: unknown argument \"%.64s\"", op->name, name);
}

static int check_args(const struct fdr_op *op, const json_t *args, struct fdr_error *e)
{
	const char *name;
	json_t *v;

	if (args && !json_is_object(args))
		return fdr_err(e, -EINVAL, "%s: \"args\" must be an object", op->name);
	json_object_foreach((json_t *)args, name, v) {
		int r = check_arg(op, name, v, e);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < op->n_args; i++)
		if (op->args[i].required && !json_object_get(args, op->args[i].name))
			return fdr_err(e, -EINVAL, "%s: \"%s\" is missing", op->name,
				       op->args[i].name);
	return 0;
}

int fdr_ops_run(struct fdr_session *s, const char *op, const json_t *args, json_t **ret_result,
		struct fdr_error *e)
{
	for (size_t i = 0; i < FDR_ARRAY_LEN(ops); i++) {
		int r;

		if (strcmp(ops[i].name, op))
			continue;
		r = check_args(&ops[i], args, e);
		return r < 0 ? r : ops[i].run(s, args, ret_result, e);
	}
	return fdr_err(e, -ENOSYS, "this agent (%s) has no operation \"%.64s\"", FDR_VERSION, op);
}
