// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "node.h"
#include "options.h"

#define DEFAULT_LEASE	"30s"

static bool all;

static const struct fdr_option clear_options[] = {
	{ "all", 'a', FDR_OPTION_FLAG, &all, NULL, "every injection that is pending or active" },
};

/* 0 where it is none. */
static json_int_t parse_id(const char *text)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 10);
	return errno || *end || *text < '0' || *text > '9' || v > UINT32_MAX ? 0 : (json_int_t)v;
}

static int run_renew(int argc, char **argv)
{
	struct fdr_node n FDR_CLEANUP_NODE = { 0 };
	const char *text = argc > 1 ? argv[1] : DEFAULT_LEASE;
	json_int_t id = parse_id(argv[0]);
	uint64_t ns;
	int r;

	if (!id)
		return fdr_usage_error(&fdr_cmd_renew, "\"%s\" is no injection's id", argv[0]);
	if (fdr_options_time(&fdr_cmd_renew, "TIME", text, &ns) < 0)
		return FDR_EXIT_USAGE;
	r = fdr_node_open(&n);
	if (!r)
		r = fdr_node_ask(&n, "renew", json_pack("{sI sI}", "id", id, "lease_ns",
							(json_int_t)ns), NULL);
	if (!r)
		printf("%s: injection %s has a lease of %s from now\n",
		       fdr_node_fact(&n, "hostname"), argv[0], text);
	return r;
}

static int run_clear(int argc, char **argv)
{
	struct fdr_node n FDR_CLEANUP_NODE = { 0 };
	json_int_t id = argc ? parse_id(argv[0]) : 0, cleared;
	json_t *result = NULL;
	int r;

	if (all == (argc > 0))
		return fdr_usage_error(&fdr_cmd_clear, "say which: an injection's id, or --all");
	if (argc && !id)
		return fdr_usage_error(&fdr_cmd_clear, "\"%s\" is no injection's id", argv[0]);
	r = fdr_node_open(&n);
	if (!r)
		r = fdr_node_ask(&n, "clear", id ? json_pack("{sI}", "id", id) : NULL, &result);
	cleared = json_integer_value(json_object_get(result, "cleared"));
	if (!r)
		printf("%s: %lld injection%s cleared\n", fdr_node_fact(&n, "hostname"),
		       (long long)cleared, cleared == 1 ? "" : "s");
	json_decref(result);
	return r;
}

const struct fdr_command fdr_cmd_renew = {
	.name = "renew",
	.args = "ID [TIME]",
	.summary = "Push an injection's lease out: it counts from now again (default "
		   DEFAULT_LEASE ").",
	.node = true,
	.min_args = 1,
	.max_args = 2,
	.run = run_renew,
};

const struct fdr_command fdr_cmd_clear = {
	.name = "clear",
	.args = "ID | --all",
	.summary = "Revert an injection, or all; one that has not started is cancelled.",
	.options = clear_options,
	.n_options = FDR_ARRAY_LEN(clear_options),
	.node = true,
	.max_args = 1,
	.run = run_clear,
};
