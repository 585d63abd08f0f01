// SPDX-License-Identifier: GPL-2.0-only
/*
 * The beacon: netpoll, which works with interrupts off and in an NMI, and
 * frames made in advance, because nothing can be allocated there.
 *
 * While no path is set, no notifier is registered and nothing is held.
 */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/netpoll.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/netlink.h>
#include "beacon.h"
#include "bootid.h"
#include "injection.h"

/* Each datagram uses one up; a worker makes new ones when the machine lives on. */
#define FRAMES	8

struct beacon {
	struct fdr_beacon_path path;
	char ifname[IFNAMSIZ];
	u64 cookie;
	atomic_t seq;
	struct netpoll *np;
	struct net_device *dev;		/* with a reference */
	struct sk_buff *frames[FRAMES];
};

static DEFINE_MUTEX(lock);		/* changes of path; taken before rtnl */
static struct beacon __rcu *current_beacon;	/* changed under rtnl */

static struct sk_buff *take_frame(struct beacon *beacon)
{
	struct sk_buff *skb = NULL;
	unsigned int i;

	for (i = 0; i < FRAMES && !skb; i++)
		skb = xchg(&beacon->frames[i], NULL);
	return skb;
}

static int make_frames(struct beacon *beacon)
{
	unsigned int i;

	for (i = 0; i < FRAMES; i++) {
		struct sk_buff *skb;

		if (READ_ONCE(beacon->frames[i]))
			continue;
		skb = fdr_frame_new(&beacon->path, beacon->dev);
		if (!skb)
			return -ENOMEM;
		/* Frames are put in under rtnl only, so the slot is still empty. */
		smp_store_release(&beacon->frames[i], skb);
	}
	return 0;
}

static void refill(struct work_struct *work)
{
	struct beacon *beacon;

	rtnl_lock();
	beacon = rtnl_dereference(current_beacon);
	if (beacon && make_frames(beacon))
		pr_warn("beacon: out of memory for frames\n");
	rtnl_unlock();
}

static DECLARE_WORK(refill_work, refill);

static void write_payload(struct beacon *beacon, enum faultdrill_beacon_phase phase,
			  const struct fdr_injection *inj, struct faultdrill_beacon *payload)
{
	struct fdr_stamps stamps;

	memset(payload, 0, sizeof(*payload));
	payload->magic = cpu_to_be32(FAULTDRILL_BEACON_MAGIC);
	payload->version = cpu_to_be16(FAULTDRILL_BEACON_VERSION);
	payload->phase = cpu_to_be16(phase);
	payload->cookie = cpu_to_be64(inj ? inj->cookie : beacon->cookie);
	memcpy(payload->boot_id, fdr_bootid_binary(), sizeof(payload->boot_id));
	payload->injection = cpu_to_be32(inj ? inj->id : 0);
	payload->seq = cpu_to_be32(atomic_inc_return(&beacon->seq));
	if (inj)
		strscpy(payload->fault, inj->fault->name, sizeof(payload->fault));
	fdr_stamps_now(&stamps);
	payload->boottime_ns = cpu_to_be64(stamps.boottime);
	payload->monotonic_ns = cpu_to_be64(stamps.monotonic);
	payload->realtime_ns = cpu_to_be64(stamps.realtime);
}

void fdr_beacon_send(enum faultdrill_beacon_phase phase, const struct fdr_injection *inj)
{
	struct faultdrill_beacon payload;
	struct beacon *beacon;
	struct sk_buff *skb;
	unsigned long flags;

	local_irq_save(flags);
	rcu_read_lock();
	beacon = rcu_dereference(current_beacon);
	skb = beacon ? take_frame(beacon) : NULL;
	if (skb) {
		write_payload(beacon, phase, inj, &payload);
		fdr_frame_fill(skb, &beacon->path, &payload);
		netpoll_send_skb(beacon->np, skb);
	}
	rcu_read_unlock();
	local_irq_restore(flags);
}

void fdr_beacon_refill(void)
{
	if (rcu_access_pointer(current_beacon))
		schedule_work(&refill_work);
}

static int on_panic(struct notifier_block *nb, unsigned long event, void *message)
{
	fdr_beacon_send(FAULTDRILL_BEACON_PANIC, fdr_injection_stopping());
	/* A restart without delay would take the network card with the frame in its queue. */
	if (panic_timeout < 0 && rcu_access_pointer(current_beacon))
		mdelay(FDR_BEACON_LEAVE_MS);
	return NOTIFY_DONE;
}

/* First of all: what comes after may hang. */
static struct notifier_block panic_nb = {
	.notifier_call = on_panic,
	.priority = INT_MAX,
};

static void free_beacon(struct beacon *beacon)
{
	unsigned int i;

	for (i = 0; i < FRAMES; i++)
		kfree_skb(beacon->frames[i]);
	kfree(beacon);
}

