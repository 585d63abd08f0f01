// SPDX-License-Identifier: GPL-2.0-only
/* The nests of replies and events: the ABI's writing half. */
#include <linux/timekeeping.h>
#include <net/netlink.h>
#include "beacon.h"
#include "bootid.h"
#include "family.h"
#include "session.h"

int fdr_put_status(struct sk_buff *skb)
{
	struct nlattr *nest = nla_nest_start(skb, FAULTDRILL_A_STATUS);

	if (!nest)
		return -EMSGSIZE;
	fdr_bootid_read();
	if (nla_put_string(skb, FAULTDRILL_STATUS_A_VERSION, FDR_VERSION) ||
	    nla_put_string(skb, FAULTDRILL_STATUS_A_BOOT_ID, fdr_bootid_text()) ||
	    nla_put_u64_64bit(skb, FAULTDRILL_STATUS_A_ARMED_NS, fdr_session_armed_ns(),
			      FAULTDRILL_STATUS_A_PAD) ||
	    nla_put_u32(skb, FAULTDRILL_STATUS_A_ACTIVE, fdr_session_live()) ||
	    nla_put_u64_64bit(skb, FAULTDRILL_STATUS_A_MAX_DURATION_NS, fdr_max_duration_ns(),
			      FAULTDRILL_STATUS_A_PAD) ||
	    fdr_beacon_put(skb, FAULTDRILL_STATUS_A_BEACON) ||
	    (fdr_session_locked_down() && nla_put_flag(skb, FAULTDRILL_STATUS_A_LOCKED_DOWN)) ||
	    nla_put_s64(skb, FAULTDRILL_STATUS_A_BOOTTIME_NS, ktime_get_boottime_ns(),
			FAULTDRILL_STATUS_A_PAD)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_param(struct sk_buff *skb, const struct fdr_param *param)
{
	struct nlattr *nest = nla_nest_start(skb, FAULTDRILL_FAULT_A_PARAM);
	bool bounded = param->min || param->max;

	if (!nest ||
	    nla_put_string(skb, FAULTDRILL_PARAM_A_NAME, param->name) ||
	    nla_put_u32(skb, FAULTDRILL_PARAM_A_TYPE, param->type) ||
	    (param->unit && nla_put_string(skb, FAULTDRILL_PARAM_A_UNIT, param->unit)) ||
	    (bounded && nla_put_u64_64bit(skb, FAULTDRILL_PARAM_A_MIN, param->min,
					  FAULTDRILL_PARAM_A_PAD)) ||
	    (param->max && nla_put_u64_64bit(skb, FAULTDRILL_PARAM_A_MAX_VALUE, param->max,
					     FAULTDRILL_PARAM_A_PAD)) ||
	    (param->def && nla_put_string(skb, FAULTDRILL_PARAM_A_DEFAULT, param->def)) ||
	    (param->required && nla_put_flag(skb, FAULTDRILL_PARAM_A_REQUIRED)) ||
	    (param->choices && nla_put_string(skb, FAULTDRILL_PARAM_A_CHOICES, param->choices)) ||
	    nla_put_string(skb, FAULTDRILL_PARAM_A_SUMMARY, param->summary))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int fdr_put_fault(struct sk_buff *skb, const struct fdr_fault *fault)
{
	struct nlattr *nest = nla_nest_start(skb, FAULTDRILL_A_FAULT);
	const char *why = fdr_fault_unavailable(fault);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_string(skb, FAULTDRILL_FAULT_A_NAME, fault->name) ||
	    nla_put_string(skb, FAULTDRILL_FAULT_A_FAMILY, fault->family) ||
	    nla_put_string(skb, FAULTDRILL_FAULT_A_SUMMARY, fault->summary) ||
	    nla_put_u32(skb, FAULTDRILL_FAULT_A_FLAGS, fault->flags) ||
	    nla_put_u32(skb, FAULTDRILL_FAULT_A_RISK, fault->risk) ||
	    (fault->excludes &&
	     nla_put_string(skb, FAULTDRILL_FAULT_A_EXCLUDES, fault->excludes)) ||
	    (why && nla_put_string(skb, FAULTDRILL_FAULT_A_UNAVAILABLE, why)))
		goto err_cancel;
	for (i = 0; i < fault->n_params; i++) {
		if (put_param(skb, &fault->params[i]))
			goto err_cancel;
	}
	nla_nest_end(skb, nest);
	return 0;

err_cancel:
	nla_nest_cancel(skb, nest);
	return -EMSGSIZE;
}

/* Counters come one by one through a callback that cannot fail. */
struct counter_sink {
	struct sk_buff *skb;
	int attr;
	int err;
};

static void put_counter(void *arg, const char *name, u64 value)
{
	struct counter_sink *sink = arg;
	struct nlattr *nest = nla_nest_start(sink->skb, sink->attr);

	if (!nest || nla_put_string(sink->skb, FAULTDRILL_COUNTER_A_NAME, name) ||
	    nla_put_u64_64bit(sink->skb, FAULTDRILL_COUNTER_A_VALUE, value,
			      FAULTDRILL_COUNTER_A_PAD))
		sink->err = -EMSGSIZE;
	else
		nla_nest_end(sink->skb, nest);
}

static int put_counters(struct sk_buff *skb, struct fdr_injection *inj, int attr)
{
	struct counter_sink sink = { .skb = skb, .attr = attr };

	fdr_injection_counters(inj, put_counter, &sink);
	return sink.err;
}

static int put_args(struct sk_buff *skb, const struct fdr_injection *inj)
{
	unsigned int i;

	for (i = 0; i < inj->fault->n_params; i++) {
		struct nlattr *nest;

		if (!inj->args[i].given && !inj->fault->params[i].def)
			continue;
		nest = nla_nest_start(skb, FAULTDRILL_INJECTION_A_PARAM);
		if (!nest ||
		    nla_put_string(skb, FAULTDRILL_PARAM_A_NAME, inj->fault->params[i].name) ||
		    nla_put_string(skb, FAULTDRILL_PARAM_A_VALUE, inj->args[i].text))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

/* What was asked for. */
static int put_request(struct sk_buff *skb, const struct fdr_injection *inj)
{
	if ((inj->id && nla_put_u32(skb, FAULTDRILL_INJECTION_A_ID, inj->id)) ||
	    nla_put_string(skb, FAULTDRILL_INJECTION_A_FAULT, inj->fault->name) ||
	    put_args(skb, inj) ||
	    nla_put_u64_64bit(skb, FAULTDRILL_INJECTION_A_COOKIE, inj->cookie,
			      FAULTDRILL_INJECTION_A_PAD) ||
	    nla_put_u32(skb, FAULTDRILL_INJECTION_A_START, inj->start) ||
	    nla_put_s64(skb, FAULTDRILL_INJECTION_A_START_NS, inj->start_ns,
			FAULTDRILL_INJECTION_A_PAD) ||
	    (inj->duration_ns && nla_put_u64_64bit(skb, FAULTDRILL_INJECTION_A_DURATION_NS,
						   inj->duration_ns,
						   FAULTDRILL_INJECTION_A_PAD)) ||
	    (inj->lease_ns && nla_put_u64_64bit(skb, FAULTDRILL_INJECTION_A_LEASE_NS,
						inj->lease_ns, FAULTDRILL_INJECTION_A_PAD)) ||
	    (inj->dry_run && nla_put_flag(skb, FAULTDRILL_INJECTION_A_DRY_RUN)) ||
	    (inj->force && nla_put_flag(skb, FAULTDRILL_INJECTION_A_FORCE)))
		return -EMSGSIZE;
	return 0;
}

/* What became of it. */
static int put_progress(struct sk_buff *skb, struct fdr_injection *inj)
{
	/* Pairs with end() of thread.c: an ended one has its reason. */
	enum faultdrill_state state = smp_load_acquire(&inj->state);
	u64 left_ns = fdr_injection_left_ns(inj);

	if (nla_put_u32(skb, FAULTDRILL_INJECTION_A_STATE, state) ||
	    (test_bit(FDR_INJ_STAMPED, &inj->flags) &&
	     nla_put_s64(skb, FAULTDRILL_INJECTION_A_ONSET_NS, inj->onset.boottime,
			 FAULTDRILL_INJECTION_A_PAD)) ||
	    (left_ns && nla_put_u64_64bit(skb, FAULTDRILL_INJECTION_A_LEFT_NS, left_ns,
					  FAULTDRILL_INJECTION_A_PAD)) ||
	    (state > FAULTDRILL_STATE_ACTIVE && inj->reason[0] &&
	     nla_put_string(skb, FAULTDRILL_INJECTION_A_REASON, inj->reason)))
		return -EMSGSIZE;
	return put_counters(skb, inj, FAULTDRILL_INJECTION_A_COUNTER);
}

int fdr_put_injection(struct sk_buff *skb, struct fdr_injection *inj)
{
	struct nlattr *nest = nla_nest_start(skb, FAULTDRILL_A_INJECTION);

	if (!nest)
		return -EMSGSIZE;
	if (put_request(skb, inj) || put_progress(skb, inj)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_event_injection(struct sk_buff *skb, const struct fdr_event *event)
{
	struct fdr_injection *inj = event->inj;

	if (nla_put_u32(skb, FAULTDRILL_EVENT_A_ID, inj->id) ||
	    nla_put_u64_64bit(skb, FAULTDRILL_EVENT_A_COOKIE, inj->cookie,
			      FAULTDRILL_EVENT_A_PAD) ||
	    nla_put_string(skb, FAULTDRILL_EVENT_A_FAULT, inj->fault->name) ||
	    nla_put_u32(skb, FAULTDRILL_EVENT_A_STATE, event->state))
		return -EMSGSIZE;
	if (event->type == FAULTDRILL_EVENT_ONSET)
		return nla_put_s64(skb, FAULTDRILL_EVENT_A_LATE_NS, event->late_ns,
				   FAULTDRILL_EVENT_A_PAD);
	/* As they are now, a moment after the event's stamps. */
	if (event->type == FAULTDRILL_EVENT_COUNTS)
		return put_counters(skb, inj, FAULTDRILL_EVENT_A_COUNTER);
	if (event->type != FAULTDRILL_EVENT_ENDED)
		return 0;
	if (inj->reason[0] && nla_put_string(skb, FAULTDRILL_EVENT_A_REASON, inj->reason))
		return -EMSGSIZE;
	return put_counters(skb, inj, FAULTDRILL_EVENT_A_COUNTER);
}

int fdr_put_event(struct sk_buff *skb, const struct fdr_event *event)
{
	struct nlattr *nest = nla_nest_start(skb, FAULTDRILL_A_EVENT);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, FAULTDRILL_EVENT_A_TYPE, event->type) ||
	    nla_put_u64_64bit(skb, FAULTDRILL_EVENT_A_SEQ, event->seq, FAULTDRILL_EVENT_A_PAD) ||
	    nla_put_s64(skb, FAULTDRILL_EVENT_A_BOOTTIME_NS, event->stamps.boottime,
			FAULTDRILL_EVENT_A_PAD) ||
	    nla_put_s64(skb, FAULTDRILL_EVENT_A_MONOTONIC_NS, event->stamps.monotonic,
			FAULTDRILL_EVENT_A_PAD) ||
	    nla_put_s64(skb, FAULTDRILL_EVENT_A_REALTIME_NS, event->stamps.realtime,
			FAULTDRILL_EVENT_A_PAD) ||
	    (event->reason && nla_put_string(skb, FAULTDRILL_EVENT_A_REASON, event->reason)) ||
	    (event->inj && put_event_injection(skb, event))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}
