/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_AGENT_SESSION_H
#define FDR_AGENT_SESSION_H

#include <jansson.h>
#include <systemd/sd-event.h>

#include "base/error.h"
#include "sys/genl.h"
#include "sys/stream.h"

/* One controller that is being served. */
struct fdr_session {
	sd_event *loop;
	struct fdr_stream *stream;
	struct fdr_genl_events *events;
	sd_event_source *events_source;
	int64_t received_ns;		/* of the request at hand, CLOCK_BOOTTIME */
	bool bye;			/* the reply to "bye" is on its way */
	bool ended;
	int error;			/* of the stream; 0 = closed in good order */
};

/* Takes the descriptors.  @name_in is what they are called in an error. */
int fdr_session_new(sd_event *loop, int rfd, int wfd, const char *name_in,
		    struct fdr_session **ret, struct fdr_error *e);
struct fdr_session *fdr_session_free(struct fdr_session *s);
FDR_DEFINE_CLEANUP(struct fdr_session *, fdr_session_free);
/* Nothing more to do for it. */
bool fdr_session_over(const struct fdr_session *s);

/*
 * Opens the module's family for one operation, and sees to it that the
 * module's events are relayed from now on.
 */
int fdr_session_genl(struct fdr_session *s, struct fdr_genl **ret, struct fdr_error *e);

#endif /* FDR_AGENT_SESSION_H */
