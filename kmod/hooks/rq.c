// SPDX-License-Identifier: GPL-2.0-only
/*
 * The redirect of what ends a request.
 *
 * Drivers end one by blk_mq_complete_request(), or by its inner half,
 * blk_mq_complete_request_remote(), which tells them with true that it was taken
 * care of; SCSI drivers by scsi_done().  These are also the places at which the
 * kernel itself, built for fault injection, drops a completion.
 *
 * A request swallowed is noted by its hardware queue and tag: no second request
 * has them while it is in flight.  A place is emptied by one exchange, and who
 * empties it decides what becomes of the request.
 */
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "bio.h"
#include "draw.h"
#include "rq.h"
#include "compat/blk-mq.h"
#include "compat/ftrace.h"

#define FDR_RQ_COMPLETE		"blk_mq_complete_request"
#define FDR_RQ_REMOTE		"blk_mq_complete_request_remote"
#define FDR_RQ_START		"blk_mq_start_request"

/* How far behind a function's address ftrace may see it called. */
#define FDR_RQ_ENTRY		32

/* Tries to read the counters while no decision is being taken. */
#define FDR_RQ_COUNT_TRIES	1000

static DEFINE_MUTEX(fdr_rq_lock);	/* of the registration */
static bool fdr_rq_used;
static unsigned long fdr_rq_complete_size;

static struct fdr_rq_rule *fdr_rq_rule;
/* The rule's queue, to send the requests of others on their way. */
static struct request_queue *fdr_rq_only;

/* What a call that is swallowed meets. */
static notrace void fdr_rq_nothing(void *arg)
{
}

static notrace bool fdr_rq_taken_care_of(struct request *rq)
{
	return true;
}

static __always_inline bool fdr_rq_is(unsigned long ip, unsigned long function)
{
	return ip - function < FDR_RQ_ENTRY;
}

static unsigned int fdr_rq_ops(const struct request *rq)
{
	switch (req_op(rq)) {
	case REQ_OP_READ:
		return FDR_BIO_READ;
	case REQ_OP_WRITE:
	case REQ_OP_WRITE_ZEROES:
	case REQ_OP_ZONE_APPEND:
		return FDR_BIO_WRITE;
	case REQ_OP_FLUSH:
		return FDR_BIO_FLUSH;
	case REQ_OP_DISCARD:
	case REQ_OP_SECURE_ERASE:
		return FDR_BIO_DISCARD;
	default:
		return 0;
	}
}

/* The place of a request in flight, or NULL. */
static struct request **fdr_rq_place(const struct fdr_rq_rule *rule, const struct request *rq)
{
	unsigned int queue = rq->mq_hctx->queue_num;

	if (!rule->kept || queue >= rule->n_queues || rq->tag < 0 || rq->tag >= rule->depth)
		return NULL;
	return &rule->kept[(size_t)queue * rule->depth + rq->tag];
}

/* Is it swallowed, and nothing has become of it yet?  Then that is for the caller to see to. */
static bool fdr_rq_take_out(const struct fdr_rq_rule *rule, struct request *rq)
{
	struct request **place = fdr_rq_place(rule, rq);

	return place && READ_ONCE(*place) == rq && cmpxchg(place, rq, NULL) == rq;
}

/* Does the rule want its match number @n? */
static bool fdr_rq_wanted(struct fdr_rq_rule *rule, u64 n)
{
	const struct fdr_rq_filter *f = &rule->filter;

	if (n <= f->skip)
		return false;
	if (f->every > 1 && (n - f->skip) % f->every)
		return false;
	if (fdr_draw(f->seed, n, 1000000) >= f->ppm)
		return false;
	/*
	 * A driver that resets its device freezes the queue, and waits until all
	 * that was in flight has been done again.  With that swallowed too, it
	 * gives the device up for good.
	 */
	if (rule->way == FDR_RQ_LEAVE && READ_ONCE(f->q->mq_freeze_depth))
		return false;
	return !f->times || atomic64_dec_if_positive(&rule->budget) >= 0;
}

