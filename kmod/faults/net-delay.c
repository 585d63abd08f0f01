// SPDX-License-Identifier: GPL-2.0-only
/* Packets that take longer. */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "faults.h"
#include "net-fault.h"
#include "hooks/draw.h"
#include "hooks/net-queue.h"

/* Sets the jitter's draws apart from those of the probability. */
#define FDR_NET_JITTER_SEED	0x6a69747465720000ULL

struct fdr_net_delay {
	struct fdr_net_fault fault;
	struct fdr_net_queue queue;
	u64 delay_ns, jitter_ns, seed;
	atomic64_t draws;
};

static struct fdr_net_delay *fdr_net_delay_of(struct fdr_net_rule *rule)
{
	return container_of(rule, struct fdr_net_delay, fault.rule);
}

/* Uniform on delay - jitter .. delay + jitter. */
static u64 fdr_net_delay_ns(struct fdr_net_delay *d)
{
	u64 bits;

	if (!d->jitter_ns)
		return d->delay_ns;
	bits = fdr_draw64(d->seed, atomic64_inc_return(&d->draws));
	return d->delay_ns - d->jitter_ns + mul_u64_u64_shr(2 * d->jitter_ns + 1, bits, 64);
}

static bool fdr_net_delay_take(struct fdr_net_rule *rule, struct sk_buff *skb,
			       const struct fdr_net_packet *packet)
{
	struct fdr_net_delay *d = fdr_net_delay_of(rule);

	switch (fdr_net_queue_put(&d->queue, skb, packet->dir,
				  ktime_get_ns() + fdr_net_delay_ns(d))) {
	case FDR_NET_PUT_QUEUED:
		fdr_net_count(rule, FDR_NET_DELAYED);
		return true;
	case FDR_NET_PUT_FULL:
		fdr_net_count(rule, FDR_NET_OVERFLOW);
		kfree_skb(skb);
		return true;
	case FDR_NET_PUT_CLOSED:
		break;
	}
	fdr_net_count(rule, FDR_NET_PASSED);
	return false;
}

static void fdr_net_delay_gone(struct fdr_net_rule *rule, const struct net_device *dev)
{
	fdr_net_queue_purge(&fdr_net_delay_of(rule)->queue, dev);
}

static const struct fdr_net_action fdr_net_delay = {
	.phase = FDR_NET_PHASE_DELAY,
	.take = fdr_net_delay_take,
	.gone = fdr_net_delay_gone,
};

static int fdr_net_delay_fill(struct fdr_net_delay *d, struct fdr_injection *inj,
			      struct netlink_ext_ack *extack)
{
	d->delay_ns = fdr_arg_u64(inj, "delay");
	d->jitter_ns = fdr_arg_u64(inj, "jitter");
	d->seed = fdr_arg_u64(inj, "seed") ^ FDR_NET_JITTER_SEED;
	if (d->jitter_ns > d->delay_ns)
		return fdr_refuse(extack, -EINVAL,
				  "jitter: %s is more than the delay of %s: no packet arrives before it is sent",
				  fdr_arg_str(inj, "jitter"), fdr_arg_str(inj, "delay"));
	d->queue.max_packets = fdr_arg_u64(inj, "limit");
	d->queue.max_bytes = fdr_arg_u64(inj, "limit-bytes");
	d->queue.ordered = !fdr_arg_bool(inj, "reorder");
	fdr_net_queue_init(&d->queue, &d->fault.rule);
	return fdr_net_fault_fill(&d->fault, inj, &fdr_net_delay, false, extack);
}

static int fdr_net_delay_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_net_delay *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int err;

	if (!d)
		return -ENOMEM;
	err = fdr_net_delay_fill(d, inj, extack);
	if (err) {
		kfree(d);
		return err;
	}
	fdr_set_priv(inj, d);
	return 0;
}

static int fdr_net_delay_start(struct fdr_injection *inj)
{
	struct fdr_net_delay *d = fdr_priv(inj);

	return fdr_net_fault_start(&d->fault);
}

/* Drained while the rule is still in: what comes meanwhile must not overtake. */
static void fdr_net_delay_stop(struct fdr_injection *inj)
{
	struct fdr_net_delay *d = fdr_priv(inj);

	fdr_net_queue_drain(&d->queue);
	fdr_net_rule_del(&d->fault.rule);
	fdr_net_queue_finish(&d->queue);
}

static void fdr_net_delay_release(struct fdr_injection *inj)
{
	struct fdr_net_delay *d = fdr_priv(inj);

	fdr_net_fault_release(&d->fault);
	fdr_set_priv(inj, NULL);
	kfree(d);
}

static void fdr_net_delay_counters(struct fdr_injection *inj,
				   void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	const struct fdr_net_delay *d = fdr_priv(inj);
	const struct fdr_net_rule *rule = &d->fault.rule;
	u64 released, lost, delayed;

	fdr_net_fault_counters(&d->fault, emit, arg);
	/* In this order, so that what is held is never less than nothing. */
	released = fdr_net_counted(rule, FDR_NET_RELEASED);
	lost = fdr_net_counted(rule, FDR_NET_LOST);
	delayed = max(fdr_net_counted(rule, FDR_NET_DELAYED), released + lost);
	emit(arg, "delayed", delayed);
	emit(arg, "held", delayed - released - lost);
	emit(arg, "released", released);
	emit(arg, "lost", lost);
	emit(arg, "overflow", fdr_net_counted(rule, FDR_NET_OVERFLOW));
}

const struct fdr_fault_ops fdr_net_delay_ops = {
	.unavailable = fdr_net_unavailable,
	.prepare = fdr_net_delay_prepare,
	.start = fdr_net_delay_start,
	.stop = fdr_net_delay_stop,
	.release = fdr_net_delay_release,
	.counters = fdr_net_delay_counters,
};
