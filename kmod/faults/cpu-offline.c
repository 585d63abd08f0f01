// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs leave, by the kernel's own hot unplug, and come back.
 *
 * Only what was taken here is given back: a CPU that somebody brought on line
 * meanwhile stays as it is.  The mask of CPUs on line is exact afterwards; what
 * the kernel itself forgets with a CPU is not: a task or an interrupt that was
 * bound to the CPUs taken and to no other is bound to none from then on.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/slab.h>

#include "../compat/cpu.h"
#include "faults.h"

/* Hotplug may be barred for a while (by a suspend, by kexec): how often to try, how far apart. */
#define FDR_OFFLINE_TRIES	100
#define FDR_OFFLINE_PAUSE_MS	100

struct fdr_offline {
	cpumask_var_t taken;
	atomic_t removed;	/* CPUs taken off line */
	atomic_t returned;	/* brought back by us */
	atomic_t found;		/* found back on line at the end */
	atomic_t lost;		/* could not be brought back */
};

static const char *fdr_offline_unavailable(void)
{
	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU))
		return "the kernel was built without CONFIG_HOTPLUG_CPU";
	return num_possible_cpus() > 1 ? NULL : "this machine has one CPU only";
}

static int fdr_offline_check(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	const struct cpumask *cpus = fdr_arg_cpus(inj, "cpus");
	int cpu;

	if (cpumask_empty(cpus))
		return fdr_refuse(extack, -EINVAL,
				  "cpus: names no CPU: give numbers such as 1 or 2-3");
	for_each_cpu(cpu, cpus) {
		if (!fdr_cpu_removable(cpu))
			return fdr_refuse(extack, -EPERM,
					  "cpus: %*pbl: CPU %d cannot be taken off line on this machine: leave it out",
					  cpumask_pr_args(cpus), cpu);
	}
	if (cpumask_subset(cpu_online_mask, cpus))
		return fdr_refuse(extack, -EINVAL,
				  "cpus: %*pbl: no CPU would be left (online: %*pbl): leave one out",
				  cpumask_pr_args(cpus), cpumask_pr_args(cpu_online_mask));
	return 0;
}

static int fdr_offline_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_offline *o;
	int err;

	err = fdr_offline_check(inj, extack);
	if (err)
		return err;
	o = kzalloc(sizeof(*o), GFP_KERNEL);
	if (!o)
		return -ENOMEM;
	if (!zalloc_cpumask_var(&o->taken, GFP_KERNEL)) {
		kfree(o);
		return -ENOMEM;
	}
	fdr_set_priv(inj, o);
	return 0;
}

/* Another fault with threads on the CPUs that would go, or that it names at all. */
static bool fdr_offline_clashes(const struct fdr_injection *inj, const struct fdr_injection *other)
{
	const struct cpumask *cpus = fdr_arg_cpus(inj, "cpus");
	const struct fdr_fault *fault = fdr_fault_of(other);
	unsigned int i;

	for (i = 0; i < fault->n_params; i++) {
		if (fault->params[i].type == FAULTDRILL_PARAM_CPULIST &&
		    cpumask_intersects(cpus, fdr_arg_cpus(other, fault->params[i].name)))
			return true;
	}
	return false;
}

static int fdr_offline_bring_back(unsigned int cpu)
{
	int ret, i;

	for (i = 0; i < FDR_OFFLINE_TRIES; i++) {
		ret = fdr_cpu_add(cpu);
		if (ret != -EBUSY)
			break;
		msleep(FDR_OFFLINE_PAUSE_MS);
	}
	return ret;
}

static void fdr_offline_undo(struct fdr_offline *o)
{
	int cpu, ret;

	for_each_cpu(cpu, o->taken) {
		ret = fdr_offline_bring_back(cpu);
		if (ret < 0) {
			atomic_inc(&o->lost);
			pr_err("CPU %d does not come back on line (error %d): try /sys/devices/system/cpu/cpu%d/online\n",
			       cpu, ret, cpu);
		} else {
			atomic_inc(ret ? &o->found : &o->returned);
		}
	}
	cpumask_clear(o->taken);
}

static int fdr_offline_start(struct fdr_injection *inj)
{
	const struct cpumask *cpus = fdr_arg_cpus(inj, "cpus");
	struct fdr_offline *o = fdr_priv(inj);
	int cpu, ret;

	fdr_onset(inj);
	for_each_cpu(cpu, cpus) {
		if (fdr_should_stop(inj))
			break;
		ret = fdr_cpu_remove(cpu);
		if (!ret) {
			cpumask_set_cpu(cpu, o->taken);
			atomic_inc(&o->removed);
			continue;
		}
		fdr_offline_undo(o);
		if (ret > 0)
			return fdr_fail(inj, -ENODEV,
					"cpus: CPU %d went off line by other hands; the others are back",
					cpu);
		return fdr_fail(inj, ret,
				"cpus: the kernel did not let CPU %d go (error %d); the others are back",
				cpu, ret);
	}
	return 0;
}

static void fdr_offline_stop(struct fdr_injection *inj)
{
	fdr_offline_undo(fdr_priv(inj));
}

static void fdr_offline_release(struct fdr_injection *inj)
{
	struct fdr_offline *o = fdr_priv(inj);

	fdr_set_priv(inj, NULL);
	free_cpumask_var(o->taken);
	kfree(o);
}

static void fdr_offline_counters(struct fdr_injection *inj,
				 void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_offline *o = fdr_priv(inj);

	emit(arg, "removed", atomic_read(&o->removed));
	emit(arg, "returned", atomic_read(&o->returned));
	emit(arg, "found_online", atomic_read(&o->found));
	emit(arg, "lost", atomic_read(&o->lost));
}

const struct fdr_fault_ops fdr_cpu_offline_ops = {
	.unavailable = fdr_offline_unavailable,
	.prepare = fdr_offline_prepare,
	.clashes = fdr_offline_clashes,
	.start = fdr_offline_start,
	.stop = fdr_offline_stop,
	.release = fdr_offline_release,
	.counters = fdr_offline_counters,
};
