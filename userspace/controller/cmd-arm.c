// SPDX-License-Identifier: GPL-2.0-or-later
#include "node.h"
#include "options.h"

#define DEFAULT_ARM	"10m"

static int run_arm(int argc, char **argv)
{
	struct fdr_node n FDR_CLEANUP_NODE = { 0 };
	const char *text = argc ? argv[0] : DEFAULT_ARM;
	uint64_t ns;
	int r;

	if (fdr_options_time(&fdr_cmd_arm, "TIME", text, &ns) < 0)
		return FDR_EXIT_USAGE;
	r = fdr_node_open(&n);
	if (!r)
		r = fdr_node_ask(&n, "arm", json_pack("{sI}", "arm_ns", (json_int_t)ns), NULL);
	if (!r)
		printf("%s: armed for %s\n", fdr_node_fact(&n, "hostname"), text);
	return r;
}

static int run_disarm(int argc, char **argv)
{
	struct fdr_node n FDR_CLEANUP_NODE = { 0 };
	int r;

	(void)argc;
	(void)argv;
	r = fdr_node_open(&n);
	if (!r)
		r = fdr_node_ask(&n, "disarm", NULL, NULL);
	if (!r)
		printf("%s: disarmed\n", fdr_node_fact(&n, "hostname"));
	return r;
}

const struct fdr_command fdr_cmd_arm = {
	.name = "arm",
	.args = "[TIME]",
	.summary = "Allow injections on a node for a stated time (1s to 24h; default "
		   DEFAULT_ARM ").",
	.node = true,
	.max_args = 1,
	.run = run_arm,
};

const struct fdr_command fdr_cmd_disarm = {
	.name = "disarm",
	.args = "",
	.summary = "Forbid further injections on a node.",
	.details = "What is in effect already stays so: \"faultdrill clear --all\" reverts it.",
	.node = true,
	.run = run_disarm,
};
