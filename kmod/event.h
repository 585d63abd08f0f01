/* SPDX-License-Identifier: GPL-2.0-only */
/* Events: stamped anywhere, delivered from a workqueue in order. */
#ifndef FDR_EVENT_H
#define FDR_EVENT_H

#include <linux/faultdrill.h>
#include <linux/types.h>

struct fdr_injection;

/* The three clocks, read together.  ns. */
struct fdr_stamps {
	s64 boottime;
	s64 monotonic;
	s64 realtime;
};

struct fdr_event {
	u64 seq;
	enum faultdrill_event_type type;
	enum faultdrill_state state;
	struct fdr_stamps stamps;
	struct fdr_injection *inj;	/* NULL for the module's own events */
	s64 late_ns;			/* ONSET only */
	const char *reason;		/* static; may be NULL */
};

/* Any context, NMI included. */
void fdr_stamps_now(struct fdr_stamps *stamps);

/*
 * Queue an event for delivery; takes the stamps, or reads them if @stamps is
 * NULL.  Any context, NMI included.  @inj must stay until fdr_events_flush().
 */
void fdr_event(enum faultdrill_event_type type, struct fdr_injection *inj,
	       const struct fdr_stamps *stamps, s64 late_ns, const char *reason);

/* Wait until all events queued before have been delivered.  May sleep. */
void fdr_events_flush(void);

int fdr_events_init(void);
void fdr_events_exit(void);

#endif /* FDR_EVENT_H */
