// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread that keeps bios and passes them on.
 *
 * What waits is a list of bunches by arrival: bios that came one after the
 * other for the same time, chained by bi_next.  A tree orders the bunches that
 * have a time; a hard timer for its first wakes the thread.  Without memory for
 * one more bunch, a bio joins one that leaves no earlier than it may, so a bio
 * always has its place, and is never early.
 */
#include <linux/bio.h>
#include <linux/hrtimer.h>
#include <linux/ioprio.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "bio-carrier.h"
#include "compat/block.h"

/* Bunches in reserve, for when memory is short; the first is for held bios alone. */
#define FDR_BIO_RESERVE		256

struct fdr_bio_bunch {
	struct rb_node node;		/* of the tree, unless due is FDR_BIO_HELD */
	struct list_head arrival;	/* of the order, or of the reserve */
	u64 due;
	struct bio_list bios;		/* never empty while in the order */
};

struct fdr_bio_carrier {
	raw_spinlock_t lock;		/* of what follows, down to the timer */
	struct list_head order;
	struct rb_root_cached tree;
	struct list_head reserve;
	struct fdr_bio_carrier_count count;	/* but for waiting */
	u64 popped;			/* taken out to be passed on; at least count.released */
	u64 flush_to;			/* until popped is this, by arrival and at once */
	u64 last_due;			/* of the bunch that came last */
	struct hrtimer timer;

	struct task_struct *thread;
	struct fdr_bio_passing passing;
	wait_queue_head_t left;		/* for flush: one more was released */
	void (*pass)(struct fdr_bio_carrier *c, struct bio *bio, void *arg);
	void *arg;
	struct fdr_bio_bunch spares[FDR_BIO_RESERVE];
};

static struct fdr_bio_bunch *fdr_bio_bunch_alloc(void)
{
	/* On RT the allocator's locks sleep. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && !preemptible())
		return NULL;
	return kmalloc(sizeof(struct fdr_bio_bunch), GFP_NOWAIT | __GFP_NOWARN | __GFP_NOMEMALLOC);
}

static bool fdr_bio_bunch_is_spare(const struct fdr_bio_carrier *c,
				   const struct fdr_bio_bunch *bunch)
{
	return bunch >= c->spares && bunch < c->spares + FDR_BIO_RESERVE;
}

static struct fdr_bio_bunch *fdr_bio_bunch_first_due(const struct fdr_bio_carrier *c)
{
	return rb_entry_safe(rb_first_cached(&c->tree), struct fdr_bio_bunch, node);
}

/* After those of the same time.  With the lock held. */
static void fdr_bio_bunch_plant(struct fdr_bio_carrier *c, struct fdr_bio_bunch *bunch)
{
	struct rb_node **link = &c->tree.rb_root.rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (bunch->due < rb_entry(parent, struct fdr_bio_bunch, node)->due) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&bunch->node, parent, link);
	rb_insert_color_cached(&bunch->node, &c->tree, leftmost);
}

/* One from the reserve, or NULL.  With the lock held. */
static struct fdr_bio_bunch *fdr_bio_bunch_spare(struct fdr_bio_carrier *c, u64 due)
{
	struct fdr_bio_bunch *bunch;

	if (due == FDR_BIO_HELD)
		return bio_list_empty(&c->spares[0].bios) ? &c->spares[0] : NULL;
	bunch = list_first_entry_or_null(&c->reserve, struct fdr_bio_bunch, arrival);
	if (bunch)
		list_del(&bunch->arrival);
	return bunch;
}

/*
 * A bunch that there is already, which leaves at @due or is made to leave then:
 * without a spare one there is such a bunch, for held bios have their own, and
 * all of the reserve are in the tree.  With the lock held.
 */
static struct fdr_bio_bunch *fdr_bio_bunch_shared(struct fdr_bio_carrier *c, u64 due)
{
	struct fdr_bio_bunch *bunch = &c->spares[0];

	c->count.shared++;
	if (due == FDR_BIO_HELD)
		return bunch;
	bunch = rb_entry(rb_last(&c->tree.rb_root), struct fdr_bio_bunch, node);
	bunch->due = max(bunch->due, due);
	return bunch;
}

/* The bunch that a bio for @due joins; may use up *@fresh.  With the lock held. */
static struct fdr_bio_bunch *fdr_bio_bunch_for(struct fdr_bio_carrier *c, u64 due,
					       struct fdr_bio_bunch **fresh)
{
	struct fdr_bio_bunch *bunch;

