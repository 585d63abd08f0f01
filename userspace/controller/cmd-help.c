// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/log.h"
#include "options.h"
#include "print.h"

static bool help_json, version_json;

static const struct fdr_option help_options[] = {
	{ "json", 0, FDR_OPTION_FLAG, &help_json, NULL, "all commands with their options" },
};
static const struct fdr_option version_options[] = {
	{ "json", 0, FDR_OPTION_FLAG, &version_json, NULL, "as a JSON object" },
};

static json_t *command_json(const struct fdr_command *c)
{
	json_t *options = json_array();

	for (size_t i = 0; i < fdr_options_count(c); i++) {
		const struct fdr_option *o = fdr_options_at(c, i);
		char letter[2] = { o->letter, '\0' };

		json_array_append_new(options,
				      json_pack("{ss ss* ss* ss}", "name", o->name, "letter",
						o->letter ? letter : NULL, "arg", o->arg,
						"help", o->help));
	}
	return json_pack("{ss ss ss ss* so}", "name", c->name, "args", c->args, "summary",
			 c->summary, "details", c->details, "options", options);
}

static int print_help_json(void)
{
	const struct fdr_command *const *commands;
	json_t *all = json_array();
	size_t n;
	int r;

	commands = fdr_commands(&n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(all, command_json(commands[i]));
	r = fdr_print_json(all);
	json_decref(all);
	return r;
}

static void print_help(void)
{
	const struct fdr_command *const *commands;
	size_t n;

	commands = fdr_commands(&n);
	printf("usage: faultdrill COMMAND [OPTION ...] [ARGUMENT ...]\n\n"
	       "Breaks cluster nodes from inside their kernel, and measures how fast the\n"
	       "stack around them notices.\n\n");
	for (size_t i = 0; i < n; i++)
		printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
	printf("\n\"faultdrill COMMAND --help\" says more.\n"
	       "Exit status: 0 pass, 1 fail, 2 usage, 3 inconclusive, 4 aborted.\n");
}

static int run_help(int argc, char **argv)
{
	const struct fdr_command *c;

	if (help_json)
		return print_help_json();
	if (!argc) {
		print_help();
		return FDR_EXIT_PASS;
	}
	c = fdr_command_find(argv[0]);
	if (!c)
		return fdr_usage_error(NULL, "there is no command \"%s\"", argv[0]);
	fdr_options_help(c, stdout);
	return FDR_EXIT_PASS;
}

static int run_version(int argc, char **argv)
{
	json_t *j;
	int r;

	(void)argc;
	(void)argv;
	if (!version_json) {
		puts("faultdrill " FDR_VERSION);
		return FDR_EXIT_PASS;
	}
	j = json_pack("{ss}", "version", FDR_VERSION);
	r = fdr_print_json(j);
	json_decref(j);
	return r;
}

const struct fdr_command fdr_cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.summary = "Show the commands, or one command's options.",
	.options = help_options,
	.n_options = FDR_ARRAY_LEN(help_options),
	.max_args = 1,
	.run = run_help,
};

const struct fdr_command fdr_cmd_version = {
	.name = "version",
	.args = "",
	.summary = "Print the version of this program.",
	.options = version_options,
	.n_options = FDR_ARRAY_LEN(version_options),
	.run = run_version,
};
