/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that are kept until their time and then go on from where they were taken. */
#ifndef FDR_HOOKS_NET_QUEUE_H
#define FDR_HOOKS_NET_QUEUE_H

#include <linux/hrtimer.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include "net.h"

struct fdr_net_queue {
	struct fdr_net_rule *rule;	/* whose counters: RELEASED, LOST */
	u32 max_packets;
	u64 max_bytes;
	bool ordered;			/* none overtakes another */

	spinlock_t lock;
	struct rb_root_cached tree;	/* by time, then by arrival */
	struct hrtimer timer;
	u64 last_due;
	u64 bytes;
	u32 packets;
	bool draining, closed;
};

enum fdr_net_put {
	FDR_NET_PUT_QUEUED,
	FDR_NET_PUT_FULL,	/* the packet is still the caller's */
	FDR_NET_PUT_CLOSED,	/* likewise */
};

/* The limits and "ordered" are set before.  Process context. */
void fdr_net_queue_init(struct fdr_net_queue *queue, struct fdr_net_rule *rule);

/* Keep @skb until @due, CLOCK_MONOTONIC ns.  Softirqs off, under RCU. */
enum fdr_net_put fdr_net_queue_put(struct fdr_net_queue *queue, struct sk_buff *skb,
				   enum fdr_net_dir dir, u64 due);

/*
 * Let all packets go in their order; those that still come wait behind them.
 * Close the queue when it is empty.  Process context, may sleep.
 */
void fdr_net_queue_drain(struct fdr_net_queue *queue);

/* After drain, once nobody can put: let go of what came in between.  May sleep. */
void fdr_net_queue_finish(struct fdr_net_queue *queue);

/* Forget the packets of @dev.  May sleep. */
void fdr_net_queue_purge(struct fdr_net_queue *queue, const struct net_device *dev);

#endif /* FDR_HOOKS_NET_QUEUE_H */