	if (!list_empty(&c->order)) {
		bunch = list_last_entry(&c->order, struct fdr_bio_bunch, arrival);
		if (bunch->due == due)
			return bunch;
	}
	bunch = *fresh;
	if (bunch)
		*fresh = NULL;
	else
		bunch = fdr_bio_bunch_spare(c, due);
	if (!bunch)
		return fdr_bio_bunch_shared(c, due);
	bunch->due = due;
	WRITE_ONCE(c->last_due, due);
	bio_list_init(&bunch->bios);
	list_add_tail(&bunch->arrival, &c->order);
	if (due != FDR_BIO_HELD)
		fdr_bio_bunch_plant(c, bunch);
	return bunch;
}

/* Its last bio has been taken out; returns it if it is to be freed.  With the lock held. */
static struct fdr_bio_bunch *fdr_bio_bunch_uproot(struct fdr_bio_carrier *c,
						  struct fdr_bio_bunch *bunch)
{
	list_del(&bunch->arrival);
	if (bunch->due != FDR_BIO_HELD)
		rb_erase_cached(&bunch->node, &c->tree);
	if (!fdr_bio_bunch_is_spare(c, bunch))
		return bunch;
	if (bunch != &c->spares[0])
		list_add(&bunch->arrival, &c->reserve);
	return NULL;
}

/* Set the timer for the first that is due.  With the lock held. */
static void fdr_bio_carrier_rearm(struct fdr_bio_carrier *c)
{
	const struct fdr_bio_bunch *first = fdr_bio_bunch_first_due(c);

	if (first)
		hrtimer_start(&c->timer, ns_to_ktime(first->due), HRTIMER_MODE_ABS_HARD);
}

static enum hrtimer_restart fdr_bio_carrier_due(struct hrtimer *timer)
{
	wake_up_process(container_of(timer, struct fdr_bio_carrier, timer)->thread);
	return HRTIMER_NORESTART;
}

/* What the block layer would read off the submitter is noted in the bio. */
static void fdr_bio_carrier_own(struct bio *bio)
{
	/* Nobody polls for it, and whoever would not wait for a request waits for us already. */
	bio->bi_opf &= ~(FDR_REQ_POLLED | REQ_NOWAIT);
	if (in_task() && IOPRIO_PRIO_CLASS(bio->bi_ioprio) == IOPRIO_CLASS_NONE)
		bio->bi_ioprio = get_current_ioprio();
}

void fdr_bio_carrier_keep(struct fdr_bio_carrier *c, struct bio *bio, u64 due)
{
	struct fdr_bio_bunch *fresh = NULL, *bunch;
	unsigned long flags;
	bool now = false;

	fdr_bio_carrier_own(bio);
	/* A guess, without the lock: the reserve is there for one that was wrong. */
	if (READ_ONCE(c->last_due) != due)
		fresh = fdr_bio_bunch_alloc();
	raw_spin_lock_irqsave(&c->lock, flags);
	bunch = fdr_bio_bunch_for(c, due, &fresh);
	bio_list_add(&bunch->bios, bio);
	c->count.kept++;
	if (due != FDR_BIO_HELD && bunch == fdr_bio_bunch_first_due(c)) {
		now = due <= ktime_get_ns();
		if (!now)
			fdr_bio_carrier_rearm(c);
	}
	raw_spin_unlock_irqrestore(&c->lock, flags);
	if (now)
		wake_up_process(c->thread);
	kfree(fresh);
}

/* The next bio that may leave, or NULL and the timer is set for when one may. */
static struct bio *fdr_bio_carrier_next(struct fdr_bio_carrier *c)
{
	struct fdr_bio_bunch *bunch, *empty = NULL;
	struct bio *bio = NULL;
	u64 now = ktime_get_ns();

	raw_spin_lock_irq(&c->lock);
	if (c->popped < c->flush_to) {
		bunch = list_first_entry(&c->order, struct fdr_bio_bunch, arrival);
	} else {
		bunch = fdr_bio_bunch_first_due(c);
		if (!bunch || bunch->due > now) {
			fdr_bio_carrier_rearm(c);
			goto out;
		}
		c->count.late_max_ns = max(c->count.late_max_ns, now - bunch->due);
	}
	bio = bio_list_pop(&bunch->bios);
	c->popped++;
	if (bio_list_empty(&bunch->bios))
		empty = fdr_bio_bunch_uproot(c, bunch);
out:
	raw_spin_unlock_irq(&c->lock);
	kfree(empty);
	return bio;
}

