/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_NAGIOS_WORDS_H
#define FDR_PROBE_NAGIOS_WORDS_H

#include "base/error.h"

/* What Nagios says of its hosts and services, in its log and in status.dat. */

#define FDR_NAGIOS_NAME	256		/* longest subject, "HOST/SERVICE", with its NUL */

/* One object of status.dat; borrowed. */
struct fdr_nagios_row {
	const char *subject;	/* "HOST", or "HOST/SERVICE" */
	const char *state;	/* the probe's word */
	const char *output;	/* the plugin's */
};

/*
 * A line of the log.  True if it tells the state of a host or service: an alert, or an
 * initial or current state; *ret_message is where the words begin in @line.
 */
bool fdr_nagios_log(const char *line, char *subject, size_t size, const char **ret_state,
		    const char **ret_message);

/*
 * Reads a whole status.dat (which is changed) and calls @row for each host and service.
 * -EBADMSG: this is none, or it ends in the middle; rows may have been handed over.
 */
int fdr_nagios_status(char *text, void (*row)(void *userdata, const struct fdr_nagios_row *r),
		      void *userdata, struct fdr_error *e);

#endif /* FDR_PROBE_NAGIOS_WORDS_H */
