/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_PACEMAKER_WORDS_H
#define FDR_PROBE_PACEMAKER_WORDS_H

#include <stdbool.h>

#include "base/error.h"

/* What Corosync and Pacemaker (2.0 and 2.1) say: lines of their logs, and crm_mon's XML. */

#define FDR_PACEMAKER_NAME	200	/* longest subject, with its NUL */

#define FDR_PACEMAKER_STATES \
	"formed|token-lost|paused|quorate|no-quorum|member|lost|requested|fenced|failed|" \
	"started|stopped|online|pending|unclean|offline|standby|maintenance|gone|unknown"

struct fdr_pacemaker_event {
	/* "ring", "quorum", "member/NODE", "fence/NODE", "node/NODE", "resource/NAME" */
	char subject[FDR_PACEMAKER_NAME];
	const char *state;		/* a word of FDR_PACEMAKER_STATES */
	/* Whose view it is, where the line or the answer says so; "": who wrote it. */
	char node[FDR_PACEMAKER_NAME];
};

/* Reads a line of either log.  False: it tells no change of these. */
bool fdr_pacemaker_line(const char *line, struct fdr_pacemaker_event *ret);

/*
 * Reads what "crm_mon --one-shot --output-as=xml" prints on the node @self: the quorum, each
 * node, and each resource as far as it is on @self.  -EBADMSG: this is no whole answer;
 * -ENOTCONN: crm_mon itself did not reach its cluster.  Events may have been handed over.
 */
int fdr_pacemaker_xml(const char *text, size_t len, const char *self,
		      void (*event)(void *userdata, const struct fdr_pacemaker_event *e),
		      void *userdata, struct fdr_error *e);

#endif /* FDR_PROBE_PACEMAKER_WORDS_H */
