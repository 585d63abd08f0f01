// SPDX-License-Identifier: GPL-2.0-only
/*
 * A link without carrier, as after the cable was pulled.
 *
 * The carrier's state alone would stop what is sent, soon, and nothing that is
 * received; so a rule takes every packet of the device, at once.  Addresses and
 * routes stay, as they do on a real loss.  Setting the device down would lose
 * IPv6 addresses and routes that nobody could restore exactly: not offered.
 *
 * A driver that polls its link may turn the carrier on again: it is turned off
 * as soon as the kernel tells of it, and that is counted.
 */
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "faults.h"
#include "net-fault.h"

struct fdr_net_link {
	struct fdr_net_fault fault;
	struct list_head node;		/* of those in effect */
	struct mutex lock;		/* of down */
	bool down;			/* we keep the carrier off */
	atomic64_t reasserted;
};

/* Devices whose carrier we keep off: a second request clashes, and must get that far. */
static DEFINE_SPINLOCK(fdr_net_links_lock);
static LIST_HEAD(fdr_net_links);

static struct fdr_net_link *fdr_net_link_of(struct fdr_net_rule *rule)
{
	return container_of(rule, struct fdr_net_link, fault.rule);
}

static bool fdr_net_link_take(struct fdr_net_rule *rule, struct sk_buff *skb,
			      const struct fdr_net_packet *packet)
{
	fdr_net_count(rule, FDR_NET_DROPPED);
	kfree_skb(skb);
	return true;
}

static void fdr_net_link_change(struct fdr_net_rule *rule, struct net_device *dev)
{
	struct fdr_net_link *link = fdr_net_link_of(rule);

	if (dev->ifindex != rule->filter.ifindex)
		return;
	mutex_lock(&link->lock);
	if (link->down && netif_carrier_ok(dev)) {
		netif_carrier_off(dev);
		atomic64_inc(&link->reasserted);
	}
	mutex_unlock(&link->lock);
}

static const struct fdr_net_action fdr_net_link = {
	.phase = FDR_NET_PHASE_DROP,
	.take = fdr_net_link_take,
	.change = fdr_net_link_change,
};

static bool fdr_net_link_held(int ifindex)
{
	const struct fdr_net_link *link;
	bool held = false;

	spin_lock(&fdr_net_links_lock);
	list_for_each_entry(link, &fdr_net_links, node)
		held |= link->fault.rule.filter.ifindex == ifindex;
	spin_unlock(&fdr_net_links_lock);
	return held;
}

/* The device must be there, up, with a carrier to lose.  Under RCU. */
static int fdr_net_link_check(const struct net_device *dev, struct netlink_ext_ack *extack)
{
	if (!netif_running(dev))
		return fdr_refuse(extack, -ENETDOWN,
				  "interface: %s is down already ('ip link set %s up')", dev->name,
				  dev->name);
	if (!netif_carrier_ok(dev) && !fdr_net_link_held(dev->ifindex))
		return fdr_refuse(extack, -ENETDOWN, "interface: %s has no carrier already",
				  dev->name);
	return 0;
}

static int fdr_net_link_guard(const struct fdr_injection *inj, struct net_device *dev,
			      struct netlink_ext_ack *extack)
{
	struct fdr_net_peer peers[FDR_NET_PEERS];
	unsigned int i, n;
	int err = fdr_net_peers(inj, peers, &n, extack);

	for (i = 0; !err && i < n; i++) {
		/* The beacon's device is known by name even where there is no route. */
		if ((peers[i].ifindex && fdr_net_carries(dev, peers[i].ifindex)) ||
		    !strcmp(peers[i].ifname, dev->name))
			err = fdr_refuse(extack, -EBUSY,
					 "interface: the management peer is reached by %s (%s): its link goes down only with force",
					 dev->name, peers[i].ifname);
	}
	return err;
}

static int fdr_net_link_fill(struct fdr_net_link *link, struct fdr_injection *inj,
			     struct netlink_ext_ack *extack)
{
	struct fdr_net_filter *f = &link->fault.rule.filter;
	struct net_device *dev;
	int err;

