// SPDX-License-Identifier: GPL-2.0-only
/* Who a packet is from, to and for; and whether a filter means it. */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/icmpv6.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "net.h"

#define FDR_IPPROTO_VRRP	112

/* VLAN headers that are still in the packet; more are no traffic of a node. */
#define FDR_NET_VLANS		2

struct fdr_arp_ipv4 {
	unsigned char sender_mac[ETH_ALEN];
	__be32 sender;
	unsigned char target_mac[ETH_ALEN];
	__be32 target;
} __packed;

static void fdr_net_set_v4(struct fdr_addr *addr, __be32 v4)
{
	addr->family = AF_INET;
	addr->prefix = 32;
	addr->v4 = v4;
}

static void fdr_net_set_v6(struct fdr_addr *addr, const struct in6_addr *v6)
{
	addr->family = AF_INET6;
	addr->prefix = 128;
	addr->v6 = *v6;
}

static void fdr_net_parse_arp(const struct sk_buff *skb, int at, struct fdr_net_packet *p)
{
	struct fdr_arp_ipv4 _body;
	struct arphdr _head;
	const struct arphdr *head = skb_header_pointer(skb, at, sizeof(_head), &_head);
	const struct fdr_arp_ipv4 *body;

	p->arp = true;
	if (!head || head->ar_hln != ETH_ALEN || head->ar_pln != sizeof(__be32))
		return;
	body = skb_header_pointer(skb, at + sizeof(_head), sizeof(_body), &_body);
	if (body)
		fdr_net_set_v4(&p->remote, p->dir == FDR_NET_IN ? body->sender : body->target);
}

static void fdr_net_parse_l4(const struct sk_buff *skb, struct fdr_net_packet *p)
{
	struct nd_msg _nd;
	const struct nd_msg *nd;
	__be16 _ports[2];
	const __be16 *ports;

	switch (p->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
		ports = skb_header_pointer(skb, p->l4, sizeof(_ports), _ports);
		if (!ports)
			return;
		p->has_ports = true;
		p->local_port = ntohs(ports[p->dir == FDR_NET_IN]);
		p->remote_port = ntohs(ports[p->dir == FDR_NET_OUT]);
		break;
	case IPPROTO_ICMPV6:
		nd = skb_header_pointer(skb, p->l4, sizeof(_nd), &_nd);
		if (nd && (nd->icmph.icmp6_type == NDISC_NEIGHBOUR_SOLICITATION ||
			   nd->icmph.icmp6_type == NDISC_NEIGHBOUR_ADVERTISEMENT))
			fdr_net_set_v6(&p->target, &nd->target);
		break;
	}
}

static void fdr_net_parse_v4(const struct sk_buff *skb, int at, struct fdr_net_packet *p)
{
	struct iphdr _ip;
	const struct iphdr *ip = skb_header_pointer(skb, at, sizeof(_ip), &_ip);

	if (!ip || ip->version != 4 || ip->ihl < 5)
		return;
	fdr_net_set_v4(&p->remote, p->dir == FDR_NET_IN ? ip->saddr : ip->daddr);
	p->proto = ip->protocol;
	if (ip->tot_len)
		p->end = min_t(int, p->end, at + ntohs(ip->tot_len));
	if (ip->frag_off & htons(IP_OFFSET))
		return;
	p->l4 = at + ip->ihl * 4;
	fdr_net_parse_l4(skb, p);
}

static void fdr_net_parse_v6(const struct sk_buff *skb, int at, struct fdr_net_packet *p)
{
	struct ipv6hdr _ip;
	const struct ipv6hdr *ip = skb_header_pointer(skb, at, sizeof(_ip), &_ip);
	__be16 fragment;
	int l4;

	if (!ip || ip->version != 6)
		return;
	fdr_net_set_v6(&p->remote, p->dir == FDR_NET_IN ? &ip->saddr : &ip->daddr);
	if (ip->payload_len)
		p->end = min_t(int, p->end, at + (int)sizeof(_ip) + ntohs(ip->payload_len));
	p->proto = ip->nexthdr;
	l4 = ipv6_skip_exthdr(skb, at + sizeof(_ip), &p->proto, &fragment);
	if (l4 < 0 || fragment & htons(IP6_OFFSET))
		return;
	p->l4 = l4;
	fdr_net_parse_l4(skb, p);
}

