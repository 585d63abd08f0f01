// SPDX-License-Identifier: GPL-2.0-only
/*
 * The beacon's frame, written by hand: what netpoll offered for this is gone
 * from newer kernels, and it allocated when it was called.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip6_checksum.h>
#include "beacon.h"

#define UDP_LEN		(sizeof(struct udphdr) + sizeof(struct faultdrill_beacon))
#define HOP_LIMIT	64

static void write_ipv4(struct iphdr *ip, const struct fdr_beacon_path *path)
{
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tot_len = htons(sizeof(*ip) + UDP_LEN);
	ip->frag_off = htons(IP_DF);
	ip->ttl = HOP_LIMIT;
	ip->protocol = IPPROTO_UDP;
	memcpy(&ip->saddr, path->local_ip, sizeof(ip->saddr));
	memcpy(&ip->daddr, path->remote_ip, sizeof(ip->daddr));
	ip->check = ip_fast_csum(ip, ip->ihl);
}

static void write_ipv6(struct ipv6hdr *ip, const struct fdr_beacon_path *path)
{
	ip->version = 6;
	ip->payload_len = htons(UDP_LEN);
	ip->nexthdr = IPPROTO_UDP;
	ip->hop_limit = HOP_LIMIT;
	memcpy(&ip->saddr, path->local_ip, sizeof(ip->saddr));
	memcpy(&ip->daddr, path->remote_ip, sizeof(ip->daddr));
}

static size_t ip_header_len(const struct fdr_beacon_path *path)
{
	return path->ip_len == 16 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
}

struct sk_buff *fdr_frame_new(const struct fdr_beacon_path *path, struct net_device *dev)
{
	__be16 proto = htons(path->ip_len == 16 ? ETH_P_IPV6 : ETH_P_IP);
	size_t len = ETH_HLEN + ip_header_len(path) + UDP_LEN;
	struct sk_buff *skb;
	struct ethhdr *eth;
	struct udphdr *udp;

	skb = alloc_skb(LL_RESERVED_SPACE(dev) + len + dev->needed_tailroom, GFP_KERNEL);
	if (!skb)
		return NULL;
	/* LL_RESERVED_SPACE counts the Ethernet header, so that the IP header is aligned. */
	skb_reserve(skb, LL_RESERVED_SPACE(dev) - ETH_HLEN);
	eth = skb_put_zero(skb, len);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb_set_transport_header(skb, len - UDP_LEN);
	skb->protocol = proto;
	skb->dev = dev;

	ether_addr_copy(eth->h_source, dev->dev_addr);
	ether_addr_copy(eth->h_dest, path->remote_mac);
	eth->h_proto = proto;
	if (path->ip_len == 16)
		write_ipv6(ipv6_hdr(skb), path);
	else
		write_ipv4(ip_hdr(skb), path);
	udp = udp_hdr(skb);
	udp->source = htons(path->local_port);
	udp->dest = htons(path->remote_port);
	udp->len = htons(UDP_LEN);
	return skb;
}

void fdr_frame_fill(struct sk_buff *skb, const struct fdr_beacon_path *path,
		    const struct faultdrill_beacon *payload)
{
	struct udphdr *udp = udp_hdr(skb);
	__wsum sum;

	memcpy(udp + 1, payload, sizeof(*payload));
	udp->check = 0;
	sum = csum_partial(udp, UDP_LEN, 0);
	if (path->ip_len == 16)
		udp->check = csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr,
					     UDP_LEN, IPPROTO_UDP, sum);
	else
		udp->check = csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr,
					       UDP_LEN, IPPROTO_UDP, sum);
	if (!udp->check)
		udp->check = CSUM_MANGLED_0;
}