static bool fdr_rq_swallow(struct fdr_rq_rule *rule, struct request *rq)
{
	struct request **place = NULL;

	/* Somebody ends what we have swallowed: no concern of ours any more. */
	if (fdr_rq_take_out(rule, rq)) {
		atomic64_inc(&rule->left);
		return false;
	}
	if (!READ_ONCE(rule->open) || !(rule->filter.ops & fdr_rq_ops(rq)))
		return false;
	if (rule->way != FDR_RQ_LEAVE) {
		place = fdr_rq_place(rule, rq);
		if (!place)
			return false;
	}
	if (!fdr_rq_wanted(rule, atomic64_inc_return(&rule->matched))) {
		atomic64_inc(&rule->passed);
		return false;
	}
	atomic64_inc(&rule->swallowed);
	if (!place)
		atomic64_inc(&rule->left);
	else if (xchg(place, rq))
		atomic64_inc(&rule->left);
	if (!atomic_xchg(&rule->hit, 1) && rule->first)
		rule->first(rule);
	return true;
}

/* It is sent to the device once more: what was swallowed of its tag is over. */
static void fdr_rq_sent(struct fdr_rq_rule *rule, struct request *rq)
{
	struct request **place = fdr_rq_place(rule, rq);

	if (place && READ_ONCE(*place) && xchg(place, NULL))
		atomic64_inc(&rule->left);
}

static noinline notrace void fdr_rq_decide(struct request *rq, unsigned long ip,
					   struct fdr_ftrace_regs *fregs)
{
	bool remote = fdr_rq_is(ip, (unsigned long)blk_mq_complete_request_remote);
	struct fdr_rq_rule *rule;

	preempt_disable_notrace();
	rule = READ_ONCE(fdr_rq_rule);
	if (!rule)
		goto out;
	if (rule->way == FDR_RQ_SCSI && fdr_rq_is(ip, (unsigned long)blk_mq_start_request))
		fdr_rq_sent(rule, rq);
	else if (fdr_rq_swallow(rule, rq))
		fdr_ftrace_redirect(fregs, remote ? (unsigned long)fdr_rq_taken_care_of :
						    (unsigned long)fdr_rq_nothing);
out:
	preempt_enable_notrace();
}

static void notrace fdr_rq_callback(unsigned long ip, unsigned long parent_ip,
				    struct ftrace_ops *ops, struct fdr_ftrace_regs *fregs)
{
	struct request *rq = (struct request *)fdr_ftrace_arg0(fregs);

	if (rq->q != READ_ONCE(fdr_rq_only))
		return;
	/* The inner half of what has been decided on, or of a driver's own cancelling. */
	if (parent_ip - (unsigned long)blk_mq_complete_request < fdr_rq_complete_size)
		return;
	fdr_rq_decide(rq, ip, fregs);
}

static void notrace fdr_rq_scsi_callback(unsigned long ip, unsigned long parent_ip,
					 struct ftrace_ops *ops, struct fdr_ftrace_regs *fregs)
{
	void *arg = (void *)fdr_ftrace_arg0(fregs);
	struct request *rq = arg;

	if (!fdr_rq_is(ip, (unsigned long)blk_mq_start_request)) {
		rq = blk_mq_rq_from_pdu(arg);
		if (!fdr_scsi_of_block_layer((struct scsi_cmnd *)arg))
			return;
	}
	if (rq->q != READ_ONCE(fdr_rq_only))
		return;
	fdr_rq_decide(rq, ip, fregs);
}

static struct ftrace_ops fdr_rq_ftrace = {
	.func = fdr_rq_callback,
	.flags = FDR_FTRACE_FLAGS,
};

static struct ftrace_ops fdr_rq_scsi_ftrace = {
	.func = fdr_rq_scsi_callback,
	.flags = FDR_FTRACE_FLAGS,
};

/* The registered one of the two. */
static struct ftrace_ops *fdr_rq_ops_used;

