/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_TRACK_H
#define FDR_PROBE_TRACK_H

#include "probe.h"

/*
 * What a probe knows of each subject, and which of it is news.  Only changes
 * go to the sink.
 *
 * A probe may have two witnesses of the same subject: answers to its polls,
 * and events that the detector pushes (a log).  Each change is reported once by
 * each witness.  They may run a little apart without contradicting each other
 * in what is reported: an answer to a poll that was asked before an event is
 * no news against it, and only if answers keep disagreeing with the last event
 * (an event was lost) do they take over.
 */
struct fdr_track {
	const char *name;
	const struct fdr_sink *sink;
	void *subjects;		/* a tsearch() tree */
	size_t n;
	uint64_t round;
	bool full;
};

void fdr_track_init(struct fdr_track *t, const struct fdr_probe_env *env);
void fdr_track_clear(struct fdr_track *t);

/*
 * An answer that came at @answered_ns to a question asked at @asked_ns showed
 * @state.  Answers that come out of order are ignored: the newest question counts.
 */
void fdr_track_polled(struct fdr_track *t, const char *subject, const char *state,
		      int64_t asked_ns, int64_t answered_ns, const char *detail);
/* The detector said of itself, at an instant in @when, that it is @state now. */
void fdr_track_pushed(struct fdr_track *t, const char *subject, const char *state,
		      struct fdr_interval when, const char *detail);

/* The same of each subject so far whose name begins with @prefix; for polls, of which one told. */
void fdr_track_pushed_under(struct fdr_track *t, const char *prefix, const char *state,
			    struct fdr_interval when, const char *detail);
void fdr_track_polled_under(struct fdr_track *t, const char *prefix, const char *state,
			    int64_t asked_ns, int64_t answered_ns, const char *detail);

/*
 * For an answer that lists all subjects: what fdr_track_polled() has not been
 * told of between the two calls is "gone".  The subject "" is never gone.
 */
void fdr_track_round_begin(struct fdr_track *t);
void fdr_track_round_end(struct fdr_track *t, int64_t asked_ns, int64_t answered_ns);
/* Of an event that lists all under @prefix: what it has not told of is @state. */
void fdr_track_round_pushed(struct fdr_track *t, const char *prefix, const char *state,
			    struct fdr_interval when);

/* What was last reported of @subject; NULL if nothing. */
const char *fdr_track_state(const struct fdr_track *t, const char *subject);

#endif /* FDR_PROBE_TRACK_H */
