// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queue of packets that wait.
 *
 * One timer, in softirq, lets go of what is due.  A packet that waits holds no
 * reference to its device: the notifier purges it when the device goes, and
 * letting go happens under RCU, which a device's end waits for.
 */
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/timekeeping.h>
#include <net/dst.h>
#include <net/sock.h>

#include "net-queue.h"
#include "compat/net.h"

/* Let go of at most so many at once, then give others the processor. */
#define FDR_NET_BATCH		64

/* Draining ends, at the latest, after so many packets beyond the queue's limit. */
#define FDR_NET_DRAIN_EXTRA	100000

/* In skb->cb, which is ours while we hold the packet. */
struct fdr_net_wait {
	struct rb_node node;
	u64 due;
	u32 size;
	enum fdr_net_dir dir;
};

static struct fdr_net_wait *fdr_net_wait(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct fdr_net_wait) > sizeof(skb->cb));
	return (struct fdr_net_wait *)skb->cb;
}

static struct sk_buff *fdr_net_waiting(struct rb_node *node)
{
	return container_of((void *)node, struct sk_buff, cb);
}

static u64 fdr_net_due(struct rb_node *node)
{
	return rb_entry(node, struct fdr_net_wait, node)->due;
}

static void fdr_net_queue_insert(struct fdr_net_queue *queue, struct fdr_net_wait *wait)
{
	struct rb_node **link = &queue->tree.rb_root.rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (wait->due < fdr_net_due(parent)) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&wait->node, parent, link);
	rb_insert_color_cached(&wait->node, &queue->tree, leftmost);
}

/* Take out the first packet if it is due by @now; else NULL.  With the lock held. */
static struct sk_buff *fdr_net_queue_pop(struct fdr_net_queue *queue, u64 now)
{
	struct rb_node *first = rb_first_cached(&queue->tree);
	struct sk_buff *skb;

	if (!first || fdr_net_due(first) > now)
		return NULL;
	skb = fdr_net_waiting(first);
	rb_erase_cached(first, &queue->tree);
	queue->packets--;
	queue->bytes -= fdr_net_wait(skb)->size;
	return skb;
}

/* Set the timer for the first packet.  With the lock held. */
static void fdr_net_queue_rearm(struct fdr_net_queue *queue)
{
	struct rb_node *first = rb_first_cached(&queue->tree);

	if (first && !queue->closed && !queue->draining)
		hrtimer_start(&queue->timer, ns_to_ktime(fdr_net_due(first)),
			      HRTIMER_MODE_ABS_SOFT);
}

static void fdr_net_queue_resume(struct fdr_net_queue *queue, struct sk_buff *skb)
{
	enum fdr_net_dir dir = fdr_net_wait(skb)->dir;

	memset(skb->cb, 0, sizeof(skb->cb));
	if (!netif_running(skb->dev) || skb->dev->reg_state != NETREG_REGISTERED) {
		fdr_net_count(queue->rule, FDR_NET_LOST);
		kfree_skb(skb);
		return;
	}
	fdr_net_count(queue->rule, FDR_NET_RELEASED);
	if (dir == FDR_NET_IN)
		fdr_net_resume_in(skb);
	else
		fdr_net_resume_out(skb);
}

/* Let go of up to a batch of what is due by @now; how many that were.  Softirqs off. */
static unsigned int fdr_net_queue_release(struct fdr_net_queue *queue, u64 now)
{
	struct sk_buff *skb;
	unsigned int n;

	rcu_read_lock();
	for (n = 0; n < FDR_NET_BATCH; n++) {
		spin_lock(&queue->lock);
		skb = fdr_net_queue_pop(queue, now);
		spin_unlock(&queue->lock);
		if (!skb)
			break;
		fdr_net_queue_resume(queue, skb);
	}
	rcu_read_unlock();
	return n;
}

static enum hrtimer_restart fdr_net_queue_due(struct hrtimer *timer)
{
	struct fdr_net_queue *queue = container_of(timer, struct fdr_net_queue, timer);

