/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_FLOW_H
#define FDR_ENGINE_FLOW_H

#include "base/obs.h"

/*
 * A workload's requests put back into the order of sending.  They end in any
 * order; "all requests of the last second succeeded" can only be said of a time
 * of which each request has ended.
 */
struct fdr_flow_request {
	int64_t intended_ns, sent_ns, done_ns;
	enum fdr_request_status status;
	bool ended;
};

struct fdr_flow {
	/* In order, each once all before it have ended. */
	void (*settled)(void *userdata, const struct fdr_flow_request *r);
	void *userdata;
	struct fdr_flow_request *v;	/* a ring: those that wait for an earlier one */
	size_t size, head;
	uint64_t next_seq;		/* of v[head] */
};

/* -ENOMEM; -EINVAL: a number that was there before or is absurdly far ahead. */
int fdr_flow_add(struct fdr_flow *f, const struct fdr_request *r);
void fdr_flow_clear(struct fdr_flow *f);

#endif /* FDR_ENGINE_FLOW_H */