void fdr_net_parse(const struct sk_buff *skb, enum fdr_net_dir dir, struct fdr_net_packet *ret)
{
	int at = skb_network_offset(skb), vlans = 0;
	__be16 protocol = skb->protocol;

	memset(ret, 0, sizeof(*ret));
	ret->dir = dir;
	ret->end = skb->len;
	/*
	 * A device of a VLAN that leaves its tag in the packet puts it before the network
	 * header, which it does not move.
	 */
	if (dir == FDR_NET_OUT && eth_type_vlan(protocol))
		at = ETH_HLEN;
	if (at < 0)
		return;
	while (eth_type_vlan(protocol) && vlans++ < FDR_NET_VLANS) {
		struct vlan_hdr _tag;
		const struct vlan_hdr *tag = skb_header_pointer(skb, at, sizeof(_tag), &_tag);

		if (!tag)
			return;
		protocol = tag->h_vlan_encapsulated_proto;
		at += sizeof(_tag);
	}
	if (protocol == htons(ETH_P_IP))
		fdr_net_parse_v4(skb, at, ret);
	else if (protocol == htons(ETH_P_IPV6))
		fdr_net_parse_v6(skb, at, ret);
	else if (protocol == htons(ETH_P_ARP) || protocol == htons(ETH_P_RARP))
		fdr_net_parse_arp(skb, at, ret);
}

static bool fdr_net_within(const struct fdr_addr *net, const struct fdr_addr *addr)
{
	if (!addr->family || net->family != addr->family)
		return false;
	if (net->family == AF_INET)
		return !((net->v4 ^ addr->v4) & inet_make_mask(net->prefix));
	return ipv6_prefix_equal(&net->v6, &addr->v6, net->prefix);
}

/* ARP has its remote address in the message; neighbour discovery may name it as the target. */
static bool fdr_net_concerns(const struct fdr_addr *net, const struct fdr_net_packet *p)
{
	return fdr_net_within(net, &p->remote) || fdr_net_within(net, &p->target);
}

static bool fdr_net_proto_matches(enum fdr_net_proto proto, const struct fdr_net_packet *p)
{
	bool ip = p->remote.family && !p->arp;

	switch (proto) {
	case FDR_NET_ANY:
		return true;
	case FDR_NET_TCP:
		return ip && p->proto == IPPROTO_TCP;
	case FDR_NET_UDP:
		return ip && (p->proto == IPPROTO_UDP || p->proto == IPPROTO_UDPLITE);
	case FDR_NET_ICMP:
		return ip && p->proto == (p->remote.family == AF_INET ? IPPROTO_ICMP :
									IPPROTO_ICMPV6);
	case FDR_NET_SCTP:
		return ip && p->proto == IPPROTO_SCTP;
	case FDR_NET_VRRP:
		return ip && p->proto == FDR_IPPROTO_VRRP;
	case FDR_NET_ARP:
		return p->arp;
	}
	return false;
}

bool fdr_net_matches(const struct fdr_net_filter *filter, const struct fdr_net_packet *p)
{
	if (!fdr_net_proto_matches(filter->proto, p))
		return false;
	if (filter->peer.family && !fdr_net_concerns(&filter->peer, p))
		return false;
	if (filter->local_lo && (!p->has_ports || p->local_port < filter->local_lo ||
				 p->local_port > filter->local_hi))
		return false;
	return !filter->remote_lo || (p->has_ports && p->remote_port >= filter->remote_lo &&
				      p->remote_port <= filter->remote_hi);
}

bool fdr_net_spared(const struct fdr_net_filter *filter, const struct fdr_net_packet *p)
{
	unsigned int i;

	for (i = 0; i < FDR_NET_SPARES && filter->spares[i].family; i++) {
		if (filter->spare_arp_only[i] && !p->arp && p->proto != IPPROTO_ICMPV6)
			continue;
		if (fdr_net_concerns(&filter->spares[i], p))
			return true;
	}
	return false;
}
