// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices, their hooks, and the list of rules.
 *
 * Every device of the initial namespace has a tap while there is a rule; those
 * that a rule wants have their hooks in.  Taps are made and removed by the
 * notifier, so that none outlives its device, and starting or stopping a rule
 * needs no rtnl but for the first and the last.
 *
 * Locks, outermost first: fdr_net_users_lock, rtnl, fdr_net_lock.
 */
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "net.h"
#include "net-xmit.h"
#include "draw.h"
#include "compat/net.h"

struct fdr_net_tap {
	struct list_head node;
	struct rcu_head rcu;
	struct net_device *dev;
	int ifindex;
	bool hardware;
	unsigned int users;		/* rules that want it */
	struct nf_hook_ops ops[2];	/* by direction */
};

static DEFINE_MUTEX(fdr_net_users_lock);	/* of the number, and of the notifier */
static unsigned int fdr_net_users;

static DEFINE_MUTEX(fdr_net_lock);		/* of the three lists */
static LIST_HEAD(fdr_net_taps);
static LIST_HEAD(fdr_net_attached);
static LIST_HEAD(fdr_net_rules);		/* read under RCU */

/* Does the rule want its match number @n? */
static bool fdr_net_wanted(const struct fdr_net_filter *f, u64 n)
{
	return f->ppm >= 1000000 || fdr_draw(f->seed, n, 1000000) < f->ppm;
}

static bool fdr_net_apply(struct fdr_net_rule *rule, struct sk_buff *skb,
			  const struct fdr_net_packet *packet)
{
	u64 n;

	if (!fdr_net_matches(&rule->filter, packet))
		return false;
	if (fdr_net_spared(&rule->filter, packet)) {
		fdr_net_count(rule, FDR_NET_SPARED);
		return false;
	}
	n = atomic64_inc_return(&rule->counts[FDR_NET_MATCHED]);
	if (!fdr_net_wanted(&rule->filter, n)) {
		fdr_net_count(rule, FDR_NET_PASSED);
		return false;
	}
	if (rule->first && !atomic_read(&rule->hit) && !atomic_xchg(&rule->hit, 1))
		rule->first(rule);
	return rule->action->take(rule, skb, packet);
}

/* Does the rule want the device of that tap? */
static bool fdr_net_wants(const struct fdr_net_rule *rule, int ifindex, bool hardware)
{
	return rule->filter.ifindex ? rule->filter.ifindex == ifindex : hardware;
}

bool fdr_net_is_hardware(const struct net_device *dev)
{
	return dev->dev.parent && list_empty(&dev->adj_list.lower) &&
	       !(dev->flags & IFF_LOOPBACK);
}

/* Ask the rules from @pos on.  True if one has taken the packet. */
static bool fdr_net_ask(struct list_head *pos, struct sk_buff *skb, enum fdr_net_dir dir)
{
	const struct net_device *dev = skb->dev;
	struct fdr_net_packet packet;
	bool parsed = false;

	for (; pos != &fdr_net_rules; pos = rcu_dereference(list_next_rcu(pos))) {
		struct fdr_net_rule *rule = list_entry(pos, struct fdr_net_rule, node);

		if (!(rule->filter.dirs & BIT(dir)) ||
		    !fdr_net_wants(rule, dev->ifindex, fdr_net_is_hardware(dev)))
			continue;
		if (!parsed)
			fdr_net_parse(skb, dir, &packet);
		parsed = true;
		if (fdr_net_apply(rule, skb, &packet))
			return true;
	}
	return false;
}

bool fdr_net_rules_after(struct fdr_net_rule *rule, struct sk_buff *skb, enum fdr_net_dir dir)
{
	return fdr_net_ask(rcu_dereference(list_next_rcu(&rule->node)), skb, dir);
}

static unsigned int fdr_net_hook(struct sk_buff *skb, enum fdr_net_dir dir)
{
	/* Whoever shares it must not see it change, and must not be waited for. */
	if (unlikely(skb_shared(skb)))
		return NF_ACCEPT;
	return fdr_net_ask(rcu_dereference(list_next_rcu(&fdr_net_rules)), skb, dir) ?
		NF_STOLEN : NF_ACCEPT;
}

static unsigned int fdr_net_hook_in(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	return fdr_net_hook(skb, FDR_NET_IN);
}

