/* SPDX-License-Identifier: GPL-2.0-only */
/* One injection, from acceptance until it is forgotten. */
#ifndef FDR_INJECTION_H
#define FDR_INJECTION_H

#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include "event.h"
#include "fault.h"
#include "params.h"

#define FDR_MAX_LIVE		32	/* pending or active at once */
#define FDR_MAX_ENDED		64	/* remembered after they ended */
#define FDR_MAX_COUNTERS	48
#define FDR_NEVER		S64_MAX

/* Why an injection has to end before its time. */
enum fdr_stop {
	FDR_STOP_NOT,
	FDR_STOP_CLEAR,
	FDR_STOP_DISARM,		/* pending ones only */
	FDR_STOP_UNLOAD,
};

struct fdr_counter {
	char name[FAULTDRILL_NAME_MAX + 1];
	u64 value;
};

struct fdr_injection {
	struct kobject kobj;		/* reference count; injections/<id> in sysfs */
	struct list_head node;		/* the session's list, by id */
	u32 id;				/* 0: a dry run */
	const struct fdr_fault *fault;
	struct fdr_arg *args;
	u64 cookie;
	enum faultdrill_start start;
	s64 start_ns;			/* as stated */
	s64 start_at;			/* on the start's own clock; acceptance, for NOW */
	u64 duration_ns;		/* 0 = none */
	u64 lease_ns;			/* 0 = none */
	bool dry_run;
	bool force;

	struct fdr_injection *parent;	/* the composite that it is a part of, or NULL */
	struct fdr_injection **parts;	/* of a composite; under lock */
	unsigned int n_parts;

	struct task_struct *thread;	/* for as long as the injection itself: it may be joined */
	bool joined;			/* under the session's lock */
	struct hrtimer start_timer;
	struct hrtimer timer;		/* deadline, or a wait's end; CLOCK_MONOTONIC */
	struct completion begun;	/* onset, or ended without one */
	struct completion ended;

	enum faultdrill_state state;	/* written by its thread only */
	enum fdr_stop stop;
	s64 lease_at;			/* CLOCK_MONOTONIC; FDR_NEVER = no lease */
	s64 expires_at;			/* CLOCK_MONOTONIC; FDR_NEVER = no duration, or no onset */
	struct fdr_stamps onset;
	s64 late_ns;
	unsigned long flags;		/* FDR_INJ_* bits */

	struct mutex lock;		/* counters() against release() */
	bool prepared;			/* release() is due */
	void *priv;
	char reason[FAULTDRILL_REASON_MAX + 1];
	struct fdr_counter counters[FDR_MAX_COUNTERS];	/* final, once ended */
	unsigned int n_counters;
};

#define FDR_INJ_ONSET	0	/* claimed: the onset is taken once */
#define FDR_INJ_STAMPED	1	/* onset is valid */
#define FDR_INJ_HIT	2

/* True once it can no longer have any effect.  Any context. */
static inline bool fdr_injection_ended(const struct fdr_injection *inj)
{
	return READ_ONCE(inj->state) > FAULTDRILL_STATE_ACTIVE;
}

/* Under it release() does not come.  A part's is taken inside its composite's. */
static inline void fdr_injection_lock(struct fdr_injection *inj)
{
	mutex_lock_nested(&inj->lock, inj->parent ? SINGLE_DEPTH_NESTING : 0);
}

/*
 * Make one for @fault, with parsed @args (which it takes over).  Process
 * context.  NULL when out of memory; give it back with fdr_injection_put().
 */
struct fdr_injection *fdr_injection_new(const struct fdr_fault *fault, struct fdr_arg *args);
void fdr_injection_get(struct fdr_injection *inj);
void fdr_injection_put(struct fdr_injection *inj);

/* The fault's own prepare() and release().  Process context. */
int fdr_injection_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack);
void fdr_injection_release(struct fdr_injection *inj);

/* Call emit for each counter: live ones, or those kept at the end.  May sleep. */
void fdr_injection_counters(struct fdr_injection *inj,
			    void (*emit)(void *arg, const char *name, u64 value), void *arg);

/* The fatal or freezing one whose onset has come: a panic now is its doing.  Or NULL. */
const struct fdr_injection *fdr_injection_stopping(void);

/* Until it reverts, ns; 0 where it is not active or has no deadline. */
u64 fdr_injection_left_ns(const struct fdr_injection *inj);

/* thread.c: create the thread, asleep; let it go; end it early; wait for its exit. */
int fdr_thread_create(struct fdr_injection *inj);
void fdr_thread_go(struct fdr_injection *inj);
void fdr_thread_stop(struct fdr_injection *inj, enum fdr_stop why);
void fdr_thread_join(struct fdr_injection *inj);
/* Give the task back, with the injection's last reference. */
void fdr_thread_free(struct fdr_injection *inj);
/* It is exiting or gone; where the injection has not ended, its fault killed it. */
bool fdr_thread_died(const struct fdr_injection *inj);
/* Its deadline moved. */
void fdr_thread_kick(struct fdr_injection *inj);

#endif /* FDR_INJECTION_H */
