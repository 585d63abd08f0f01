/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of each injection, by the module's own events: they are numbered
 * without gaps, so that whatever is missing is missed.
 */
#ifndef KT_TRACK_H
#define KT_TRACK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netlink.h"

#define KT_MAX_TRACKED	16384
#define KT_FIRST_COOKIE	0x7e570000ULL
#define KT_MAX_COUNTERS	16

struct kt_tracked {
	char fault[32];
	uint64_t duration_ns, lease_ns;	/* as asked; 0 = none */
	uint32_t id;
	bool replied;			/* the request was answered with an id */
	bool accepted, onset, ended;	/* events */
	uint32_t state;			/* enum faultdrill_state, once ended */
	int64_t onset_ns, ended_ns;
};

struct kt_track {
	struct kt_sock sock;		/* of the events */
	pthread_t thread;
	pthread_mutex_t lock;
	struct kt_tracked items[KT_MAX_TRACKED];
	unsigned int n;
	uint64_t seq;			/* the last event's */
	unsigned int events, loads;
	unsigned int live;		/* accepted and not ended */
	unsigned int wrong;		/* each told on the output */
	bool stop;
};

/* Start to listen; once in a process. 0 or -errno. */
int kt_track_start(struct kt_track *t);
/* The module was loaded anew: listen to it too. */
int kt_track_resume(struct kt_track *t, const struct kt_sock *s);
void kt_track_stop(struct kt_track *t);

/* A request about to be sent; its cookie, or 0 where there is no room. */
uint64_t kt_track_add(struct kt_track *t, const char *fault, uint64_t duration_ns,
		      uint64_t lease_ns);
void kt_track_replied(struct kt_track *t, uint64_t cookie, uint32_t id);
/* Some injection's id of before, or 0. */
uint32_t kt_track_some(struct kt_track *t, uint64_t *rng);
/* Those that are accepted and not ended; with @tell, say which. */
unsigned int kt_track_live(struct kt_track *t, bool tell);
/* Something is not as it must be. */
void kt_track_wrong(struct kt_track *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* KT_TRACK_H */
