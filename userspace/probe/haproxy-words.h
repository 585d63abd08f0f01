/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_HAPROXY_WORDS_H
#define FDR_PROBE_HAPROXY_WORDS_H

#include "base/error.h"

/* What HAProxy says of its servers, in "show stat" and in its log. */

/* One server of "show stat"; borrowed, absent columns are "". */
struct fdr_haproxy_row {
	const char *backend, *server, *status, *check_status, *last_check;
};

/*
 * Reads a whole answer to "show stat" (which is changed) and calls @row for each
 * server.  Columns are found by their names in the header, because their number
 * grows from version to version.  -EBADMSG: this is no such answer; rows that
 * came before the damage may have been handed over.
 */
int fdr_haproxy_csv(char *text, void (*row)(void *userdata, const struct fdr_haproxy_row *r),
		    void *userdata, struct fdr_error *e);

/* "UP 1/3" -> "suspect"; NULL: a word that is not known. */
const char *fdr_haproxy_status(const char *status);

/*
 * A line of HAProxy's log, with or without syslog's header.  True if it tells that
 * a server is in a state now; @subject gets "BACKEND/SERVER", *ret_message where the
 * words begin in @line.
 */
bool fdr_haproxy_log(const char *line, char *subject, size_t size, const char **ret_state,
		     const char **ret_message);

#endif /* FDR_PROBE_HAPROXY_WORDS_H */
