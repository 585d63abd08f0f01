/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_COMMAND_H
#define FDR_CONTROLLER_COMMAND_H

#include "base/error.h"

/* Exit status of the program: an interface, like its output. */
enum fdr_exit {
	FDR_EXIT_PASS = 0,
	FDR_EXIT_FAIL = 1,		/* the verdict, a refusal, an unreachable node */
	FDR_EXIT_USAGE = 2,		/* command line or plan; nothing was touched */
	FDR_EXIT_INCONCLUSIVE = 3,
	FDR_EXIT_ABORTED = 4,		/* by a signal; faults were cleared */
};

enum fdr_option_type {
	FDR_OPTION_FLAG,		/* bool */
	FDR_OPTION_STRING,		/* const char * */
	FDR_OPTION_TIME,		/* uint64_t, ns */
	FDR_OPTION_U64,			/* uint64_t */
	FDR_OPTION_LIST,		/* struct fdr_strings: may be given again */
};

struct fdr_strings {
	const char **v;
	size_t n;
};

struct fdr_option {
	const char *name;		/* without the dashes */
	char letter;			/* or 0 */
	enum fdr_option_type type;
	void *value;			/* where it goes, by type; keeps its value if not given */
	const char *arg;		/* "TIME"; NULL for flags */
	const char *help;
};

/* One file a command, one row in commands.c; help, completion and manual come from here. */
struct fdr_command {
	const char *name;
	const char *args;		/* "FAULT [PARAMETER=VALUE ...]"; "" = none */
	const char *words;		/* what the first operand may be, for completion; or NULL */
	const char *summary;		/* one line */
	const char *details;		/* paragraphs for --help and the manual; may be NULL */
	const struct fdr_option *options;
	size_t n_options;
	bool node;			/* acts on one node: takes --on and the like */
	int min_args, max_args;		/* operands; max -1 = any number */
	/* Gets the operands; returns an enum fdr_exit.  Reports its own errors. */
	int (*run)(int argc, char **argv);
};

extern const struct fdr_command fdr_cmd_list, fdr_cmd_status, fdr_cmd_arm, fdr_cmd_disarm,
	fdr_cmd_inject, fdr_cmd_renew, fdr_cmd_clear, fdr_cmd_events, fdr_cmd_load,
	fdr_cmd_unload, fdr_cmd_completion, fdr_cmd_version, fdr_cmd_help,
	fdr_cmd_check, fdr_cmd_predict, fdr_cmd_run, fdr_cmd_report, fdr_cmd_export, fdr_cmd_stats,
	fdr_cmd_compare, fdr_cmd_workload, fdr_cmd_campaign, fdr_cmd_mark, fdr_cmd_power;

/* All rows, in the order of the help; *ret_n of them. */
const struct fdr_command *const *fdr_commands(size_t *ret_n);
const struct fdr_command *fdr_command_find(const char *name);

/* Prints "faultdrill: error: ..." and gives the exit status for a negative errno. */
int fdr_fail(int err, const struct fdr_error *e);
/* The same for a mistake in the command line, with a pointer to --help. */
int fdr_usage_error(const struct fdr_command *c, const char *fmt, ...) FDR_PRINTF(2, 3);

#endif /* FDR_CONTROLLER_COMMAND_H */
