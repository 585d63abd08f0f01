// SPDX-License-Identifier: GPL-2.0-only
/* Who the management peers are, and by which device and gateway they are reached. */
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <net/ip6_route.h>
#include <net/net_namespace.h>
#include <net/route.h>

#include "beacon.h"
#include "net-guard.h"

static void fdr_net_route_dev(struct fdr_net_peer *peer, const struct dst_entry *dst)
{
	const struct net_device *dev = READ_ONCE(dst->dev);

	peer->ifindex = dev->ifindex;
	strscpy(peer->ifname, dev->name, IFNAMSIZ);
}

static void fdr_net_route_v4(struct fdr_net_peer *peer)
{
	struct flowi4 fl4 = { .daddr = peer->addr.v4 };
	struct rtable *rt = ip_route_output_key(&init_net, &fl4);

	if (IS_ERR(rt))
		return;
	fdr_net_route_dev(peer, &rt->dst);
	if (rt->rt_gw_family == AF_INET) {
		peer->gateway.family = AF_INET;
		peer->gateway.prefix = 32;
		peer->gateway.v4 = rt->rt_gw4;
	} else if (rt->rt_gw_family == AF_INET6) {
		peer->gateway.family = AF_INET6;
		peer->gateway.prefix = 128;
		peer->gateway.v6 = rt->rt_gw6;
	}
	ip_rt_put(rt);
}

static void fdr_net_route_v6(struct fdr_net_peer *peer)
{
#if IS_BUILTIN(CONFIG_IPV6)
	struct flowi6 fl6 = { .daddr = peer->addr.v6 };
	struct dst_entry *dst = ip6_route_output(&init_net, NULL, &fl6);
	const struct rt6_info *rt = container_of(dst, struct rt6_info, dst);

	if (!dst->error) {
		fdr_net_route_dev(peer, dst);
		if (rt->rt6i_flags & RTF_GATEWAY) {
			peer->gateway.family = AF_INET6;
			peer->gateway.prefix = 128;
			peer->gateway.v6 = rt->rt6i_gateway;
		}
	}
	dst_release(dst);
#endif
}

/* Look up the way to a peer that is one address.  It may be that there is none. */
static void fdr_net_route(struct fdr_net_peer *peer)
{
	rcu_read_lock();
	if (peer->addr.family == AF_INET && peer->addr.prefix == 32)
		fdr_net_route_v4(peer);
	else if (peer->addr.family == AF_INET6 && peer->addr.prefix == 128)
		fdr_net_route_v6(peer);
	rcu_read_unlock();
}

int fdr_net_peers(const struct fdr_injection *inj, struct fdr_net_peer ret[FDR_NET_PEERS],
		  unsigned int *ret_n, struct netlink_ext_ack *extack)
{
	unsigned int i, n = 0;

	memset(ret, 0, FDR_NET_PEERS * sizeof(*ret));
	*ret_n = 0;
	ret[n].addr = fdr_arg_addr(inj, "spare");
	if (fdr_arg_force(inj)) {
		if (ret[n].addr.family)
			return fdr_refuse(extack, -EINVAL,
					  "spare: contradicts force, which spares nobody: leave out one of them");
		return 0;
	}
	n += !!ret[n].addr.family;
	n += fdr_beacon_peer(&ret[n].addr, ret[n].ifname);
	for (i = 0; i < n; i++)
		fdr_net_route(&ret[i]);
	*ret_n = n;
	return 0;
}

bool fdr_net_carries(struct net_device *dev, int ifindex)
{
	struct net_device *upper;
	bool carries;

	if (dev->ifindex == ifindex)
		return true;
	rcu_read_lock();
	upper = dev_get_by_index_rcu(&init_net, ifindex);
	carries = upper && netdev_has_upper_dev_all_rcu(dev, upper);
	rcu_read_unlock();
	return carries;
}