	err = fdr_net_fault_device(fdr_arg_str(inj, "interface"), &f->ifindex, extack);
	if (err)
		return err;
	f->dirs = BIT(FDR_NET_IN) | BIT(FDR_NET_OUT);
	f->ppm = 1000000;
	link->fault.inj = inj;
	link->fault.rule.action = &fdr_net_link;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(&init_net, f->ifindex);
	err = dev ? fdr_net_link_check(dev, extack) :
		    fdr_refuse(extack, -ENODEV, "interface: the device has just gone");
	if (!err)
		err = fdr_net_link_guard(inj, dev, extack);
	rcu_read_unlock();
	return err;
}

static int fdr_net_link_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_net_link *link = kzalloc(sizeof(*link), GFP_KERNEL);
	int err;

	if (!link)
		return -ENOMEM;
	mutex_init(&link->lock);
	err = fdr_net_link_fill(link, inj, extack);
	if (err) {
		kfree(link);
		return err;
	}
	fdr_set_priv(inj, link);
	return 0;
}

static bool fdr_net_link_clashes(const struct fdr_injection *inj,
				 const struct fdr_injection *other)
{
	const struct fdr_net_link *a = fdr_priv(inj), *b;

	if (fdr_fault_of(other) != fdr_fault_of(inj))
		return false;
	b = fdr_priv(other);
	return a->fault.rule.filter.ifindex == b->fault.rule.filter.ifindex;
}

static void fdr_net_link_lose(struct net_device *dev, void *arg)
{
	struct fdr_net_link *link = arg;

	mutex_lock(&link->lock);
	link->down = netif_carrier_ok(dev);
	if (link->down)
		netif_carrier_off(dev);
	mutex_unlock(&link->lock);
}

static void fdr_net_link_restore(struct net_device *dev, void *arg)
{
	struct fdr_net_link *link = arg;

	mutex_lock(&link->lock);
	if (link->down && netif_device_present(dev))
		netif_carrier_on(dev);
	link->down = false;
	mutex_unlock(&link->lock);
}

static int fdr_net_link_start(struct fdr_injection *inj)
{
	struct fdr_net_link *link = fdr_priv(inj);
	int err = fdr_net_fault_start(&link->fault);

	if (err)
		return err;
	spin_lock(&fdr_net_links_lock);
	list_add(&link->node, &fdr_net_links);
	spin_unlock(&fdr_net_links_lock);
	fdr_net_with_dev(link->fault.rule.filter.ifindex, fdr_net_link_lose, link);
	return 0;
}

static void fdr_net_link_stop(struct fdr_injection *inj)
{
	struct fdr_net_link *link = fdr_priv(inj);

	fdr_net_with_dev(link->fault.rule.filter.ifindex, fdr_net_link_restore, link);
	spin_lock(&fdr_net_links_lock);
	list_del(&link->node);
	spin_unlock(&fdr_net_links_lock);
	fdr_net_rule_del(&link->fault.rule);
}

static void fdr_net_link_release(struct fdr_injection *inj)
{
	struct fdr_net_link *link = fdr_priv(inj);

	fdr_net_fault_release(&link->fault);
	fdr_set_priv(inj, NULL);
	kfree(link);
}

static void fdr_net_link_counters(struct fdr_injection *inj,
				  void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	const struct fdr_net_link *link = fdr_priv(inj);

	emit(arg, "dropped", fdr_net_counted(&link->fault.rule, FDR_NET_DROPPED));
	emit(arg, "reasserted", atomic64_read(&link->reasserted));
}

const struct fdr_fault_ops fdr_link_down_ops = {
	.unavailable = fdr_net_unavailable,
	.prepare = fdr_net_link_prepare,
	.clashes = fdr_net_link_clashes,
	.start = fdr_net_link_start,
	.stop = fdr_net_link_stop,
	.release = fdr_net_link_release,
	.counters = fdr_net_link_counters,
};