static void fdr_bio_carrier_left(struct fdr_bio_carrier *c)
{
	raw_spin_lock_irq(&c->lock);
	c->count.released++;
	raw_spin_unlock_irq(&c->lock);
	if (wq_has_sleeper(&c->left))
		wake_up(&c->left);
}

static int fdr_bio_carrier_run(void *arg)
{
	struct fdr_bio_carrier *c = arg;
	/* Memory may be short because of the very bios that we keep. */
	unsigned int noio = memalloc_noio_save();
	struct bio *bio;

	for (;;) {
		set_current_state(TASK_IDLE);
		bio = fdr_bio_carrier_next(c);
		if (!bio) {
			if (kthread_should_stop())
				break;
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		c->pass(c, bio, c->arg);
		fdr_bio_carrier_left(c);
		cond_resched();
	}
	__set_current_state(TASK_RUNNING);
	memalloc_noio_restore(noio);
	return 0;
}

void fdr_bio_carrier_submit(struct fdr_bio_carrier *c, struct bio *bio)
{
	bio->bi_opf &= ~(FDR_REQ_POLLED | REQ_NOWAIT);
	bio->bi_next = NULL;
	c->passing.bio = bio;
	submit_bio_noacct(bio);
	c->passing.bio = NULL;
}

static void fdr_bio_carrier_pass(struct fdr_bio_carrier *c, struct bio *bio, void *arg)
{
	fdr_bio_carrier_submit(c, bio);
}

struct fdr_bio_carrier *fdr_bio_carrier_new(const char *name,
					    void (*pass)(struct fdr_bio_carrier *c,
							 struct bio *bio, void *arg),
					    void *arg)
{
	struct fdr_bio_carrier *c = kvzalloc(sizeof(*c), GFP_KERNEL);
	unsigned int i;

	if (!c)
		return NULL;
	raw_spin_lock_init(&c->lock);
	INIT_LIST_HEAD(&c->order);
	INIT_LIST_HEAD(&c->reserve);
	c->tree = RB_ROOT_CACHED;
	c->last_due = FDR_BIO_HELD;
	for (i = 1; i < FDR_BIO_RESERVE; i++)
		list_add_tail(&c->spares[i].arrival, &c->reserve);
	hrtimer_setup(&c->timer, fdr_bio_carrier_due, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	init_waitqueue_head(&c->left);
	c->pass = pass ?: fdr_bio_carrier_pass;
	c->arg = arg;
	c->thread = kthread_create(fdr_bio_carrier_run, c, "%s", name);
	if (IS_ERR(c->thread)) {
		kvfree(c);
		return NULL;
	}
	get_task_struct(c->thread);
	c->passing.task = c->thread;
	sched_set_fifo(c->thread);
	wake_up_process(c->thread);
	return c;
}

void fdr_bio_carrier_free(struct fdr_bio_carrier *c)
{
	if (!c)
		return;
	fdr_bio_carrier_flush(c);
	kthread_stop(c->thread);
	hrtimer_cancel(&c->timer);
	put_task_struct(c->thread);
	kvfree(c);
}

const struct fdr_bio_passing *fdr_bio_carrier_passing(const struct fdr_bio_carrier *c)
{
	return &c->passing;
}

static bool fdr_bio_carrier_has_left(struct fdr_bio_carrier *c, u64 n)
{
	struct fdr_bio_carrier_count count;

	fdr_bio_carrier_count(c, &count);
	return count.released >= n;
}

void fdr_bio_carrier_flush(struct fdr_bio_carrier *c)
{
	u64 to;

	raw_spin_lock_irq(&c->lock);
	to = c->count.kept;
	c->flush_to = to;
	raw_spin_unlock_irq(&c->lock);
	wake_up_process(c->thread);
	wait_event_idle(c->left, fdr_bio_carrier_has_left(c, to));
}

void fdr_bio_carrier_count(const struct fdr_bio_carrier *c, struct fdr_bio_carrier_count *ret)
{
	raw_spinlock_t *lock = (raw_spinlock_t *)&c->lock;	/* const but for that */
	unsigned long flags;

	raw_spin_lock_irqsave(lock, flags);
	*ret = c->count;
	raw_spin_unlock_irqrestore(lock, flags);
	ret->waiting = ret->kept - ret->released;
}
