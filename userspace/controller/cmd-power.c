// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "command.h"
#include "power/power.h"
#include "vocabulary.h"

static struct {
	const char *plan;
	struct fdr_strings sets;
	bool yes;
} opt;

static const struct fdr_option options[] = {
	{ .name = "plan", .letter = 'p', .type = FDR_OPTION_STRING, .value = &opt.plan,
	  .arg = "PLAN", .help = "the plan that says how NODE's power is switched" },
	{ .name = "set", .type = FDR_OPTION_LIST, .value = &opt.sets, .arg = "NAME=VALUE",
	  .help = "override a variable of the plan; may be given again" },
	{ .name = "yes", .letter = 'y', .type = FDR_OPTION_FLAG, .value = &opt.yes,
	  .help = "it is meant: needed for on, off and reset" },
};

/* NULL: told. */
static const struct fdr_plan_node *find_node(const struct fdr_plan *p, const char *name)
{
	const char **names FDR_CLEANUP_FREE = calloc(p->n_nodes + 1, sizeof(*names));
	struct fdr_error e = { "" };
	const char *near;

	for (size_t i = 0; names && i < p->n_nodes; i++) {
		names[i] = p->nodes[i].name;
		if (strcmp(names[i], name))
			continue;
		if (p->nodes[i].power.kind)
			return &p->nodes[i];
		fdr_err(&e, -ENOENT, "%s: %s has no power driver: give it one with \"power\" beside "
			"its transport", p->path, name);
		fdr_fail(-ENOENT, &e);
		return NULL;
	}
	near = names ? fdr_nearest(name, names, p->n_nodes) : NULL;
	fdr_err(&e, -ENOENT, "%s has no node \"%s\"%s%s%s", p->path, name,
		near ? "; do you mean \"" : "", near ? near : "", near ? "\"?" : "");
	fdr_fail(-ENOENT, &e);
	return NULL;
}

static int act(const struct fdr_plan *plan, const struct fdr_plan_node *node,
	       enum fdr_power_op op)
{
	enum fdr_power_state state;
	struct fdr_error e = { "" };
	int r;

	if (op != FDR_POWER_STATUS && !plan->safety.allow_power) {
		fdr_err(&e, -EPERM, "%s does not allow it: it takes \"allow_power: true\" under "
			"safety", plan->path);
		fdr_fail(-EPERM, &e);
		return FDR_EXIT_USAGE;
	}
	r = fdr_power_run(&node->power, op, &state, &e);
	if (r < 0)
		return fdr_fail(r, &e);
	if (op == FDR_POWER_STATUS)
		printf("%s: power is %s (%s)\n", node->name, fdr_power_state_name(state),
		       node->power.kind->name);
	else
		printf("%s: %s done (%s)\n", node->name, fdr_power_op_name(op),
		       node->power.kind->name);
	return op == FDR_POWER_STATUS && state == FDR_POWER_UNKNOWN ? FDR_EXIT_INCONCLUSIVE :
	       FDR_EXIT_PASS;
}

static int run(int argc, char **argv)
{
	struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;
	const struct fdr_plan_node *node;
	struct fdr_error e = { "" };
	struct fdr_words words;
	enum fdr_power_op op;
	int r;

	(void)argc;
	if (!fdr_power_op_parse(argv[1], &op))
		return fdr_usage_error(&fdr_cmd_power, "\"%s\" is none of status, on, off and reset",
				       argv[1]);
	if (!opt.plan)
		return fdr_usage_error(&fdr_cmd_power, "which plan? Give it with --plan");
	if (op != FDR_POWER_STATUS && !opt.yes)
		return fdr_usage_error(&fdr_cmd_power, "\"%s\" switches a real machine: say --yes "
				       "if it is meant", argv[1]);
	r = fdr_words_gather(&words, &e);
	if (r < 0)
		return fdr_fail(r, &e);
	r = fdr_read_plan(opt.plan, &words, opt.sets.v, opt.sets.n, &plan);
	if (!r) {
		node = find_node(plan, argv[0]);
		r = node ? act(plan, node, op) : FDR_EXIT_USAGE;
	}
	fdr_words_clear(&words);
	return r;
}

const struct fdr_command fdr_cmd_power = {
	.name = "power", .args = "NODE status|on|off|reset",
	.summary = "Ask for a node's power or switch it, by the plan's power driver.",
	.details = "The plan names the driver beside the node's transport, and allows switching with "
		   "\"allow_power: true\" under safety. Nothing else of the plan is carried out. Exit "
		   "status of \"status\": 0 the driver knows, 3 it does not.",
	.options = options, .n_options = FDR_ARRAY_LEN(options), .min_args = 2, .max_args = 2,
	.run = run,
};
