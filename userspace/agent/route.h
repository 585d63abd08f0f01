/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_AGENT_ROUTE_H
#define FDR_AGENT_ROUTE_H

#include <net/if.h>
#include <netinet/in.h>

#include "base/error.h"

/* How a datagram to @remote leaves this node, down to the next hop's MAC. */
struct fdr_route {
	int family;			/* AF_INET or AF_INET6 */
	size_t len;			/* 4 or 16 */
	unsigned char remote[16], local[16], hop[16];
	unsigned int ifindex;
	char ifname[IF_NAMESIZE];
	unsigned char mac[6];
};

/*
 * Asks the kernel's routing and, for the MAC, sends one datagram to the
 * discard port and waits until the neighbour is known.  Blocks until
 * @deadline_ns (CLOCK_MONOTONIC) at most.  -EINVAL: no address, or one of this
 * machine; -ENETUNREACH; -EHOSTUNREACH: the next hop does not answer;
 * -EOPNOTSUPP: not through an Ethernet device.
 */
int fdr_route_resolve(const char *remote, int64_t deadline_ns, struct fdr_route *ret,
		      struct fdr_error *e);

#endif /* FDR_AGENT_ROUTE_H */
