/* SPDX-License-Identifier: GPL-2.0-only */
/* The datagram that leaves the node before the node dies. */
#ifndef FDR_BEACON_H
#define FDR_BEACON_H

#include <linux/faultdrill.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/types.h>

struct fdr_addr;
struct fdr_injection;
struct net_device;
struct netlink_ext_ack;
struct nlattr;
struct sk_buff;

/* Where it goes.  Addresses in network order, ports in host order. */
struct fdr_beacon_path {
	u8 local_ip[16], remote_ip[16];
	u8 ip_len;			/* 4 or 16 */
	u16 local_port, remote_port;
	u8 remote_mac[ETH_ALEN];
};

/*
 * Set the path from the attributes of a beacon nest (tb is indexed by
 * FAULTDRILL_BEACON_A_*) and send a test datagram, or turn it off if there are
 * none.  Process context.
 */
int fdr_beacon_set(struct nlattr **tb, struct netlink_ext_ack *extack);
/* Write the path as nest @attr, if one is set.  0 or -EMSGSIZE.  Process context. */
int fdr_beacon_put(struct sk_buff *skb, int attr);

/* Whom it goes to, and by which device; false if no path is set.  Process context. */
bool fdr_beacon_peer(struct fdr_addr *ret_addr, char ret_ifname[IFNAMSIZ]);

/* Send one datagram, if a path is set.  Any context, NMI included.  @inj may be NULL. */
void fdr_beacon_send(enum faultdrill_beacon_phase phase, const struct fdr_injection *inj);

/* Make up for the frames that were used.  Process context. */
void fdr_beacon_refill(void);

void fdr_beacon_exit(void);

/* frame.c: an Ethernet, IP and UDP frame with room for a beacon.  May sleep. */
struct sk_buff *fdr_frame_new(const struct fdr_beacon_path *path, struct net_device *dev);
/* Fill in the payload and what depends on it.  Any context. */
void fdr_frame_fill(struct sk_buff *skb, const struct fdr_beacon_path *path,
		    const struct faultdrill_beacon *payload);

#endif /* FDR_BEACON_H */
