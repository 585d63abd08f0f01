// SPDX-License-Identifier: GPL-2.0-only
/* What the module parameters ask for at load. */
#include <linux/moduleparam.h>
#include <linux/timekeeping.h>
#include "load.h"
#include "request.h"

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

int fdr_load_act(void)
{
	struct netlink_ext_ack extack = { };
	int err = arm_at_load(&extack);

	if (!err && inject[0])
		err = fdr_request_submit(inject, FDR_VIA_PARAMETER, &extack);
	if (err)
		fdr_audit_refusal(FDR_VIA_PARAMETER, "load", &extack);
	return err;
}