static unsigned int fdr_net_hook_out(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	return fdr_net_hook(skb, FDR_NET_OUT);
}

const char *fdr_net_unavailable(void)
{
	if (!FDR_NET_INGRESS)
		return "the kernel has no netfilter ingress hook (CONFIG_NETFILTER_INGRESS, CONFIG_NET_CLS_ACT)";
	return fdr_net_xmit_unavailable();
}

/* Taps */

static void fdr_net_tap_fill(struct fdr_net_tap *tap, enum fdr_net_dir dir)
{
	struct nf_hook_ops *ops = &tap->ops[dir];

	ops->pf = NFPROTO_NETDEV;
	ops->hook = dir == FDR_NET_IN ? fdr_net_hook_in : fdr_net_hook_out;
	ops->hooknum = dir == FDR_NET_IN ? NF_NETDEV_INGRESS : FDR_NF_NETDEV_EGRESS;
	ops->dev = tap->dev;
	/* The last: a packet that goes on skips what comes after. */
	ops->priority = INT_MAX;
}

static int fdr_net_tap_get(struct fdr_net_tap *tap)
{
	int err;

	if (tap->users++)
		return 0;
	err = nf_register_net_hook(&init_net, &tap->ops[FDR_NET_IN]);
	if (err)
		goto err_users;
	err = fdr_net_xmit_hook(&tap->ops[FDR_NET_OUT]);
	if (err)
		goto err_in;
	return 0;

err_in:
	nf_unregister_net_hook(&init_net, &tap->ops[FDR_NET_IN]);
err_users:
	tap->users--;
	return err;
}

static void fdr_net_tap_unhook(struct fdr_net_tap *tap)
{
	fdr_net_xmit_unhook(&tap->ops[FDR_NET_OUT]);
	nf_unregister_net_hook(&init_net, &tap->ops[FDR_NET_IN]);
}

static void fdr_net_tap_put(struct fdr_net_tap *tap)
{
	if (!--tap->users)
		fdr_net_tap_unhook(tap);
}

static bool fdr_net_tap_wanted(const struct fdr_net_tap *tap, const struct fdr_net_rule *rule)
{
	return fdr_net_wants(rule, tap->ifindex, tap->hardware);
}

static void fdr_net_tap_new(struct net_device *dev)
{
	struct fdr_net_tap *tap = kzalloc(sizeof(*tap), GFP_KERNEL);
	struct fdr_net_rule *rule;

	if (!tap) {
		pr_warn("out of memory: no network fault will reach device %s\n", dev->name);
		return;
	}
	tap->dev = dev;
	tap->ifindex = dev->ifindex;
	tap->hardware = fdr_net_is_hardware(dev);
	fdr_net_tap_fill(tap, FDR_NET_IN);
	fdr_net_tap_fill(tap, FDR_NET_OUT);
	list_add_tail(&tap->node, &fdr_net_taps);
	list_for_each_entry(rule, &fdr_net_attached, attached) {
		if (fdr_net_tap_wanted(tap, rule) && fdr_net_tap_get(tap))
			pr_warn("out of memory: no network fault will reach device %s\n",
				dev->name);
	}
}

static struct fdr_net_tap *fdr_net_tap_find(const struct net_device *dev)
{
	struct fdr_net_tap *tap;

	list_for_each_entry(tap, &fdr_net_taps, node) {
		if (tap->dev == dev)
			return tap;
	}
	return NULL;
}

static void fdr_net_tap_free(struct fdr_net_tap *tap)
{
	if (tap->users)
		fdr_net_tap_unhook(tap);
	list_del(&tap->node);
	kfree_rcu(tap, rcu);
}

static void fdr_net_dev_gone(const struct net_device *dev)
{
	struct fdr_net_rule *rule;

	list_for_each_entry(rule, &fdr_net_attached, attached) {
		if (rule->action->gone)
			rule->action->gone(rule, dev);
	}
}

static void fdr_net_dev_changed(struct net_device *dev)
{
	struct fdr_net_rule *rule;

	list_for_each_entry(rule, &fdr_net_attached, attached) {
		if (rule->action->change)
			rule->action->change(rule, dev);
	}
}