const char *fdr_rq_unavailable(void)
{
	if (!FDR_FTRACE_USABLE)
		return "the kernel cannot redirect functions (no CONFIG_DYNAMIC_FTRACE_WITH_REGS)";
	return NULL;
}

int fdr_rq_rule_init(struct fdr_rq_rule *rule)
{
	const struct blk_mq_tag_set *set = rule->filter.q->tag_set;

	if (rule->way == FDR_RQ_LEAVE)
		return 0;
	rule->n_queues = set->nr_hw_queues;
	rule->depth = set->queue_depth;
	rule->kept = kvcalloc(array_size(rule->n_queues, rule->depth), sizeof(*rule->kept),
			      GFP_KERNEL);
	return rule->kept ? 0 : -ENOMEM;
}

void fdr_rq_rule_free(struct fdr_rq_rule *rule)
{
	kvfree(rule->kept);
	rule->kept = NULL;
}

/* How long blk_mq_complete_request() is; 0 where the kernel does not tell. */
static unsigned long fdr_rq_size_of_complete(void)
{
	char text[KSYM_SYMBOL_LEN];
	unsigned long size;
	const char *slash;

	sprint_symbol(text, (unsigned long)blk_mq_complete_request);
	slash = strchr(text, '/');
	if (!slash || sscanf(slash, "/0x%lx", &size) != 1)
		return 0;
	return size;
}

static int fdr_rq_install(enum fdr_rq_way way)
{
	static const char * const names[][3] = {
		[FDR_RQ_KEEP] = { FDR_RQ_COMPLETE, FDR_RQ_REMOTE },
		[FDR_RQ_SCSI] = { FDR_SCSI_DONE, FDR_RQ_START },
		/* By the other one drivers of the kind cancel what the device does not answer. */
		[FDR_RQ_LEAVE] = { FDR_RQ_REMOTE },
	};
	struct ftrace_ops *ops = way == FDR_RQ_SCSI ? &fdr_rq_scsi_ftrace : &fdr_rq_ftrace;
	unsigned int i;
	int err = 0;

	fdr_rq_complete_size = fdr_rq_size_of_complete();
	if (!fdr_rq_complete_size)
		return -EOPNOTSUPP;
	for (i = 0; i < ARRAY_SIZE(names[way]) && names[way][i] && !err; i++)
		err = ftrace_set_filter(ops, (char *)names[way][i], strlen(names[way][i]), !i);
	if (!err)
		err = register_ftrace_function(ops);
	if (err) {
		ftrace_set_filter(ops, NULL, 0, 1);
		return err;
	}
	fdr_rq_ops_used = ops;
	return 0;
}

int fdr_rq_hook_get(struct fdr_rq_rule *rule)
{
	int err = -EBUSY;

	mutex_lock(&fdr_rq_lock);
	if (!fdr_rq_used)
		err = fdr_rq_install(rule->way);
	if (!err)
		fdr_rq_used = true;
	mutex_unlock(&fdr_rq_lock);
	return err;
}

void fdr_rq_hook_put(void)
{
	int err;

	mutex_lock(&fdr_rq_lock);
	err = unregister_ftrace_function(fdr_rq_ops_used);
	if (err) {
		/* ftrace has shut itself down after a bug; our text must stay. */
		pr_err("cannot undo the redirect of " FDR_RQ_COMPLETE
		       " (error %d): the module stays loaded\n", err);
		__module_get(THIS_MODULE);
	} else {
		/* Someone may be in what it was sent to: an interrupt, or a task. */
		synchronize_rcu();
		synchronize_rcu_tasks();
		ftrace_set_filter(fdr_rq_ops_used, NULL, 0, 1);
		fdr_rq_used = false;
	}
	mutex_unlock(&fdr_rq_lock);
}

