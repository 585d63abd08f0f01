// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring that any context may write, and one worker that empties it.
 *
 * Writers claim a slot by counting up and publish it by storing its sequence
 * number last.  The ring is far longer than what FDR_MAX_LIVE injections can
 * leave undelivered, so a listener that sees a gap has itself lost a message.
 */
#include <linux/irq_work.h>
#include <linux/preempt.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include "beacon.h"
#include "event.h"
#include "family.h"
#include "injection.h"

#define FDR_EVENTS	512

static struct fdr_event ring[FDR_EVENTS];
static atomic64_t last_seq;	/* claimed by writers */
static u64 delivered_seq;	/* the worker's alone */
static struct workqueue_struct *queue;

void fdr_stamps_now(struct fdr_stamps *stamps)
{
	unsigned long flags;

	local_irq_save(flags);
	stamps->boottime = ktime_get_boot_fast_ns();
	stamps->monotonic = ktime_get_mono_fast_ns();
	stamps->realtime = ktime_get_real_fast_ns();
	local_irq_restore(flags);
}

static void deliver(struct work_struct *work)
{
	for (;;) {
		u64 seq = delivered_seq + 1, there;
		const struct fdr_event *event = &ring[seq % FDR_EVENTS];

		/* Pairs with the store in fdr_event(): a number that is there, all is there. */
		there = smp_load_acquire(&event->seq);
		if (there < seq)
			break;
		if (there == seq)	/* else it was overwritten, and the gap tells */
			fdr_netlink_multicast(event);
		if (event->type == FAULTDRILL_EVENT_ONSET)
			fdr_beacon_refill();
		delivered_seq = seq;
	}
}

static DECLARE_WORK(deliver_work, deliver);

static void queue_delivery(struct irq_work *work)
{
	queue_work(queue, &deliver_work);
}

static struct irq_work deliver_irq_work = { .func = queue_delivery };

void fdr_event(enum faultdrill_event_type type, struct fdr_injection *inj,
	       const struct fdr_stamps *stamps, s64 late_ns, const char *reason)
{
	u64 seq = atomic64_inc_return(&last_seq);
	struct fdr_event *event = &ring[seq % FDR_EVENTS];

	event->type = type;
	event->inj = inj;
	event->state = inj ? READ_ONCE(inj->state) : FAULTDRILL_STATE_PENDING;
	event->late_ns = late_ns;
	event->reason = reason;
	if (stamps)
		event->stamps = *stamps;
	else
		fdr_stamps_now(&event->stamps);
	smp_store_release(&event->seq, seq);	/* publishes the slot to deliver() */

	/*
	 * Straight to the workqueue where that is allowed: the worker may then run
	 * on another CPU while the fault takes this one.
	 */
	if (preemptible())
		queue_work(queue, &deliver_work);
	else
		irq_work_queue(&deliver_irq_work);
}

void fdr_events_flush(void)
{
	irq_work_sync(&deliver_irq_work);
	flush_work(&deliver_work);
}

int fdr_events_init(void)
{
	init_irq_work(&deliver_irq_work, queue_delivery);
	queue = alloc_ordered_workqueue("faultdrill", WQ_HIGHPRI);
	return queue ? 0 : -ENOMEM;
}

void fdr_events_exit(void)
{
	fdr_events_flush();
	destroy_workqueue(queue);
}
