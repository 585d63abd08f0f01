/* SPDX-License-Identifier: GPL-2.0-only */
/* The way out of a device: netfilter's egress hook, or where there is none, a redirect. */
#ifndef FDR_HOOKS_NET_XMIT_H
#define FDR_HOOKS_NET_XMIT_H

#include <linux/netfilter.h>
#include <linux/types.h>

struct sk_buff;

/* Why this kernel cannot do it, or NULL. */
const char *fdr_net_xmit_unavailable(void);

/*
 * Let all that ops->dev sends pass ops->hook.  The device's end is the
 * caller's to watch.  May sleep; not concurrently.  -EBUSY: somebody else
 * redirects dev_queue_xmit() already; -ENOSPC: too many devices.
 */
int fdr_net_xmit_hook(const struct nf_hook_ops *ops);
/* No longer.  Calls of the hook may still be under way: they are under RCU.  May sleep. */
void fdr_net_xmit_unhook(const struct nf_hook_ops *ops);

#endif /* FDR_HOOKS_NET_XMIT_H */
