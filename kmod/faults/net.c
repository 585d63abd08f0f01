// SPDX-License-Identifier: GPL-2.0-only
/* Packets that get lost, and packets that come twice. */
#include <linux/ktime.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "faults.h"
#include "net-fault.h"
#include "hooks/net-queue.h"

/* Loss */

/* The sender is told nothing, as by a wire. */
static bool fdr_net_drop_take(struct fdr_net_rule *rule, struct sk_buff *skb,
			      const struct fdr_net_packet *packet)
{
	fdr_net_count(rule, FDR_NET_DROPPED);
	kfree_skb(skb);
	return true;
}

static const struct fdr_net_action fdr_net_drop = {
	.phase = FDR_NET_PHASE_DROP,
	.take = fdr_net_drop_take,
};

static int fdr_net_drop_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_net_fault *fault = kzalloc(sizeof(*fault), GFP_KERNEL);
	int err;

	if (!fault)
		return -ENOMEM;
	err = fdr_net_fault_fill(fault, inj, &fdr_net_drop, true, extack);
	if (err) {
		kfree(fault);
		return err;
	}
	fdr_set_priv(inj, fault);
	return 0;
}

static int fdr_net_drop_start(struct fdr_injection *inj)
{
	return fdr_net_fault_start(fdr_priv(inj));
}

static void fdr_net_drop_stop(struct fdr_injection *inj)
{
	struct fdr_net_fault *fault = fdr_priv(inj);

	fdr_net_rule_del(&fault->rule);
}

static void fdr_net_drop_release(struct fdr_injection *inj)
{
	struct fdr_net_fault *fault = fdr_priv(inj);

	fdr_net_fault_release(fault);
	fdr_set_priv(inj, NULL);
	kfree(fault);
}

static void fdr_net_drop_counters(struct fdr_injection *inj,
				  void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	const struct fdr_net_fault *fault = fdr_priv(inj);

	fdr_net_fault_counters(fault, emit, arg);
	emit(arg, "dropped", fdr_net_counted(&fault->rule, FDR_NET_DROPPED));
}

const struct fdr_fault_ops fdr_net_drop_ops = {
	.unavailable = fdr_net_unavailable,
	.prepare = fdr_net_drop_prepare,
	.start = fdr_net_drop_start,
	.stop = fdr_net_drop_stop,
	.release = fdr_net_drop_release,
	.counters = fdr_net_drop_counters,
};

/* Duplication */

/* Copies wait for the softirq to come; more than this is no network's doing. */
#define FDR_NET_COPIES_WAITING	10000
#define FDR_NET_COPIES_BYTES	(64ULL << 20)

struct fdr_net_duplicate {
	struct fdr_net_fault fault;
	struct fdr_net_queue queue;
	unsigned int copies;
};

static struct fdr_net_duplicate *fdr_net_duplicate_of(struct fdr_net_rule *rule)
{
	return container_of(rule, struct fdr_net_duplicate, fault.rule);
}

/*
 * The copies follow the packet: by way of the queue, for a receive path that
 * handles packets in lists would be overtaken by what is handed to it here.
 */
static bool fdr_net_duplicate_take(struct fdr_net_rule *rule, struct sk_buff *skb,
				   const struct fdr_net_packet *packet)
{
	struct fdr_net_duplicate *d = fdr_net_duplicate_of(rule);
	struct sk_buff *copy;
	unsigned int i;

	fdr_net_count(rule, FDR_NET_DUPLICATED);
	for (i = 0; i < d->copies; i++) {
		copy = skb_clone(skb, GFP_ATOMIC);
		if (!copy) {
			fdr_net_count(rule, FDR_NET_NOMEM);
			continue;
		}
		fdr_net_count(rule, FDR_NET_COPIES);
		/* A delay is for the copies too. */
		if (fdr_net_rules_after(rule, copy, packet->dir)) {
			fdr_net_count(rule, FDR_NET_RELEASED);
			continue;
		}
		if (fdr_net_queue_put(&d->queue, copy, packet->dir, ktime_get_ns()) !=
		    FDR_NET_PUT_QUEUED) {
			fdr_net_count(rule, FDR_NET_OVERFLOW);
			kfree_skb(copy);
		}
	}
	return false;
}

static void fdr_net_duplicate_gone(struct fdr_net_rule *rule, const struct net_device *dev)
{
	fdr_net_queue_purge(&fdr_net_duplicate_of(rule)->queue, dev);
}

static const struct fdr_net_action fdr_net_duplicate = {
	.phase = FDR_NET_PHASE_DUPLICATE,
	.take = fdr_net_duplicate_take,
	.gone = fdr_net_duplicate_gone,
};

static int fdr_net_duplicate_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_net_duplicate *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int err;

	if (!d)
		return -ENOMEM;
	d->copies = fdr_arg_u64(inj, "copies");
	d->queue.max_packets = FDR_NET_COPIES_WAITING;
	d->queue.max_bytes = FDR_NET_COPIES_BYTES;
	d->queue.ordered = true;
	fdr_net_queue_init(&d->queue, &d->fault.rule);
	err = fdr_net_fault_fill(&d->fault, inj, &fdr_net_duplicate, false, extack);
	if (err) {
		kfree(d);
		return err;
	}
	fdr_set_priv(inj, d);
	return 0;
}

static int fdr_net_duplicate_start(struct fdr_injection *inj)
{
	struct fdr_net_duplicate *d = fdr_priv(inj);

	return fdr_net_fault_start(&d->fault);
}

static void fdr_net_duplicate_stop(struct fdr_injection *inj)
{
	struct fdr_net_duplicate *d = fdr_priv(inj);

	fdr_net_rule_del(&d->fault.rule);
	fdr_net_queue_drain(&d->queue);
}

static void fdr_net_duplicate_release(struct fdr_injection *inj)
{
	struct fdr_net_duplicate *d = fdr_priv(inj);

	fdr_net_fault_release(&d->fault);
	fdr_set_priv(inj, NULL);
	kfree(d);
}

static void fdr_net_duplicate_counters(struct fdr_injection *inj,
				       void (*emit)(void *arg, const char *name, u64 value),
				       void *arg)
{
	const struct fdr_net_duplicate *d = fdr_priv(inj);
	const struct fdr_net_rule *rule = &d->fault.rule;

	fdr_net_fault_counters(&d->fault, emit, arg);
	emit(arg, "duplicated", fdr_net_counted(rule, FDR_NET_DUPLICATED));
	emit(arg, "copies", fdr_net_counted(rule, FDR_NET_COPIES));
	emit(arg, "released", fdr_net_counted(rule, FDR_NET_RELEASED));
	emit(arg, "lost", fdr_net_counted(rule, FDR_NET_LOST));
	emit(arg, "overflow", fdr_net_counted(rule, FDR_NET_OVERFLOW));
	emit(arg, "no-memory", fdr_net_counted(rule, FDR_NET_NOMEM));
}

const struct fdr_fault_ops fdr_net_duplicate_ops = {
	.unavailable = fdr_net_unavailable,
	.prepare = fdr_net_duplicate_prepare,
	.start = fdr_net_duplicate_start,
	.stop = fdr_net_duplicate_stop,
	.release = fdr_net_duplicate_release,
	.counters = fdr_net_duplicate_counters,
};
