// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands of the user's own. */
#include <errno.h>
#include <sys/wait.h>

#include "drivers.h"

static int exec_act(const struct fdr_power_limits *limits, const struct fdr_opts *opts,
		    enum fdr_power_op op, enum fdr_power_state *ret_state, struct fdr_error *e)
{
	const char *name = fdr_power_op_name(op), *command = fdr_opts_str(opts, name);
	const char *argv[] = { "/bin/sh", "-c", command, NULL };
	struct fdr_power_output o;
	int r;

	if (!command)
		return fdr_err(e, -EOPNOTSUPP, "there is no command \"%s\"", name);
	r = fdr_power_child(limits, argv, &o, e);
	if (r < 0)
		return r;
	if (op != FDR_POWER_STATUS)
		return fdr_power_child_ok("the command", &o, e);
	if (WIFEXITED(o.status) && WEXITSTATUS(o.status) <= 1)
		*ret_state = WEXITSTATUS(o.status) ? FDR_POWER_OFF : FDR_POWER_ON;
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "status", .type = FDR_OPT_STRING, .required = true,
	  .summary = "for /bin/sh: exit code 0 = on, 1 = off, anything else = unknown" },
	{ .name = "on", .type = FDR_OPT_STRING, .summary = "command that turns it on" },
	{ .name = "off", .type = FDR_OPT_STRING, .summary = "command that turns it off" },
	{ .name = "reset", .type = FDR_OPT_STRING, .summary = "command that resets it" },
	FDR_POWER_TIMEOUT_OPTION,
};

const struct fdr_power_ops fdr_power_exec = {
	.kind = { .name = "exec", .summary = "commands of yours",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.act = exec_act,
};
