/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Swallowing the completion of requests: for the kernel a device has stopped
 * answering, while it has in fact done what it was asked.
 *
 * The driver's call that ends a request is redirected by ftrace to a function
 * that does nothing.  The request stays in flight: it shows in diskstats, and
 * the block layer's timer runs.  What may become of it afterwards depends on
 * who else may end it, hence the three ways below.
 *
 * One rule at a time.
 */
#ifndef FDR_HOOKS_RQ_H
#define FDR_HOOKS_RQ_H

#include <linux/atomic.h>
#include <linux/blkdev.h>
#include <linux/types.h>

enum fdr_rq_way {
	/*
	 * The driver has no handler for timeouts: nobody but we will end the
	 * request.  It is kept, and completed at the end.
	 */
	FDR_RQ_KEEP,
	/*
	 * SCSI: whoever sets the command's SCMD_STATE_COMPLETE may end it, the
	 * completion or the error handling.  Swallowed before it is set; at the end
	 * completed where the error handling has not set it.
	 */
	FDR_RQ_SCSI,
	/*
	 * The driver's handler for timeouts may end the request at any time and
	 * nothing tells that it does: what is swallowed is left to it.
	 */
	FDR_RQ_LEAVE,
};

struct fdr_rq_filter {
	struct request_queue *q;	/* kept open by the rule's owner */
	unsigned int ops;		/* FDR_BIO_*; flush: of the device's cache */
	u64 skip;			/* let the first so many matches pass */
	u64 every;			/* then swallow every n-th; 0, 1 = each */
	u32 ppm;			/* and of these this share */
	u64 seed;			/* match n is drawn from seed and n alone */
	u64 times;			/* and at most so many; 0 = no limit */
};

/* matched = swallowed + passed; swallowed = held + completed + left. */
struct fdr_rq_count {
	u64 matched, passed, swallowed;
	u64 held;		/* in flight now */
	u64 completed;		/* by us, at the end */
	u64 left;		/* to the driver's or SCSI's error handling */
};

struct fdr_rq_rule {
	struct fdr_rq_filter filter;
	enum fdr_rq_way way;
	/* Called for the first request swallowed; any context.  May be NULL. */
	void (*first)(struct fdr_rq_rule *rule);

	/* The hook's own. */
	bool open;			/* takes further requests */
	struct request **kept;		/* by hardware queue and tag */
	unsigned int n_queues, depth;
	atomic64_t matched, passed, swallowed, completed, left;
	atomic64_t budget;		/* of filter.times */
	atomic_t hit;
};

/* Why this kernel cannot do it, or NULL. */
const char *fdr_rq_unavailable(void);

/* Take what the rule needs; filter and way are set.  May sleep.  -ENOMEM. */
int fdr_rq_rule_init(struct fdr_rq_rule *rule);
/* May sleep. */
void fdr_rq_rule_free(struct fdr_rq_rule *rule);

/*
 * Redirect what the rule's way needs; nothing is swallowed yet.  May sleep.
 * -EBUSY: someone else redirects it already, ftrace is off, or there is a rule.
 */
int fdr_rq_hook_get(struct fdr_rq_rule *rule);
/* After stop.  Leaves the kernel as it was.  May sleep. */
void fdr_rq_hook_put(void);

/* From here on requests are swallowed.  Hold the hook. */
void fdr_rq_start(struct fdr_rq_rule *rule);
/*
 * From its return on none is, and what was swallowed is completed or with those
 * who may.  May sleep.
 */
void fdr_rq_stop(struct fdr_rq_rule *rule);

/* Any context. */
void fdr_rq_rule_count(const struct fdr_rq_rule *rule, struct fdr_rq_count *ret);

#endif /* FDR_HOOKS_RQ_H */
