// SPDX-License-Identifier: GPL-2.0-or-later
#include "clockmap.h"

#include <errno.h>

#include "link-internal.h"

int fdr_clock_sample(const struct fdr_clock_exchange *x, struct fdr_clock_sample *ret)
{
	int64_t lo_ns = x->agent_send_ns - x->received_ns;
	int64_t hi_ns = x->agent_recv_ns - x->sent_ns;

	if (x->received_ns < x->sent_ns || x->agent_send_ns < x->agent_recv_ns || hi_ns < lo_ns)
		return -EPROTO;
	*ret = (struct fdr_clock_sample){
		.at_ns = x->sent_ns + (x->received_ns - x->sent_ns) / 2,
		.offset_ns = lo_ns + (hi_ns - lo_ns) / 2,
		/* Rounded up, so that the interval keeps both ends. */
		.bound_ns = (hi_ns - lo_ns + 1) / 2,
		.rtt_ns = hi_ns - lo_ns,
		.agent_real_minus_boot_ns = x->agent_real_minus_boot_ns,
	};
	return 0;
}

static int exchange(struct fdr_link *l, int64_t deadline_ns, struct fdr_clock_exchange *x,
		    struct fdr_error *e)
{
	json_t *result = NULL;
	json_int_t recv_ns, send_ns, real_minus_boot_ns;
	int r;

	x->sent_ns = fdr_now_ns();
	r = fdr_link_call_stamped(l, "clock", NULL, deadline_ns, &result, &x->received_ns, e);
	if (r < 0)
		return r;
	r = json_unpack(result, "{sI sI sI}", "recv_ns", &recv_ns, "send_ns", &send_ns,
			"realtime_minus_boottime_ns", &real_minus_boot_ns);
	json_decref(result);
	if (r < 0)
		return fdr_err(e, -EPROTO, "the agent's answer to \"clock\" lacks a stamp");
	x->agent_recv_ns = recv_ns;
	x->agent_send_ns = send_ns;
	x->agent_real_minus_boot_ns = real_minus_boot_ns;
	return 0;
}

int fdr_link_clock(struct fdr_link *l, unsigned int k, int64_t deadline_ns,
		   struct fdr_clock_sample *ret, struct fdr_error *e)
{
	struct fdr_clock_sample best = { 0 };

	if (!k)
		return fdr_err(e, -EINVAL, "at least one exchange is needed");
	for (unsigned int i = 0; i < k; i++) {
		struct fdr_clock_exchange x;
		struct fdr_clock_sample s;
		int r = exchange(l, deadline_ns, &x, e);

		if (r < 0)
			return r;
		r = fdr_clock_sample(&x, &s);
		if (r < 0)
			return fdr_err(e, r, "the agent's clock stamps contradict ours: its clock "
				       "runs backwards");
		if (!i || s.rtt_ns < best.rtt_ns)
			best = s;
	}
	*ret = best;
	return 0;
}
