// SPDX-License-Identifier: GPL-2.0-only
/* Whether the times of a request make sense. */
#include <linux/math64.h>
#include <linux/timekeeping.h>
#include "session.h"

#define LEASE_MIN_NS	(100 * (u64)NSEC_PER_MSEC)
#define DAY_NS		(24 * 3600 * (u64)NSEC_PER_SEC)

/* From now until the start; negative = in the past. */
static s64 start_in_ns(const struct fdr_request *req)
{
	switch (req->start) {
	case FAULTDRILL_START_NOW:
		return 0;
	case FAULTDRILL_START_DELAY:
		return req->start_ns;
	case FAULTDRILL_START_REALTIME:
		return req->start_ns - (s64)ktime_get_real_ns();
	case FAULTDRILL_START_BOOTTIME:
		return req->start_ns - (s64)ktime_get_boottime_ns();
	}
	return -1;
}

int fdr_check_lease(u64 lease_ns, struct netlink_ext_ack *extack)
{
	if (lease_ns >= LEASE_MIN_NS && lease_ns <= DAY_NS)
		return 0;
	return fdr_refuse(extack, -ERANGE,
			  "lease of %llu ns is out of range; allowed: 100 ms to 24 h", lease_ns);
}

static int check_start(const struct fdr_request *req, struct netlink_ext_ack *extack)
{
	s64 in = start_in_ns(req), armed = fdr_session_armed_ns();

	if (req->start_ns > FDR_NEVER / 2)
		return fdr_refuse(extack, -ERANGE, "the start is beyond any clock");
	if (req->start == FAULTDRILL_START_NOW && req->start_ns)
		return fdr_refuse(extack, -EINVAL, "a start time is given, but the start is 'now'");
	if (in < 0 || req->start_ns < 0)
		return fdr_refuse(extack, -ETIME,
				  "the start is %lld ms in the past: check the clocks, or allow more time to prepare",
				  -div_s64(in, NSEC_PER_MSEC));
	if (!req->dry_run && in >= armed)
		return fdr_refuse(extack, -ERANGE,
				  "the start is %lld ms away, but the module is armed for %lld ms only: arm it for longer",
				  div_s64(in, NSEC_PER_MSEC), div_s64(armed, NSEC_PER_MSEC));
	return 0;
}

int fdr_check_times(const struct fdr_request *req, const struct fdr_fault *fault,
		    struct netlink_ext_ack *extack)
{
	u64 max_ns = fdr_max_duration_ns();
	int err = 0;

	if (req->duration_ns && !(fault->flags & FAULTDRILL_F_DURATION))
		return fdr_refuse(extack, -EINVAL, "fault %s takes no duration", fault->name);
	if (req->duration_ns > max_ns)
		return fdr_refuse(extack, -ERANGE,
				  "duration of %llu ms is above the module's maximum of %llu ms: raise the module parameter max_duration",
				  div_u64(req->duration_ns, NSEC_PER_MSEC),
				  div_u64(max_ns, NSEC_PER_MSEC));
	if (req->lease_ns)
		err = fdr_check_lease(req->lease_ns, extack);
	return err ?: check_start(req, extack);
}
