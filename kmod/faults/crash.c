// SPDX-License-Identifier: GPL-2.0-only
/* Panics: as the node is set up, or with another end; and the one that must leave a dump. */
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/math64.h>
#include <linux/time64.h>

#include "crash-strike.h"
#include "faults.h"

/* The order of the words in the catalogue's row. */
enum fdr_panic_after {
	FDR_PANIC_AS_SET,
	FDR_PANIC_STAY,
	FDR_PANIC_REBOOT_NOW,
	FDR_PANIC_REBOOT_LATER,
};

static const char *fdr_crash_kernel_missing(void)
{
#ifdef CONFIG_KEXEC_CORE
	if (kexec_crash_loaded())
		return NULL;
#endif
	return "no crash kernel is loaded: boot with crashkernel=256M or so on the kernel's command line, install kdump-tools (Debian) or kdump-utils, and see 'kdump-config status' or 'kdumpctl status'";
}

static void fdr_panic_set_timeout(struct fdr_injection *inj)
{
	switch ((enum fdr_panic_after)fdr_arg_choice(inj, "after")) {
	case FDR_PANIC_AS_SET:
		break;
	case FDR_PANIC_STAY:
		panic_timeout = 0;
		break;
	case FDR_PANIC_REBOOT_NOW:
		panic_timeout = -1;
		break;
	case FDR_PANIC_REBOOT_LATER:
		panic_timeout = div_u64(fdr_arg_u64(inj, "delay"), NSEC_PER_SEC);
		break;
	}
}

static noinline void fdr_strike_panic(struct fdr_injection *inj)
{
	const char *message = fdr_arg_str(inj, "message");

	fdr_panic_set_timeout(inj);
	fdr_onset(inj);
	panic("%s", message);
}

static noinline void fdr_strike_kdump(struct fdr_injection *inj)
{
	const char *message = fdr_arg_str(inj, "message");

	fdr_onset(inj);
	panic("%s", message);
}

static const struct fdr_crash_kind fdr_panic_kind = {
	.strike = fdr_strike_panic,
	.flags = FDR_CRASH_P_CONTEXT | FDR_CRASH_P_OTHERS,
};

static const struct fdr_crash_kind fdr_kdump_kind = {
	.strike = fdr_strike_kdump,
	.flags = FDR_CRASH_P_CONTEXT | FDR_CRASH_P_OTHERS,
};

static int fdr_panic_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	bool later = fdr_arg_choice(inj, "after") == FDR_PANIC_REBOOT_LATER;
	u32 rest;

	if (fdr_arg_given(inj, "delay") && !later)
		return fdr_refuse(extack, -EINVAL,
				  "delay: means something with after=reboot-later only");
	div_u64_rem(fdr_arg_u64(inj, "delay"), NSEC_PER_SEC, &rest);
	if (rest)
		return fdr_refuse(extack, -EINVAL,
				  "delay=%s: the kernel counts whole seconds; say 10s, for instance",
				  fdr_arg_str(inj, "delay"));
	return fdr_crash_prepare(inj, &fdr_panic_kind, extack);
}

static int fdr_kdump_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	const char *missing = fdr_crash_kernel_missing();

	if (missing)
		return fdr_refuse(extack, -ENOENT, "%s", missing);
	return fdr_crash_prepare(inj, &fdr_kdump_kind, extack);
}

static int fdr_kdump_start(struct fdr_injection *inj)
{
	if (fdr_crash_kernel_missing())
		return fdr_fail(inj, -ENOENT,
				"the crash kernel was unloaded meanwhile: nothing was crashed");
	return fdr_crash_start(inj);
}

const struct fdr_fault_ops fdr_panic_ops = {
	.prepare = fdr_panic_prepare,
	.start = fdr_crash_start,
	.release = fdr_crash_release,
};

const struct fdr_fault_ops fdr_kdump_ops = {
	.prepare = fdr_kdump_prepare,
	.start = fdr_kdump_start,
	.release = fdr_crash_release,
};
