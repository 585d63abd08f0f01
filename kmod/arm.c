// SPDX-License-Identifier: GPL-2.0-only
/* Armed or not, and for how long; the longest duration. */
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/security.h>
#include <linux/timekeeping.h>
#include "session.h"

#define ARM_MIN_NS	((u64)NSEC_PER_SEC)
#define ARM_MAX_NS	(24 * 3600 * (u64)NSEC_PER_SEC)

static DEFINE_MUTEX(lock);
static s64 armed_until;		/* CLOCK_BOOTTIME; 0 = not armed */
static struct hrtimer disarm_timer;

static u64 max_duration_ns = 600 * (u64)NSEC_PER_SEC;

static int set_max_duration(const char *val, const struct kernel_param *kp)
{
	char buf[32];
	u64 ns;

	if (strscpy(buf, val, sizeof(buf)) < 0 || fdr_parse_time(strim(buf), &ns) ||
	    ns < NSEC_PER_SEC || ns > ARM_MAX_NS) {
		pr_err("max_duration: '%s' is not a time from 1s to 24h\n", val);
		return -EINVAL;
	}
	WRITE_ONCE(max_duration_ns, ns);
	return 0;
}

static int get_max_duration(char *buffer, const struct kernel_param *kp)
{
	u64 ns = READ_ONCE(max_duration_ns), s = div_u64(ns, NSEC_PER_SEC);

	if (s * NSEC_PER_SEC == ns)
		return sysfs_emit(buffer, "%llus\n", s);
	return sysfs_emit(buffer, "%lluns\n", ns);
}

static const struct kernel_param_ops max_duration_ops = {
	.set = set_max_duration,
	.get = get_max_duration,
};

module_param_cb(max_duration, &max_duration_ops, NULL, 0644);
MODULE_PARM_DESC(max_duration,
		 "longest duration of a reversible fault, and what it gets when none is given (default 10m)");

u64 fdr_max_duration_ns(void)
{
	return READ_ONCE(max_duration_ns);
}

bool fdr_session_locked_down(void)
{
	/* debugfs has the kernel's own fault injection: closed there, closed here. */
	return security_locked_down(LOCKDOWN_DEBUGFS);
}

int fdr_session_refuse_locked_down(struct netlink_ext_ack *extack)
{
	if (!fdr_session_locked_down())
		return 0;
	return fdr_refuse(extack, -EPERM,
			  "kernel lockdown forbids faults: see /sys/kernel/security/lockdown; boot without lockdown= (or Secure Boot) to drill this node");
}

u64 fdr_session_armed_ns(void)
{
	s64 left = READ_ONCE(armed_until) - (s64)ktime_get_boot_fast_ns();

	return max_t(s64, left, 0);
}

static enum hrtimer_restart arm_time_over(struct hrtimer *timer)
{
	WRITE_ONCE(armed_until, 0);
	fdr_event(FAULTDRILL_EVENT_DISARMED, NULL, NULL, 0, "the arm time is over");
	return HRTIMER_NORESTART;
}

int fdr_session_arm(u64 ns, enum fdr_via via, struct netlink_ext_ack *extack)
{
	int err = fdr_session_refuse_locked_down(extack);

	if (err)
		return err;
	if (ns < ARM_MIN_NS || ns > ARM_MAX_NS)
		return fdr_refuse(extack, -ERANGE,
				  "arm time of %llu ns is out of range; allowed: 1 s to 24 h",
				  ns);
	fdr_audit(via, "arm for %llu ms", div_u64(ns, NSEC_PER_MSEC));
	mutex_lock(&lock);
	hrtimer_cancel(&disarm_timer);
	WRITE_ONCE(armed_until, ktime_get_boottime_ns() + ns);
	hrtimer_start(&disarm_timer, ns_to_ktime(armed_until), HRTIMER_MODE_ABS_HARD);
	fdr_event(FAULTDRILL_EVENT_ARMED, NULL, NULL, 0, NULL);
	mutex_unlock(&lock);
	return 0;
}

static void disarm(const char *reason)
{
	mutex_lock(&lock);
	hrtimer_cancel(&disarm_timer);
	if (armed_until) {
		WRITE_ONCE(armed_until, 0);
		fdr_event(FAULTDRILL_EVENT_DISARMED, NULL, NULL, 0, reason);
	}
	mutex_unlock(&lock);
}

void fdr_session_disarm(enum fdr_via via)
{
	fdr_audit(via, "disarm");
	disarm("disarmed on request");
	fdr_session_cancel_pending();
}

void fdr_arm_init(void)
{
	hrtimer_setup(&disarm_timer, arm_time_over, CLOCK_BOOTTIME, HRTIMER_MODE_ABS_HARD);
}

void fdr_arm_exit(void)
{
	disarm("the module was unloaded");
}
