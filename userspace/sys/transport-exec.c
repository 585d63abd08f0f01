// SPDX-License-Identifier: GPL-2.0-or-later
#include "transport.h"

static const struct fdr_opt_desc options[] = {
	{ .name = "command", .type = FDR_OPT_STRING, .required = true,
	  .summary = "run by /bin/sh; its standard input and output must lead to an agent" },
};

static int open_exec(const struct fdr_opts *opts, struct fdr_pipe *ret, struct fdr_error *e)
{
	const char *command = fdr_opts_str(opts, "command");

	return fdr_transport_spawn((const char *const[]){ "/bin/sh", "-c", command, NULL }, ret, e);
}

const struct fdr_transport_ops fdr_transport_exec = {
	.kind = { .name = "exec", .summary = "any command that yields a pipe to an agent",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.open = open_exec,
};
