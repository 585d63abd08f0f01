/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family, and what its messages are made of. */
#ifndef FDR_FAMILY_H
#define FDR_FAMILY_H

#include <net/genetlink.h>
#include "injection.h"

struct fdr_request;

extern struct genl_family fdr_family;
extern const struct nla_policy fdr_injection_policy[FAULTDRILL_INJECTION_A_MAX + 1];

/* Read an INJECTION nest; *req must be zeroed, and points into the message afterwards. */
int fdr_netlink_read_request(struct nlattr *nest, struct fdr_request *req,
			     struct netlink_ext_ack *extack);

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

#endif /* FDR_FAMILY_H */
