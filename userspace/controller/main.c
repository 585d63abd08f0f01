// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/opts.h"
#include "options.h"

static int unknown_command(const char *name)
{
	const struct fdr_command *const *commands;
	const char *near;
	size_t n;

	commands = fdr_commands(&n);
	const char **names FDR_CLEANUP_FREE = calloc(n, sizeof(*names));

	for (size_t i = 0; names && i < n; i++)
		names[i] = commands[i]->name;
	near = names ? fdr_nearest(name, names, n) : NULL;
	return fdr_usage_error(NULL, "there is no command \"%s\"%s%s%s", name,
			       near ? ": did you mean \"" : "", near ? near : "",
			       near ? "\"?" : "");
}

/* What is opened later must not become standard output. */
static void open_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "help";
	const struct fdr_command *c;
	int first, r;

	open_standard_fds();
	fdr_log_set("faultdrill", getenv("FAULTDRILL_DEBUG") ? FDR_LOG_DEBUG : FDR_LOG_INFO);
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		name = "help";
	else if (!strcmp(name, "--version"))
		name = "version";
	c = fdr_command_find(name);
	if (!c)
		return unknown_command(name);
	if (argc < 2) {
		c->run(0, argv);
		return FDR_EXIT_USAGE;
	}
	r = fdr_options_parse(c, argc - 1, argv + 1, &first);
	if (r)
		return r < 0 ? FDR_EXIT_USAGE : FDR_EXIT_PASS;
	r = c->run(argc - 1 - first, argv + 1 + first);
	if (fflush(stdout) || ferror(stdout)) {
		fdr_error_("cannot write to standard output");
		return FDR_EXIT_FAIL;
	}
	return r;
}
