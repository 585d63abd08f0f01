/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_AGENT_NEIGHBOUR_H
#define FDR_AGENT_NEIGHBOUR_H

#include "route.h"

/* Fills in the MAC of rt->hop on rt->ifindex; as for fdr_route_resolve(). */
int fdr_neighbour_resolve(struct fdr_route *rt, int64_t deadline_ns, struct fdr_error *e);

#endif /* FDR_AGENT_NEIGHBOUR_H */