/* Take the path down.  Under rtnl. */
static void detach(void)
{
	struct beacon *beacon = rtnl_dereference(current_beacon);

	if (!beacon)
		return;
	rcu_assign_pointer(current_beacon, NULL);
	synchronize_rcu();
	__netpoll_free(beacon->np);
	dev_put(beacon->dev);
	free_beacon(beacon);
}

static int on_netdev(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct beacon *beacon = rtnl_dereference(current_beacon);

	if (!beacon || beacon->dev != dev)
		return NOTIFY_DONE;
	if (event == NETDEV_UNREGISTER || event == NETDEV_RELEASE || event == NETDEV_JOIN) {
		pr_warn("beacon: off, because device %s goes away or changes its master\n",
			beacon->ifname);
		detach();
	}
	return NOTIFY_DONE;
}

static struct notifier_block netdev_nb = { .notifier_call = on_netdev };
static bool registered;

static int register_notifiers(void)
{
	int err;

	if (registered)
		return 0;
	err = register_netdevice_notifier(&netdev_nb);
	if (err)
		return err;
	atomic_notifier_chain_register(&panic_notifier_list, &panic_nb);
	registered = true;
	return 0;
}

static void unregister_notifiers(void)
{
	if (!registered)
		return;
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_nb);
	unregister_netdevice_notifier(&netdev_nb);
	registered = false;
}

static int refuse_attr(struct netlink_ext_ack *extack, struct nlattr *attr, const char *message)
{
	NL_SET_BAD_ATTR(extack, attr);
	return fdr_refuse(extack, -EINVAL, "%s", message);
}

static int read_path(struct nlattr **tb, struct beacon *beacon, struct netlink_ext_ack *extack)
{
	struct nlattr *local = tb[FAULTDRILL_BEACON_A_LOCAL_IP];
	struct nlattr *remote = tb[FAULTDRILL_BEACON_A_REMOTE_IP];
	struct nlattr *mac = tb[FAULTDRILL_BEACON_A_REMOTE_MAC];
	struct fdr_beacon_path *path = &beacon->path;

	if (!tb[FAULTDRILL_BEACON_A_IFNAME] || !local || !remote || !mac ||
	    !tb[FAULTDRILL_BEACON_A_LOCAL_PORT] || !tb[FAULTDRILL_BEACON_A_REMOTE_PORT])
		return fdr_refuse(extack, -EINVAL,
				  "a beacon needs IFNAME, LOCAL_IP, REMOTE_IP, LOCAL_PORT, REMOTE_PORT and REMOTE_MAC; an empty nest turns it off");
	path->ip_len = nla_len(local);
	if (path->ip_len != 4 && path->ip_len != 16)
		return refuse_attr(extack, local, "LOCAL_IP is neither 4 nor 16 bytes long");
	if (nla_len(remote) != path->ip_len)
		return refuse_attr(extack, remote, "REMOTE_IP is not as long as LOCAL_IP");
	if (nla_len(mac) != ETH_ALEN || !is_valid_ether_addr(nla_data(mac)))
		return refuse_attr(extack, mac, "REMOTE_MAC is not the address of a next hop");
	strscpy(beacon->ifname, nla_data(tb[FAULTDRILL_BEACON_A_IFNAME]), IFNAMSIZ);
	memcpy(path->local_ip, nla_data(local), path->ip_len);
	memcpy(path->remote_ip, nla_data(remote), path->ip_len);
	memcpy(path->remote_mac, nla_data(mac), ETH_ALEN);
	path->local_port = nla_get_u16(tb[FAULTDRILL_BEACON_A_LOCAL_PORT]);
	path->remote_port = nla_get_u16(tb[FAULTDRILL_BEACON_A_REMOTE_PORT]);
	if (!path->remote_port)
		return refuse_attr(extack, tb[FAULTDRILL_BEACON_A_REMOTE_PORT],
				   "REMOTE_PORT is 0");
	if (tb[FAULTDRILL_BEACON_A_COOKIE])
		beacon->cookie = nla_get_u64(tb[FAULTDRILL_BEACON_A_COOKIE]);
	return 0;
}