/* Under rtnl. */
static int fdr_net_on_netdev(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct fdr_net_tap *tap;

	mutex_lock(&fdr_net_lock);
	tap = fdr_net_tap_find(dev);
	switch (event) {
	case NETDEV_REGISTER:
		if (!tap && net_eq(dev_net(dev), &init_net))
			fdr_net_tap_new(dev);
		break;
	case NETDEV_DOWN:
		if (tap)
			fdr_net_dev_gone(dev);
		break;
	case NETDEV_CHANGE:
		if (tap)
			fdr_net_dev_changed(dev);
		break;
	case NETDEV_UNREGISTER:		/* on its way to another namespace, too */
		if (tap) {
			fdr_net_tap_free(tap);
			synchronize_net();
			fdr_net_dev_gone(dev);
		}
		break;
	}
	mutex_unlock(&fdr_net_lock);
	return NOTIFY_DONE;
}

static struct notifier_block fdr_net_nb = { .notifier_call = fdr_net_on_netdev };

/* The first user: learn of all devices. */
static int fdr_net_get(void)
{
	int err = 0;

	mutex_lock(&fdr_net_users_lock);
	if (!fdr_net_users)
		err = register_netdevice_notifier(&fdr_net_nb);
	if (!err)
		fdr_net_users++;
	mutex_unlock(&fdr_net_users_lock);
	return err;
}

/* The last user: the notifier is told once more that every device is gone. */
static void fdr_net_put(void)
{
	mutex_lock(&fdr_net_users_lock);
	if (!--fdr_net_users)
		unregister_netdevice_notifier(&fdr_net_nb);
	mutex_unlock(&fdr_net_users_lock);
}

/* Rules */

static void fdr_net_untap(struct fdr_net_rule *rule, const struct fdr_net_tap *before)
{
	struct fdr_net_tap *tap;

	list_for_each_entry(tap, &fdr_net_taps, node) {
		if (tap == before)
			break;
		/* None where memory was short when the device came. */
		if (tap->users && fdr_net_tap_wanted(tap, rule))
			fdr_net_tap_put(tap);
	}
}

static int fdr_net_tap_all(struct fdr_net_rule *rule)
{
	struct fdr_net_tap *tap;
	int err = -ENODEV;

	list_for_each_entry(tap, &fdr_net_taps, node) {
		if (!fdr_net_tap_wanted(tap, rule))
			continue;
		err = fdr_net_tap_get(tap);
		if (err) {
			fdr_net_untap(rule, tap);
			return err;
		}
	}
	return err;
}

int fdr_net_rule_attach(struct fdr_net_rule *rule)
{
	int err = fdr_net_get();

	if (err)
		return err;
	mutex_lock(&fdr_net_lock);
	err = fdr_net_tap_all(rule);
	if (!err)
		list_add_tail(&rule->attached, &fdr_net_attached);
	mutex_unlock(&fdr_net_lock);
	if (err)
		fdr_net_put();
	return err;
}

void fdr_net_rule_detach(struct fdr_net_rule *rule)
{
	mutex_lock(&fdr_net_lock);
	list_del(&rule->attached);
	fdr_net_untap(rule, NULL);
	mutex_unlock(&fdr_net_lock);
	/* No hook of ours may be under way when its caller goes on to free the rule. */
	synchronize_net();
	fdr_net_put();
}

void fdr_net_rule_add(struct fdr_net_rule *rule, void (*begins)(struct fdr_net_rule *rule))
{
	struct list_head *pos;

	mutex_lock(&fdr_net_lock);
	list_for_each(pos, &fdr_net_rules) {
		if (list_entry(pos, struct fdr_net_rule, node)->action->phase >
		    rule->action->phase)
			break;
	}
	preempt_disable();
	begins(rule);
	list_add_tail_rcu(&rule->node, pos);
	preempt_enable();
	mutex_unlock(&fdr_net_lock);
}

void fdr_net_rule_del(struct fdr_net_rule *rule)
{
	mutex_lock(&fdr_net_lock);
	list_del_rcu(&rule->node);
	mutex_unlock(&fdr_net_lock);
	synchronize_rcu();
}

bool fdr_net_with_dev(int ifindex, void (*fn)(struct net_device *dev, void *arg), void *arg)
{
	struct fdr_net_tap *tap;
	bool found = false;

	mutex_lock(&fdr_net_lock);
	list_for_each_entry(tap, &fdr_net_taps, node) {
		found = tap->ifindex == ifindex;
		if (found) {
			fn(tap->dev, arg);
			break;
		}
	}
	mutex_unlock(&fdr_net_lock);
	return found;
}
