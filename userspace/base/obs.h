/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_OBS_H
#define FDR_BASE_OBS_H

#include <string.h>

#include "clock.h"

/*
 * What probes and workloads report, and the one way in which they do.  All
 * instants are CLOCK_MONOTONIC of the host that the controller runs on.
 */

/*
 * A detector's view of one subject changed, or was seen for the first time.
 * The change lies in (lo, hi]: for a poll, lo is when the last answer that still
 * showed the old state was asked for and hi when the first answer with the new
 * one came; for a pushed event lo is the earliest instant it can have happened
 * (lo = hi where the event is stamped on arrival from the same host).
 */
struct fdr_obs {
	const char *source;	/* the probe's name in the plan */
	const char *subject;	/* e.g. "web/node1"; "" where there is only one */
	const char *state;	/* e.g. "up", "suspect", "down", "good", "bad" */
	bool pushed;
	struct fdr_interval when;
	const char *detail;	/* the raw words of the detector; never NULL */
};

enum fdr_request_status {
	FDR_REQUEST_OK,		/* within the workload's lateness bound */
	FDR_REQUEST_LATE,	/* succeeded, later than the bound */
	FDR_REQUEST_ERROR,	/* refused, reset, or a bad status code */
	FDR_REQUEST_TIMEOUT,
};

/* One request of a workload: latency counts from the intended send time. */
struct fdr_request {
	const char *source;	/* the workload's name in the plan */
	uint64_t seq;		/* from 0 */
	int64_t intended_ns, sent_ns, done_ns;
	enum fdr_request_status status;
	int code;		/* the protocol's status (HTTP 200); 0 = none */
	const char *served_by;	/* who answered, where the answer says so; else "" */
	const char *detail;	/* error text; "" when OK */
};

/* It never left: its detail says so, and begins with these words. */
#define FDR_NOT_SENT	"not sent: "

static inline bool fdr_request_not_sent(const struct fdr_request *r)
{
	return r->status >= FDR_REQUEST_ERROR &&
	       !strncmp(r->detail, FDR_NOT_SENT, sizeof(FDR_NOT_SENT) - 1);
}

struct fdr_sink {
	void (*obs)(void *userdata, const struct fdr_obs *obs);
	void (*request)(void *userdata, const struct fdr_request *request);
	void *userdata;
};

#endif /* FDR_BASE_OBS_H */
