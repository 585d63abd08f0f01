/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_COMMAND_H
#define FDR_PROBE_COMMAND_H

#include "lines.h"

/* A shell command whose output is read line by line, in a process group of its own. */
struct fdr_command;

/*
 * Runs @command with /bin/sh.  @line gets each line of its standard output and
 * error; @when holds the instant of writing.  @ended is called once, after the last
 * line that was written before it ended, with the status as waitpid() gives it, or
 * with a negative errno (and the reason as a line) if it could not be run after all.
 */
int fdr_command_start(struct fdr_poller *p, const char *command, fdr_line_fn line,
		    void (*ended)(void *userdata, int status), void *userdata,
		    struct fdr_command **ret, struct fdr_error *e);
/* Kills it with all that it started; @ended will be called. */
void fdr_command_kill(struct fdr_command *c);
/* Kills and forgets it; @ended is not called any more.  Allowed in @ended. */
struct fdr_command *fdr_command_free(struct fdr_command *c);

#endif /* FDR_PROBE_COMMAND_H */
