// SPDX-License-Identifier: GPL-2.0-only
/* Load and unload.  What a load can fire comes last, so that nothing has to be undone after it. */
#include <linux/module.h>
#include <linux/timekeeping.h>
#include "event.h"
#include "family.h"
#include "request.h"
#include "session.h"
#include "sysfs.h"

/* How long arm=1 lasts. */
#define ARM_DEFAULT_NS	(60 * (u64)NSEC_PER_SEC)

/* These are set before init runs, so they only keep the text; they cannot be changed later. */
static char arm[32];
module_param_string(arm, arm, sizeof(arm), 0);
MODULE_PARM_DESC(arm, "arm at load: 1 for a minute, or a time such as 10m");

static char inject[1024];
module_param_string(inject, inject, sizeof(inject), 0);
MODULE_PARM_DESC(inject,
		 "fire at load, with arm=: FAULT [KEY=VALUE]... as in /sys/kernel/faultdrill/inject");

static int arm_at_load(struct netlink_ext_ack *extack)
{
	u64 ns = ARM_DEFAULT_NS;

	if (!arm[0] || !strcmp(arm, "0"))
		return 0;
	if (strcmp(arm, "1") && fdr_parse_time(arm, &ns))
		return fdr_refuse(extack, -EINVAL,
				  "arm='%s' is not understood; expected 1, or a time such as 10m",
				  arm);
	return fdr_session_arm(ns, FDR_VIA_PARAMETER, extack);
}

static int act_at_load(void)
{
	struct netlink_ext_ack extack = { };
	int err = arm_at_load(&extack);

	if (!err && inject[0])
		err = fdr_request_submit(inject, FDR_VIA_PARAMETER, &extack);
	if (err)
		fdr_audit_refusal(FDR_VIA_PARAMETER, "load", &extack);
	return err;
}

static int __init fdr_init(void)
{
	int err;

	err = fdr_events_init();
	if (err)
		return err;
	err = fdr_sysfs_init();
	if (err)
		goto err_events_exit;
	fdr_session_init();
	err = fdr_sysfs_open();
	if (err)
		goto err_session_exit;
	err = fdr_netlink_init();
	if (err)
		goto err_sysfs_close;
	fdr_session_open();
	err = act_at_load();
	if (err)
		goto err_session_close;
	return 0;

err_session_close:
	fdr_session_close();
	fdr_netlink_exit();
err_sysfs_close:
	fdr_sysfs_close();
err_session_exit:
	fdr_session_exit();
	fdr_sysfs_exit();
err_events_exit:
	fdr_events_exit();
	return err;
}

static void __exit fdr_exit(void)
{
	fdr_session_close();
	fdr_netlink_exit();
	fdr_sysfs_close();
	fdr_session_exit();
	fdr_sysfs_exit();
	fdr_events_exit();
}

module_init(fdr_init);
module_exit(fdr_exit);

MODULE_DESCRIPTION("Fault drills: break this node on demand");
MODULE_AUTHOR("The faultdrill authors");
MODULE_VERSION(FDR_VERSION);
MODULE_LICENSE("GPL");
