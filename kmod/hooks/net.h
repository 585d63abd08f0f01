/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking packets off the network devices of the initial namespace.
 *
 * A rule is a filter (which packets) and an action (what becomes of them).
 * While a rule wants a device, netfilter's ingress and egress hooks of that
 * device lead here; with the last such rule gone they are gone.  That is below
 * everything that looks at packets but capture (tcpdump sees what arrives and
 * not what leaves): bridges, bonds, VLANs, macvlans, routing, containers.
 *
 * A packet is what the stack hands over at that place: several TCP segments
 * may be one packet (GRO, GSO).
 */
#ifndef FDR_HOOKS_NET_H
#define FDR_HOOKS_NET_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/list.h>
#include <linux/types.h>
#include "fault.h"

struct fdr_net_rule;
struct net_device;
struct sk_buff;

enum fdr_net_dir {
	FDR_NET_IN,
	FDR_NET_OUT,
};

/* The order of the words of "protocol" in the catalogue's rows. */
enum fdr_net_proto {
	FDR_NET_ANY,
	FDR_NET_TCP,
	FDR_NET_UDP,
	FDR_NET_ICMP,		/* and ICMPv6, hence neighbour discovery */
	FDR_NET_SCTP,
	FDR_NET_VRRP,
	FDR_NET_ARP,
};

/* What the headers say.  Offsets are from skb->data. */
struct fdr_net_packet {
	enum fdr_net_dir dir;
	bool arp;
	u8 proto;			/* IPPROTO_*; of IP only */
	bool has_ports;
	u16 local_port, remote_port;
	struct fdr_addr remote;		/* the other end; .family 0: neither IP nor ARP */
	struct fdr_addr target;		/* asked for by neighbour discovery; .family 0: none */
	int l4;				/* transport header; 0: none (a later fragment too) */
	int end;			/* of the packet, without padding */
};

/* Addresses to be let alone: two for a management peer, itself and its gateway. */
#define FDR_NET_SPARES	4

struct fdr_net_filter {
	int ifindex;			/* 0: each interface with hardware behind it */
	unsigned int dirs;		/* bits of enum fdr_net_dir */
	enum fdr_net_proto proto;
	struct fdr_addr peer;		/* .family 0: any */
	u16 local_lo, local_hi;		/* ports; 0, 0: any */
	u16 remote_lo, remote_hi;
	struct fdr_addr spares[FDR_NET_SPARES];
	bool spare_arp_only[FDR_NET_SPARES];	/* a gateway: its ARP and neighbour discovery */
	u32 ppm;			/* take this share of the matches */
	u64 seed;			/* match n is drawn from seed and n alone */
};

/* matched = passed + what the action counts, once the rule is gone. */
enum fdr_net_count {
	FDR_NET_MATCHED,
	FDR_NET_PASSED,			/* not drawn, or nothing that the action could act on */
	FDR_NET_SPARED,			/* would have matched */
	FDR_NET_DROPPED,
	FDR_NET_CORRUPTED,
	FDR_NET_DUPLICATED,		/* matches */
	FDR_NET_COPIES,
	FDR_NET_DELAYED,		/* = released + lost + still held */
	FDR_NET_RELEASED,
	FDR_NET_LOST,			/* held when their device went down or away */
	FDR_NET_OVERFLOW,		/* dropped: the queue was full */
	FDR_NET_NOMEM,			/* copies or changes for want of memory not made */
	FDR_NET_COUNTS
};

/* Rules are asked in this order, and then in that of their coming. */
enum fdr_net_phase {
	FDR_NET_PHASE_DROP,
	FDR_NET_PHASE_CORRUPT,
	FDR_NET_PHASE_DUPLICATE,
	FDR_NET_PHASE_DELAY,
};

struct fdr_net_action {
	enum fdr_net_phase phase;
	/*
	 * A packet that matched.  True: it is ours now.  False: it goes on, to
	 * the next rule.  Softirqs off, under RCU; must not sleep.
	 */
	bool (*take)(struct fdr_net_rule *rule, struct sk_buff *skb,
		     const struct fdr_net_packet *packet);
	/* Device @dev is down or goes away: forget its packets.  May sleep; may be NULL. */
	void (*gone)(struct fdr_net_rule *rule, const struct net_device *dev);
	/* The state of a device changed, maybe its carrier.  May sleep; may be NULL. */
	void (*change)(struct fdr_net_rule *rule, struct net_device *dev);
};

struct fdr_net_rule {
	struct fdr_net_filter filter;
	const struct fdr_net_action *action;
	/* Called for the first packet taken, before its action; must not sleep.  May be NULL. */
	void (*first)(struct fdr_net_rule *rule);

	/* The hook's own. */
	struct list_head node;		/* of the rules in effect */
	struct list_head attached;	/* of those with hooks */
	atomic64_t counts[FDR_NET_COUNTS];
	atomic_t hit;
};

/* Why this kernel cannot do it, or NULL. */
const char *fdr_net_unavailable(void);

/*
 * A device with hardware behind it, and the lowest of its stack: what a bond, a
 * bridge or a VLAN above it carries passes it once.  Any context.
 */
bool fdr_net_is_hardware(const struct net_device *dev);

/*
 * Hook the devices that the rule wants; no packet is taken yet.  Waits for
 * rtnl.  -ENODEV: there is none.
 */
int fdr_net_rule_attach(struct fdr_net_rule *rule);
/* Give back; the last one leaves the kernel as it was.  Waits for rtnl. */
void fdr_net_rule_detach(struct fdr_net_rule *rule);

/*
 * From its return on, packets that match are taken.  May sleep.  @begins is called right
 * before that, and nothing comes between: with preemption off.
 */
void fdr_net_rule_add(struct fdr_net_rule *rule, void (*begins)(struct fdr_net_rule *rule));
/* From its return on no further packet is taken.  Waits for RCU. */
void fdr_net_rule_del(struct fdr_net_rule *rule);

/*
 * Give @skb, of the device that it names, to the rules behind @rule; true if
 * one has taken it.  Softirqs off, under RCU, from an action's take() only.
 */
bool fdr_net_rules_after(struct fdr_net_rule *rule, struct sk_buff *skb,
			 enum fdr_net_dir dir);

/*
 * Call @fn with the hooked device of that index, which stays meanwhile.  False
 * if there is none (any more).  May sleep, and so may @fn.
 */
bool fdr_net_with_dev(int ifindex, void (*fn)(struct net_device *dev, void *arg), void *arg);

static inline void fdr_net_count(struct fdr_net_rule *rule, enum fdr_net_count which)
{
	atomic64_inc(&rule->counts[which]);
}

static inline u64 fdr_net_counted(const struct fdr_net_rule *rule, enum fdr_net_count which)
{
	return atomic64_read(&rule->counts[which]);
}

/* net-packet.c: read the headers; does the filter match; is the packet to be let alone? */
void fdr_net_parse(const struct sk_buff *skb, enum fdr_net_dir dir, struct fdr_net_packet *ret);
bool fdr_net_matches(const struct fdr_net_filter *filter, const struct fdr_net_packet *packet);
bool fdr_net_spared(const struct fdr_net_filter *filter, const struct fdr_net_packet *packet);

#endif /* FDR_HOOKS_NET_H */
