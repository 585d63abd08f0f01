// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "transport.h"

/* Words of "extra"; more are refused. */
#define EXTRA_MAX	32
#define ARGS_MAX	(EXTRA_MAX + 20)

static const struct fdr_opt_desc options[] = {
	{ .name = "host", .type = FDR_OPT_STRING, .required = true,
	  .summary = "as for ssh: a name, an address or a Host of the configuration" },
	{ .name = "user", .type = FDR_OPT_STRING, .summary = "login name; it must be root or use "
	  "an \"agent\" that becomes root" },
	{ .name = "port", .type = FDR_OPT_U64, .min = 1, .max = 65535, .summary = "TCP port" },
	{ .name = "config", .type = FDR_OPT_STRING, .summary = "configuration file (ssh -F)" },
	{ .name = "identity", .type = FDR_OPT_STRING, .summary = "private key (ssh -i)" },
	{ .name = "agent", .type = FDR_OPT_STRING, .def = "faultdrill-agent",
	  .summary = "the agent's program on the node, e.g. \"sudo faultdrill-agent\"" },
	{ .name = "extra", .type = FDR_OPT_STRING,
	  .summary = "further arguments of ssh, split at blanks" },
};

struct args {
	const char *v[ARGS_MAX + 1];
	size_t n;
};

static void put(struct args *a, const char *word)
{
	a->v[a->n++] = word;
	a->v[a->n] = NULL;
}

static void put_option(struct args *a, const char *letter, const char *value)
{
	if (!value)
		return;
	put(a, letter);
	put(a, value);
}

static int put_extra(struct args *a, char *text, struct fdr_error *e)
{
	size_t n = 0;
	char *save = NULL;

	for (char *w = strtok_r(text, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		if (n++ == EXTRA_MAX)
			return fdr_err(e, -E2BIG, "extra: more than %d words", EXTRA_MAX);
		put(a, w);
	}
	return 0;
}

static int open_ssh(const struct fdr_opts *opts, struct fdr_pipe *ret, struct fdr_error *e)
{
	const char *host = fdr_opts_str(opts, "host"), *extra = fdr_opts_str(opts, "extra");
	char *words FDR_CLEANUP_FREE = strdup(extra ? extra : "");
	struct args a = { .n = 0 };
	int r;

	if (!words)
		return fdr_err(e, -ENOMEM, "out of memory");
	/* ssh would take it for an option, and some options run commands. */
	if (!*host || *host == '-')
		return fdr_err(e, -EINVAL, "\"%s\" is no host's name", host);
	put(&a, "ssh");
	put(&a, "-T");
	put_option(&a, "-o", "BatchMode=yes");
	put_option(&a, "-F", fdr_opts_str(opts, "config"));
	put_option(&a, "-p", fdr_opts_str(opts, "port"));
	put_option(&a, "-l", fdr_opts_str(opts, "user"));
	put_option(&a, "-i", fdr_opts_str(opts, "identity"));
	r = put_extra(&a, words, e);
	if (r < 0)
		return r;
	put(&a, "--");
	put(&a, host);
	put(&a, fdr_opts_str(opts, "agent"));
	put(&a, "--stdio");
	r = fdr_transport_spawn(a.v, ret, e);
	return r == -ENOENT ? fdr_err(e, r, "there is no ssh here: install openssh-client") : r;
}

const struct fdr_transport_ops fdr_transport_ssh = {
	.kind = { .name = "ssh", .summary = "OpenSSH, with its user's own keys and configuration",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.open = open_ssh,
};
