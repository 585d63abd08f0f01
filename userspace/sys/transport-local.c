// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <string.h>

#include "transport.h"

#define AGENT	"faultdrill-agent"

static const struct fdr_opt_desc options[] = {
	{ .name = "agent", .type = FDR_OPT_STRING,
	  .summary = "the agent's program; default: beside this program, else in PATH" },
};

/* The agent of the same build, where there is one. */
static const char *beside_us(char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	buf[n] = '\0';
	slash = strrchr(buf, '/');
	if (!slash || (size_t)(slash - buf) + sizeof("/" AGENT) > size)
		return NULL;
	strcpy(slash, "/" AGENT);
	return access(buf, X_OK) < 0 ? NULL : buf;
}

static int open_local(const struct fdr_opts *opts, struct fdr_pipe *ret, struct fdr_error *e)
{
	const char *agent = fdr_opts_str(opts, "agent");
	char path[PATH_MAX];

	if (!agent)
		agent = beside_us(path, sizeof(path));
	if (!agent)
		agent = AGENT;
	return fdr_transport_spawn((const char *const[]){ agent, "--stdio", NULL }, ret, e);
}

const struct fdr_transport_ops fdr_transport_local = {
	.kind = { .name = "local", .summary = "this machine: the agent is started as a child",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.open = open_local,
};
