// SPDX-License-Identifier: GPL-2.0-only
/* A bad access, a BUG(), a warning: what a node may live on with. */
#include <linux/bug.h>
#include <linux/compiler.h>

#include "crash-outcome.h"
#include "crash-strike.h"
#include "faults.h"

/* Not through KASAN, which would find it first and call it a general protection fault. */
static noinline __no_sanitize_address void fdr_strike_oops(struct fdr_injection *inj)
{
	unsigned long *bad = NULL;

	/* Or the compiler sees what is coming and emits a trap instead. */
	OPTIMIZER_HIDE_VAR(bad);
	fdr_onset(inj);
	WRITE_ONCE(*bad, 0);
}

static noinline void fdr_strike_bug(struct fdr_injection *inj)
{
	fdr_onset(inj);
	BUG();
}

static noinline void fdr_strike_warn(struct fdr_injection *inj)
{
	const char *message = fdr_arg_str(inj, "message");

	fdr_onset(inj);
	WARN(1, "%s\n", message);
}

static const struct fdr_crash_kind fdr_oops_kind = {
	.strike = fdr_strike_oops,
	.flags = FDR_CRASH_P_CONTEXT | FDR_CRASH_P_OUTCOME | FDR_CRASH_VICTIM,
	.sysctl = "panic_on_oops",
};

static const struct fdr_crash_kind fdr_bug_kind = {
	.strike = fdr_strike_bug,
	.flags = FDR_CRASH_P_CONTEXT | FDR_CRASH_P_OUTCOME | FDR_CRASH_VICTIM,
	.sysctl = "panic_on_oops",
};

static const struct fdr_crash_kind fdr_warn_kind = {
	.strike = fdr_strike_warn,
	.flags = FDR_CRASH_P_CONTEXT | FDR_CRASH_P_OUTCOME,
	.sysctl = "panic_on_warn",
	.returned = "the kernel warned and goes on",
};

static int fdr_oops_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return fdr_crash_prepare(inj, &fdr_oops_kind, extack);
}

static int fdr_bug_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return fdr_crash_prepare(inj, &fdr_bug_kind, extack);
}

/* A warning is not said to be fatal, so it does not get to be by accident. */
static int fdr_warn_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	if (fdr_arg_choice(inj, "outcome") == FDR_OUTCOME_AS_SET && !fdr_arg_force(inj) &&
	    fdr_crash_sysctl_read(fdr_warn_kind.sysctl) > 0)
		return fdr_refuse(extack, -EPERM,
				  "kernel.panic_on_warn is set, so a warning panics this node: say outcome=survive, inject panic, or force it");
	return fdr_crash_prepare(inj, &fdr_warn_kind, extack);
}

const struct fdr_fault_ops fdr_oops_ops = {
	.prepare = fdr_oops_prepare,
	.start = fdr_crash_start,
	.release = fdr_crash_release,
};

const struct fdr_fault_ops fdr_bug_ops = {
	.prepare = fdr_bug_prepare,
	.start = fdr_crash_start,
	.release = fdr_crash_release,
};

const struct fdr_fault_ops fdr_warn_ops = {
	.prepare = fdr_warn_prepare,
	.start = fdr_crash_start,
	.release = fdr_crash_release,
};
