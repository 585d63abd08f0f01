/* SPDX-License-Identifier: GPL-2.0-only */
/* The management peers, whom a network fault leaves alone unless it is forced. */
#ifndef FDR_NET_GUARD_H
#define FDR_NET_GUARD_H

#include <linux/if.h>
#include "fault.h"

struct net_device;

/* The stated one, and the receiver of the beacon. */
#define FDR_NET_PEERS	2

struct fdr_net_peer {
	struct fdr_addr addr;
	struct fdr_addr gateway;	/* .family 0: none, or not known */
	int ifindex;			/* by which it is reached; 0: not known */
	char ifname[IFNAMSIZ];
};

/*
 * Whom to leave alone: parameter "spare", and the beacon's receiver; nobody if
 * forced.  *ret_n may be 0.  Process context; 0, or negative errno with extack set.
 */
int fdr_net_peers(const struct fdr_injection *inj, struct fdr_net_peer ret[FDR_NET_PEERS],
		  unsigned int *ret_n, struct netlink_ext_ack *extack);

/* Is the device the one of @ifindex, or does that one stand above it?  Process context. */
bool fdr_net_carries(struct net_device *dev, int ifindex);

#endif /* FDR_NET_GUARD_H */