	local_bh_disable();
	fdr_net_queue_release(queue, ktime_get_ns());
	spin_lock(&queue->lock);
	fdr_net_queue_rearm(queue);
	spin_unlock(&queue->lock);
	local_bh_enable();
	return HRTIMER_NORESTART;
}

void fdr_net_queue_init(struct fdr_net_queue *queue, struct fdr_net_rule *rule)
{
	queue->rule = rule;
	spin_lock_init(&queue->lock);
	queue->tree = RB_ROOT_CACHED;
	hrtimer_setup(&queue->timer, fdr_net_queue_due, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
}

/* What the packet must have of its own to outlive the call that brought it. */
static void fdr_net_own(struct sk_buff *skb, enum fdr_net_dir dir)
{
	skb_dst_force(skb);
	/* As with a qdisc that delays: the sender's buffer is not the wire's. */
	if (dir == FDR_NET_OUT)
		skb_orphan_partial(skb);
}

enum fdr_net_put fdr_net_queue_put(struct fdr_net_queue *queue, struct sk_buff *skb,
				   enum fdr_net_dir dir, u64 due)
{
	enum fdr_net_put ret = FDR_NET_PUT_QUEUED;
	struct fdr_net_wait *wait;

	spin_lock_bh(&queue->lock);
	if (queue->closed) {
		ret = FDR_NET_PUT_CLOSED;
	} else if (queue->packets >= queue->max_packets ||
		   queue->bytes + skb->truesize > queue->max_bytes) {
		ret = FDR_NET_PUT_FULL;
	} else {
		fdr_net_own(skb, dir);
		wait = fdr_net_wait(skb);
		if (queue->draining || (queue->ordered && due < queue->last_due))
			due = queue->last_due;
		queue->last_due = max(queue->last_due, due);
		wait->due = due;
		wait->dir = dir;
		wait->size = skb->truesize;
		fdr_net_queue_insert(queue, wait);
		queue->packets++;
		queue->bytes += wait->size;
		if (rb_first_cached(&queue->tree) == &wait->node)
			fdr_net_queue_rearm(queue);
	}
	spin_unlock_bh(&queue->lock);
	return ret;
}

void fdr_net_queue_drain(struct fdr_net_queue *queue)
{
	u64 left = (u64)queue->max_packets + FDR_NET_DRAIN_EXTRA;
	unsigned int n;
	bool empty;

	spin_lock_bh(&queue->lock);
	queue->draining = true;
	spin_unlock_bh(&queue->lock);
	/* From here on the timer is not set again: only we let go. */
	hrtimer_cancel(&queue->timer);
	do {
		local_bh_disable();
		n = fdr_net_queue_release(queue, U64_MAX);
		local_bh_enable();
		cond_resched();
		spin_lock_bh(&queue->lock);
		empty = !queue->packets;
		queue->closed = empty || n >= left;
		spin_unlock_bh(&queue->lock);
		left -= min_t(u64, n, left);
	} while (!queue->closed);
}

void fdr_net_queue_finish(struct fdr_net_queue *queue)
{
	unsigned int n;

	do {
		local_bh_disable();
		n = fdr_net_queue_release(queue, U64_MAX);
		local_bh_enable();
		cond_resched();
	} while (n);
}

void fdr_net_queue_purge(struct fdr_net_queue *queue, const struct net_device *dev)
{
	struct rb_node *node, *next;
	struct sk_buff *skb;

	spin_lock_bh(&queue->lock);
	for (node = rb_first_cached(&queue->tree); node; node = next) {
		next = rb_next(node);
		skb = fdr_net_waiting(node);
		if (skb->dev != dev)
			continue;
		rb_erase_cached(node, &queue->tree);
		queue->packets--;
		queue->bytes -= fdr_net_wait(skb)->size;
		fdr_net_count(queue->rule, FDR_NET_LOST);
		kfree_skb(skb);
	}
	spin_unlock_bh(&queue->lock);
}
