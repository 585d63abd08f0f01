/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_OPTIONS_H
#define FDR_CONTROLLER_OPTIONS_H

#include "command.h"

/*
 * Parses a command's options into their places and checks the number of
 * operands.  0: *ret_first is the first operand's index in @argv.  1: help was
 * asked for and printed.  -EINVAL: a usage error, reported.
 */
int fdr_options_parse(const struct fdr_command *c, int argc, char **argv, int *ret_first);
/*
 * A length as an operand or option, up to what a signed 64-bit number of ns
 * holds.  -EINVAL: a usage error, reported with @what before it.
 */
int fdr_options_time(const struct fdr_command *c, const char *what, const char *text,
		     uint64_t *ret_ns);
void fdr_options_help(const struct fdr_command *c, FILE *out);

/* A command's options and then, for one of a node, those of node.h. */
size_t fdr_options_count(const struct fdr_command *c);
const struct fdr_option *fdr_options_at(const struct fdr_command *c, size_t i);

#endif /* FDR_CONTROLLER_OPTIONS_H */