void fdr_rq_start(struct fdr_rq_rule *rule)
{
	atomic64_set(&rule->matched, 0);
	atomic64_set(&rule->passed, 0);
	atomic64_set(&rule->swallowed, 0);
	atomic64_set(&rule->completed, 0);
	atomic64_set(&rule->left, 0);
	atomic64_set(&rule->budget, rule->filter.times);
	atomic_set(&rule->hit, 0);
	rule->open = true;
	/* What is in it first; the callback follows the pointer. */
	smp_store_release(&fdr_rq_rule, rule);
	WRITE_ONCE(fdr_rq_only, rule->filter.q);
}

static void fdr_rq_complete_kept(struct fdr_rq_rule *rule)
{
	size_t i, n = (size_t)rule->n_queues * rule->depth;
	struct request *rq;

	for (i = 0; i < n; i++) {
		rq = READ_ONCE(rule->kept[i]) ? xchg(&rule->kept[i], NULL) : NULL;
		if (!rq)
			continue;
		atomic64_inc(&rule->completed);
		blk_mq_complete_request(rq);
	}
}

/*
 * For each request in flight of the host's.  Who has set SCMD_STATE_COMPLETE owns
 * the command.  If it is us, and the request is in flight and has not been sent
 * again since it was swallowed, then error handling has not touched it, and now
 * it cannot.  Otherwise the bit was clear because the command is just being
 * prepared anew, and we were wrong to set it.
 */
static FDR_BUSY_ITER(fdr_rq_complete_scsi, rq, arg)
{
	struct fdr_rq_rule *rule = arg;
	struct request **place;

	if (rq->q != rule->filter.q)
		return true;
	place = fdr_rq_place(rule, rq);
	if (!place || READ_ONCE(*place) != rq)
		return true;
	if (test_and_set_bit(SCMD_STATE_COMPLETE, fdr_scsi_state(rq)))
		return true;
	if (!blk_mq_request_started(rq) || !fdr_rq_take_out(rule, rq)) {
		clear_bit(SCMD_STATE_COMPLETE, fdr_scsi_state(rq));
		return true;
	}
	atomic64_inc(&rule->completed);
	blk_mq_complete_request(rq);
	return true;
}

/* What is still noted is error handling's. */
static void fdr_rq_forget_kept(struct fdr_rq_rule *rule)
{
	size_t i, n = (size_t)rule->n_queues * rule->depth;

	for (i = 0; i < n; i++)
		if (rule->kept[i] && xchg(&rule->kept[i], NULL))
			atomic64_inc(&rule->left);
}

void fdr_rq_stop(struct fdr_rq_rule *rule)
{
	WRITE_ONCE(rule->open, false);
	/* The decisions run with preemption off. */
	synchronize_rcu();
	/* The hook goes on to look out for others who end what was swallowed. */
	if (rule->way == FDR_RQ_KEEP)
		fdr_rq_complete_kept(rule);
	else if (rule->way == FDR_RQ_SCSI)
		blk_mq_tagset_busy_iter(rule->filter.q->tag_set, fdr_rq_complete_scsi, rule);
	WRITE_ONCE(fdr_rq_only, NULL);
	WRITE_ONCE(fdr_rq_rule, NULL);
	synchronize_rcu();
	if (rule->way == FDR_RQ_SCSI)
		fdr_rq_forget_kept(rule);
}

void fdr_rq_rule_count(const struct fdr_rq_rule *rule, struct fdr_rq_count *ret)
{
	int tries = FDR_RQ_COUNT_TRIES;
	u64 gone;

	/* Between two equal readings that balance, nothing was undecided. */
	do {
		ret->matched = atomic64_read(&rule->matched);
		ret->passed = atomic64_read(&rule->passed);
		ret->completed = atomic64_read(&rule->completed);
		ret->left = atomic64_read(&rule->left);
		ret->swallowed = atomic64_read(&rule->swallowed);
	} while (ret->matched != ret->swallowed + ret->passed && --tries);
	gone = ret->completed + ret->left;
	ret->held = ret->swallowed > gone ? ret->swallowed - gone : 0;
}
