/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_SENTINEL_WORDS_H
#define FDR_PROBE_SENTINEL_WORDS_H

#include <hiredis/hiredis.h>

#include "base/error.h"

/* What a Redis (or Valkey) Sentinel says: the messages it publishes, and its answers. */

#define FDR_SENTINEL_NAME	200	/* longest subject, with its NUL */

#define FDR_SENTINEL_STATES	"up|suspect|down|failover|switched|master|replica|stale|lost|reachable|tilt"

struct fdr_sentinel_event {
	/* "NAME": the master of that name; "NAME/ADDRESS:PORT": an instance and its part; "": the
	 * Sentinel itself */
	char subject[FDR_SENTINEL_NAME];
	const char *state;		/* a word of FDR_SENTINEL_STATES */
};

typedef void fdr_sentinel_fn(void *userdata, const struct fdr_sentinel_event *e);

/* SUBSCRIBE, and the channels whose messages are read. */
extern const char *const fdr_sentinel_subscribe[];
extern const int fdr_sentinel_n_subscribe;

/* Reads a message; it may be no news, and it may be several changes. */
void fdr_sentinel_message(const char *channel, const char *text, fdr_sentinel_fn *cb,
			  void *userdata);

/*
 * Reads the answer to SENTINEL MASTERS, or to SENTINEL REPLICAS NAME.  -EBADMSG: it is none
 * such, and the text says what it is; events may have been handed over.
 */
int fdr_sentinel_masters(const redisReply *answer, fdr_sentinel_fn *cb, void *userdata,
			 struct fdr_error *e);
int fdr_sentinel_replicas(const redisReply *answer, const char *name, fdr_sentinel_fn *cb,
			  void *userdata, struct fdr_error *e);
/* Does it say, in its answer to INFO sentinel, that it is in TILT mode?  Then it judges nothing. */
bool fdr_sentinel_tilts(const redisReply *info);
/* The name of master @i in the answer to SENTINEL MASTERS; NULL: there is none. */
const char *fdr_sentinel_name(const redisReply *masters, size_t i);

#endif /* FDR_PROBE_SENTINEL_WORDS_H */
