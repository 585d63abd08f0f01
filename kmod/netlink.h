/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FDR_NETLINK_H
#define FDR_NETLINK_H

#include <linux/skbuff.h>
#include "injection.h"

extern struct genl_family fdr_family;

/* The family; exit ends the beacon too. */
int fdr_netlink_init(void);
void fdr_netlink_exit(void);

/* Deliver one event to the group; lost where memory is short.  May sleep. */
void fdr_netlink_multicast(const struct fdr_event *event);

/* reply.c: write one nest into a message.  0 or -EMSGSIZE.  May sleep. */
int fdr_put_status(struct sk_buff *skb);
int fdr_put_fault(struct sk_buff *skb, const struct fdr_fault *fault);
int fdr_put_injection(struct sk_buff *skb, struct fdr_injection *inj);
int fdr_put_event(struct sk_buff *skb, const struct fdr_event *event);

#endif /* FDR_NETLINK_H */
