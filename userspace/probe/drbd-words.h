/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_DRBD_WORDS_H
#define FDR_PROBE_DRBD_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* What one line of "drbdsetup events2" says, of DRBD 8.4 and 9. */
struct fdr_drbd_event {
	size_t n;
	struct {
		char subject[200];	/* "r0", "r0/disk/0", "r0/connection/PEER", ... */
		const char *state;	/* a word of FDR_DRBD_STATES; NULL: not known */
	} facts[2];
};

#define FDR_DRBD_STATES \
	"primary|secondary|connected|connecting|lost|standalone|" \
	"up-to-date|consistent|inconsistent|outdated|diskless|attaching|detaching|failed|" \
	"negotiating|established|syncing|paused|verifying|behind|off|gone|unknown"

/*
 * Reads a line, with or without a time stamp before it.  False: it is no event (a
 * message, half a line, another tool's).  An event that tells no state has no facts.
 */
bool fdr_drbd_event(const char *line, struct fdr_drbd_event *ret);

#endif /* FDR_PROBE_DRBD_WORDS_H */
