/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking packets off a device and giving them back, as kernels differ in it.
 *
 * A packet that was taken goes on exactly where it was taken: the receive path
 * skips capture and hooks for a packet with tc_skip_classify, the transmit path
 * (since 5.16) skips netfilter for one with nf_skip_egress.  Where the transmit
 * path has no hook and dev_queue_xmit() is redirected instead, tc_skip_classify,
 * which means nothing there, tells a packet that has been seen.
 */
#ifndef FDR_COMPAT_NET_H
#define FDR_COMPAT_NET_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>

/* skb_gso_segment() moved out of linux/netdevice.h with 6.5. */
#ifdef FDR_HAVE_GSO_H
#include <net/gso.h>
#endif

#if IS_ENABLED(CONFIG_NETFILTER_INGRESS) && IS_ENABLED(CONFIG_NET_CLS_ACT)
#define FDR_NET_INGRESS	1
#else
#define FDR_NET_INGRESS	0
#endif

#if IS_ENABLED(CONFIG_NETFILTER_EGRESS) && IS_ENABLED(CONFIG_NETFILTER_SKIP_EGRESS)
#define FDR_NET_EGRESS		1
#define FDR_NF_NETDEV_EGRESS	NF_NETDEV_EGRESS
#else
#define FDR_NET_EGRESS		0
#define FDR_NF_NETDEV_EGRESS	0	/* never used */
#endif

/* dev_queue_xmit() is a function of its own, and can be redirected, until 5.17. */
#if FDR_NET_INGRESS && !FDR_NET_EGRESS && defined(FDR_HAVE_DEV_QUEUE_XMIT)
#define FDR_NET_REDIRECT	1
#else
#define FDR_NET_REDIRECT	0
#endif

static __always_inline void fdr_net_mark_out(struct sk_buff *skb)
{
#if FDR_NET_REDIRECT
	skb->tc_skip_classify = 1;
#endif
}

static __always_inline bool fdr_net_unmark_out(struct sk_buff *skb)
{
#if FDR_NET_REDIRECT
	bool marked = skb->tc_skip_classify;

	if (marked)
		skb->tc_skip_classify = 0;
	return marked;
#else
	return false;
#endif
}

/* The receive path goes on with @skb behind the ingress hook.  Softirqs off, under RCU. */
static inline void fdr_net_resume_in(struct sk_buff *skb)
{
#if FDR_NET_INGRESS
	skb->tc_skip_classify = 1;
#endif
	netif_receive_skb(skb);
}

/* The transmit path goes on with @skb behind the egress hook.  Softirqs off, under RCU. */
static inline void fdr_net_resume_out(struct sk_buff *skb)
{
#if FDR_NET_EGRESS
	skb->nf_skip_egress = 1;
#endif
	fdr_net_mark_out(skb);
	dev_queue_xmit(skb);
}

#endif /* FDR_COMPAT_NET_H */
