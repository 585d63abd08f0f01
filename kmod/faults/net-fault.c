// SPDX-License-Identifier: GPL-2.0-only
/* Parameters to a rule of hooks/net.h. */
#include <linux/netdevice.h>
#include <net/net_namespace.h>

#include "net-fault.h"

/* The order of the words of "direction" in the catalogue's rows. */
static const unsigned int fdr_net_dirs[] = {
	BIT(FDR_NET_IN) | BIT(FDR_NET_OUT), BIT(FDR_NET_IN), BIT(FDR_NET_OUT),
};

int fdr_net_fault_device(const char *ifname, int *ret_ifindex, struct netlink_ext_ack *extack)
{
	const struct net_device *dev;
	bool loopback = false;

	*ret_ifindex = 0;
	rcu_read_lock();
	dev = dev_get_by_name_rcu(&init_net, ifname);
	if (dev) {
		*ret_ifindex = dev->ifindex;
		loopback = dev->flags & IFF_LOOPBACK;
	}
	rcu_read_unlock();
	if (!*ret_ifindex)
		return fdr_refuse(extack, -ENODEV,
				  "interface: no device '%s' in the initial network namespace ('ip link' lists them)",
				  ifname);
	if (loopback)
		return fdr_refuse(extack, -EINVAL,
				  "interface: %s is the loopback: what goes through it never leaves the node",
				  ifname);
	return 0;
}

/* Without a name, there must be one that will do. */
static int fdr_net_fault_any_device(struct netlink_ext_ack *extack)
{
	const struct net_device *dev;
	bool found = false;

	rcu_read_lock();
	for_each_netdev_rcu(&init_net, dev)
		found |= fdr_net_is_hardware(dev);
	rcu_read_unlock();
	if (!found)
		return fdr_refuse(extack, -ENODEV,
				  "interface: no device of this node has hardware behind it: name one");
	return 0;
}

static void fdr_net_fault_spare(struct fdr_net_filter *f, const struct fdr_net_peer *peers,
				unsigned int n)
{
	unsigned int i, k = 0;

	for (i = 0; i < n; i++) {
		f->spares[k++] = peers[i].addr;
		if (peers[i].gateway.family) {
			f->spare_arp_only[k] = true;
			f->spares[k++] = peers[i].gateway;
		}
	}
}

static int fdr_net_fault_check_ports(const struct fdr_net_filter *f,
				     struct netlink_ext_ack *extack)
{
	if ((f->local_lo || f->remote_lo) && f->proto != FDR_NET_ANY && f->proto != FDR_NET_TCP &&
	    f->proto != FDR_NET_UDP && f->proto != FDR_NET_SCTP)
		return fdr_refuse(extack, -EINVAL,
				  "%s-port: only tcp, udp and sctp have ports: the filter could never match",
				  f->local_lo ? "local" : "remote");
	if (f->peer.family == AF_INET6 && f->proto == FDR_NET_ARP)
		return fdr_refuse(extack, -EINVAL,
				  "peer: ARP knows no IPv6 address; neighbour discovery is part of icmp");
	return 0;
}

int fdr_net_fault_fill(struct fdr_net_fault *fault, struct fdr_injection *inj,
		       const struct fdr_net_action *action, bool harmful,
		       struct netlink_ext_ack *extack)
{
	struct fdr_net_filter *f = &fault->rule.filter;
	const char *ifname = fdr_arg_str(inj, "interface");
	struct fdr_net_peer peers[FDR_NET_PEERS];
	unsigned int n;
	int err;

	fault->inj = inj;
	fault->rule.action = action;
	err = ifname ? fdr_net_fault_device(ifname, &f->ifindex, extack) :
		       fdr_net_fault_any_device(extack);
	if (err)
		return err;
	f->dirs = fdr_net_dirs[fdr_arg_choice(inj, "direction")];
	f->proto = fdr_arg_choice(inj, "protocol");
	f->peer = fdr_arg_addr(inj, "peer");
	fdr_arg_ports(inj, "local-port", &f->local_lo, &f->local_hi);
	fdr_arg_ports(inj, "remote-port", &f->remote_lo, &f->remote_hi);
	f->ppm = fdr_arg_u64(inj, "probability");
	f->seed = fdr_arg_u64(inj, "seed");
	err = fdr_net_fault_check_ports(f, extack);
	if (err)
		return err;
	err = fdr_net_peers(inj, peers, &n, extack);
	if (err)
		return err;
	if (harmful && !n && !fdr_arg_force(inj) && !ifname && !f->peer.family &&
	    f->proto == FDR_NET_ANY && !f->local_lo && !f->remote_lo)
		return fdr_refuse(extack, -EPERM,
				  "this would cut the node off from everybody, and no management peer is known: give interface, peer, protocol or a port, or spare (whom to leave alone), or set a beacon, or force it");
	fdr_net_fault_spare(f, peers, n);
	return 0;
}

static void fdr_net_fault_first(struct fdr_net_rule *rule)
{
	fdr_first_hit(container_of(rule, struct fdr_net_fault, rule)->inj);
}

static void fdr_net_fault_begins(struct fdr_net_rule *rule)
{
	fdr_onset(container_of(rule, struct fdr_net_fault, rule)->inj);
}

int fdr_net_fault_start(struct fdr_net_fault *fault)
{
	int err;

	fault->rule.first = fdr_net_fault_first;
	err = fdr_net_rule_attach(&fault->rule);
	if (err == -ENODEV)
		return fdr_fail(fault->inj, err, "interface: the device is gone");
	if (err)
		return fdr_fail(fault->inj, err, "the device cannot be hooked (error %d)", err);
	fault->attached = true;
	fdr_net_rule_add(&fault->rule, fdr_net_fault_begins);
	return 0;
}

void fdr_net_fault_release(struct fdr_net_fault *fault)
{
	if (fault->attached)
		fdr_net_rule_detach(&fault->rule);
}

void fdr_net_fault_counters(const struct fdr_net_fault *fault,
			    void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	emit(arg, "matched", fdr_net_counted(&fault->rule, FDR_NET_MATCHED));
	emit(arg, "passed", fdr_net_counted(&fault->rule, FDR_NET_PASSED));
	emit(arg, "spared", fdr_net_counted(&fault->rule, FDR_NET_SPARED));
}
