/* SPDX-License-Identifier: GPL-2.0-only */
/* What the faults of packets share: a rule made from the parameters, and its life. */
#ifndef FDR_NET_FAULT_H
#define FDR_NET_FAULT_H

#include "hooks/net.h"
#include "net-guard.h"

struct fdr_net_fault {
	struct fdr_injection *inj;
	struct fdr_net_rule rule;
	bool attached;
};

/*
 * Fill in the filter from the parameters that all rows of this family have.
 * @harmful: without a filter it needs somebody to spare, or force.  0, or
 * negative errno with extack set.
 */
int fdr_net_fault_fill(struct fdr_net_fault *fault, struct fdr_injection *inj,
		       const struct fdr_net_action *action, bool harmful,
		       struct netlink_ext_ack *extack);

/* For start(): the hooks, the onset, the rule. */
int fdr_net_fault_start(struct fdr_net_fault *fault);

/* For release(), after the rule was deleted.  */
void fdr_net_fault_release(struct fdr_net_fault *fault);

/* The counters that every one of them has. */
void fdr_net_fault_counters(const struct fdr_net_fault *fault,
			    void (*emit)(void *arg, const char *name, u64 value), void *arg);

/* The index of a device of the initial namespace that is no loopback; else refused. */
int fdr_net_fault_device(const char *ifname, int *ret_ifindex, struct netlink_ext_ack *extack);

#endif /* FDR_NET_FAULT_H */
