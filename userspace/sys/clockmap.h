/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_CLOCKMAP_H
#define FDR_SYS_CLOCKMAP_H

#include "link.h"

/* The four stamps of one exchange: ours are CLOCK_MONOTONIC, the agent's its own. */
struct fdr_clock_exchange {
	int64_t sent_ns;		/* ours, before sending */
	int64_t agent_recv_ns;		/* after it received */
	int64_t agent_send_ns;		/* before it answered */
	int64_t received_ns;		/* ours, after receiving */
	int64_t agent_real_minus_boot_ns;
};

/*
 * The agent cannot have received before we sent, nor we before it answered:
 * agent minus ours lies in [send - received, recv - sent].  -EPROTO where the
 * stamps contradict each other.
 */
int fdr_clock_sample(const struct fdr_clock_exchange *x, struct fdr_clock_sample *ret);

#endif /* FDR_SYS_CLOCKMAP_H */