/* Tie it to its device.  Under rtnl. */
static int attach(struct beacon *beacon, struct netlink_ext_ack *extack)
{
	struct net_device *dev = __dev_get_by_name(&init_net, beacon->ifname);
	int err;

	if (!dev)
		return fdr_refuse(extack, -ENODEV,
				  "no device '%s' in the initial network namespace",
				  beacon->ifname);
	if (!netif_running(dev) || dev->addr_len != ETH_ALEN || dev->flags & IFF_LOOPBACK)
		return fdr_refuse(extack, -ENETDOWN, "device %s is down, or no Ethernet device",
				  beacon->ifname);
	beacon->dev = dev;
	err = make_frames(beacon);
	if (err)
		return err;
	beacon->np = kzalloc(sizeof(*beacon->np), GFP_KERNEL);
	if (!beacon->np)
		return -ENOMEM;
	strscpy(beacon->np->dev_name, beacon->ifname, IFNAMSIZ);
	err = __netpoll_setup(beacon->np, dev);
	if (err) {
		kfree(beacon->np);
		return fdr_refuse(extack, err,
				  "device %s cannot do netpoll (error %d): choose the physical device, or the master instead of its slave",
				  beacon->ifname, err);
	}
	dev_hold(dev);
	rcu_assign_pointer(current_beacon, beacon);
	return 0;
}

static int turn_on(struct nlattr **tb, struct netlink_ext_ack *extack)
{
	struct beacon *beacon = kzalloc(sizeof(*beacon), GFP_KERNEL);
	int err;

	if (!beacon)
		return -ENOMEM;
	err = read_path(tb, beacon, extack);
	if (err)
		goto err_free;
	fdr_bootid_read();
	err = register_notifiers();
	if (err)
		goto err_free;
	rtnl_lock();
	detach();
	err = attach(beacon, extack);
	rtnl_unlock();
	if (err) {
		unregister_notifiers();
		goto err_free;
	}
	fdr_beacon_send(FAULTDRILL_BEACON_TEST, NULL);
	fdr_beacon_refill();
	return 0;

err_free:
	free_beacon(beacon);
	return err;
}

static void turn_off(void)
{
	rtnl_lock();
	detach();
	rtnl_unlock();
	unregister_notifiers();
}

int fdr_beacon_set(struct nlattr **tb, struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err;

	for (i = 0; i <= FAULTDRILL_BEACON_A_MAX && !tb[i]; i++)
		;
	mutex_lock(&lock);
	if (i <= FAULTDRILL_BEACON_A_MAX) {
		err = turn_on(tb, extack);
	} else {
		turn_off();
		err = 0;
	}
	mutex_unlock(&lock);
	return err;
}

static int put_path(struct sk_buff *skb, const struct beacon *beacon)
{
	const struct fdr_beacon_path *path = &beacon->path;

	if (nla_put_string(skb, FAULTDRILL_BEACON_A_IFNAME, beacon->ifname) ||
	    nla_put(skb, FAULTDRILL_BEACON_A_LOCAL_IP, path->ip_len, path->local_ip) ||
	    nla_put(skb, FAULTDRILL_BEACON_A_REMOTE_IP, path->ip_len, path->remote_ip) ||
	    nla_put_u16(skb, FAULTDRILL_BEACON_A_LOCAL_PORT, path->local_port) ||
	    nla_put_u16(skb, FAULTDRILL_BEACON_A_REMOTE_PORT, path->remote_port) ||
	    nla_put(skb, FAULTDRILL_BEACON_A_REMOTE_MAC, ETH_ALEN, path->remote_mac) ||
	    nla_put_u64_64bit(skb, FAULTDRILL_BEACON_A_COOKIE, beacon->cookie,
			      FAULTDRILL_BEACON_A_PAD))
		return -EMSGSIZE;
	return 0;
}

int fdr_beacon_put(struct sk_buff *skb, int attr)
{
	const struct beacon *beacon;
	struct nlattr *nest;
	int err = 0;

	rcu_read_lock();	/* and not rtnl, which a fault may hold */
	beacon = rcu_dereference(current_beacon);
	if (beacon) {
		nest = nla_nest_start(skb, attr);
		err = nest ? put_path(skb, beacon) : -EMSGSIZE;
		if (!err)
			nla_nest_end(skb, nest);
	}
	rcu_read_unlock();
	return err;
}

bool fdr_beacon_peer(struct fdr_addr *ret_addr, char ret_ifname[IFNAMSIZ])
{
	const struct beacon *beacon;

	memset(ret_addr, 0, sizeof(*ret_addr));
	rcu_read_lock();	/* and not rtnl, which a fault may hold */
	beacon = rcu_dereference(current_beacon);
	if (beacon) {
		ret_addr->family = beacon->path.ip_len == 4 ? AF_INET : AF_INET6;
		ret_addr->prefix = beacon->path.ip_len * 8;
		memcpy(&ret_addr->v6, beacon->path.remote_ip, beacon->path.ip_len);
		strscpy(ret_ifname, beacon->ifname, IFNAMSIZ);
	}
	rcu_read_unlock();
	return beacon;
}

void fdr_beacon_exit(void)
{
	mutex_lock(&lock);
	turn_off();
	mutex_unlock(&lock);
	cancel_work_sync(&refill_work);
}
