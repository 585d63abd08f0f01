// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory runs out until the OOM killer has killed so many processes, by default
 * one, which it chooses itself; then everything taken is given back.
 *
 * A kernel thread that simply went on to allocate would never be killed itself:
 * the killer would take one process after the other, and then panic.  So we are
 * asked first, by the notifier that the killer calls before it chooses: as long
 * as it is to kill, it may; otherwise our memory goes back and it need not.
 * The same where nobody is left whom it might kill.
 */
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "../compat/mm.h"
#include "faults.h"
#include "hoard.h"
#include "knob.h"
#include "shield.h"

#define FDR_PANIC_ON_OOM	"/proc/sys/vm/panic_on_oom"

/* What an ordinary process asks with: the OOM killer helps where nothing else does. */
#define FDR_OOM_GFP		GFP_HIGHUSER

struct fdr_oom {
	struct fdr_injection *inj;
	struct fdr_hoard hoard;
	struct fdr_shield shield;
	struct notifier_block nb;
	u64 until_ns;
	u64 kills_before, kills_after;	/* of the kernel's count */
	u64 wanted;
	atomic_t calls;		/* how often the OOM killer was let on */
	bool spared;		/* there was nobody whom it might kill */
	bool started, over;
};

static u64 fdr_oom_killed(const struct fdr_oom *o)
{
	if (!READ_ONCE(o->started))
		return 0;
	return (READ_ONCE(o->over) ? o->kills_after : fdr_oom_kills()) - o->kills_before;
}

static bool fdr_oom_enough(const struct fdr_oom *o)
{
	return fdr_oom_killed(o) >= o->wanted || READ_ONCE(o->spared) || fdr_should_stop(o->inj) ||
	       ktime_get_mono_fast_ns() >= o->until_ns;
}

/* Called by whoever ran out of memory, before a victim is chosen. */
static int fdr_oom_notify(struct notifier_block *nb, unsigned long unused, void *arg)
{
	struct fdr_oom *o = container_of(nb, struct fdr_oom, nb);
	unsigned long *freed = arg;

	if (!fdr_oom_enough(o) && !fdr_shield_any_prey())
		WRITE_ONCE(o->spared, true);
	if (fdr_oom_enough(o)) {
		*freed += fdr_hoard_empty(&o->hoard);
	} else {
		atomic_inc(&o->calls);
		fdr_first_hit(o->inj);
	}
	return NOTIFY_OK;
}

static int fdr_oom_check(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	int panics, err;

	err = fdr_shield_check(fdr_arg_str(inj, "protect"), extack);
	if (err || fdr_arg_force(inj))
		return err;
	err = fdr_knob_read(FDR_PANIC_ON_OOM, &panics);
	if (err)
		return fdr_refuse(extack, err,
				  "%s cannot be read (error %d): is /proc mounted? force it if the kernel may panic",
				  FDR_PANIC_ON_OOM, err);
	if (panics)
		return fdr_refuse(extack, -EPERM,
				  "vm.panic_on_oom is %d: the kernel would panic instead of killing a process: set it to 0, or force it",
				  panics);
	return 0;
}

static int fdr_oom_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_oom *o;
	int err;

	err = fdr_oom_check(inj, extack);
	if (err)
		return err;
	o = kzalloc(sizeof(*o), GFP_KERNEL);
	if (!o)
		return -ENOMEM;
	o->inj = inj;
	o->wanted = fdr_arg_u64(inj, "kills");
	o->nb.notifier_call = fdr_oom_notify;
	fdr_hoard_init(&o->hoard);
	fdr_set_priv(inj, o);
	return 0;
}

static void fdr_oom_run(struct fdr_oom *o)
{
	/* Not with the priority of real time: those who run out of memory have to run. */
	sched_set_normal(current, 0);
	/* What there is without a fight; then as hard as any process may ask. */
	fdr_hoard_take(&o->hoard, o->inj, U64_MAX, 0);
	while (!fdr_oom_enough(o)) {
		if (!fdr_hoard_take_page(&o->hoard, FDR_OOM_GFP))
			fdr_wait(o->inj, 10 * NSEC_PER_MSEC);
		cond_resched();
	}
	fdr_hoard_empty(&o->hoard);
	sched_set_fifo(current);
}

static int fdr_oom_verdict(struct fdr_oom *o)
{
	u64 killed = fdr_oom_killed(o);

	if (killed >= o->wanted || fdr_should_stop(o->inj))
		return FDR_DONE;
	if (o->spared)
		return fdr_fail(o->inj, -ESRCH,
				"nobody is left whom the OOM killer might kill (%llu of %llu killed)",
				killed, o->wanted);
	return fdr_fail(o->inj, -ETIME, "the OOM killer killed %llu of %llu within the time given",
			killed, o->wanted);
}

static int fdr_oom_start(struct fdr_injection *inj)
{
	struct fdr_oom *o = fdr_priv(inj);
	int err;

	err = fdr_shield_raise(&o->shield, fdr_arg_str(inj, "protect"));
	if (err) {
		err = fdr_fail(inj, err, "protect: names more than %d processes: name fewer",
			       FDR_SHIELD_MAX);
		goto out_lower;
	}
	o->kills_before = fdr_oom_kills();
	o->until_ns = ktime_get_mono_fast_ns() + fdr_arg_u64(inj, "within");
	err = register_oom_notifier(&o->nb);
	if (err) {
		err = fdr_fail(inj, err, "the OOM notifier could not be registered (error %d)", err);
		goto out_lower;
	}
	WRITE_ONCE(o->started, true);
	fdr_onset(inj);
	fdr_oom_run(o);
	unregister_oom_notifier(&o->nb);
	/* The last call may have come after the last look. */
	fdr_hoard_empty(&o->hoard);
	o->kills_after = fdr_oom_kills();
	WRITE_ONCE(o->over, true);
	err = fdr_oom_verdict(o);
out_lower:
	fdr_shield_lower(&o->shield);
	return err;
}

static void fdr_oom_release(struct fdr_injection *inj)
{
	kfree(fdr_priv(inj));
	fdr_set_priv(inj, NULL);
}

static void fdr_oom_counters(struct fdr_injection *inj,
			     void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_oom *o = fdr_priv(inj);

	emit(arg, "kills", fdr_oom_killed(o));
	emit(arg, "calls", atomic_read(&o->calls));
	emit(arg, "held_bytes", fdr_hoard_held(&o->hoard) << PAGE_SHIFT);
	emit(arg, "peak_bytes", READ_ONCE(o->hoard.peak) << PAGE_SHIFT);
}

static const char *fdr_oom_unavailable(void)
{
	return FDR_HAVE_OOM_COUNT ? NULL :
	       "the kernel was built without CONFIG_VM_EVENT_COUNTERS, so kills cannot be counted";
}

const struct fdr_fault_ops fdr_oom_ops = {
	.unavailable = fdr_oom_unavailable,
	.prepare = fdr_oom_prepare,
	.start = fdr_oom_start,
	.release = fdr_oom_release,
	.counters = fdr_oom_counters,
};
