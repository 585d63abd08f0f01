/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking CPUs off line and back, where the kernel can. */
#ifndef FDR_COMPAT_CPU_H
#define FDR_COMPAT_CPU_H

#include <linux/cpu.h>
#include <linux/device.h>
#include <linux/errno.h>

/* 0, 1 where it was so already, or negative errno.  May sleep, and last for a while. */
#ifdef CONFIG_HOTPLUG_CPU
static inline int fdr_cpu_remove(unsigned int cpu)
{
	return remove_cpu(cpu);
}

static inline int fdr_cpu_add(unsigned int cpu)
{
	return add_cpu(cpu);
}
#else
static inline int fdr_cpu_remove(unsigned int cpu)
{
	return -EOPNOTSUPP;
}

static inline int fdr_cpu_add(unsigned int cpu)
{
	return -EOPNOTSUPP;
}
#endif

/* May this CPU leave at all?  On many machines CPU 0 may not. */
static inline bool fdr_cpu_removable(unsigned int cpu)
{
	struct device *dev = get_cpu_device(cpu);

#ifdef FDR_HAVE_DEV_FLAGS
	return dev && !dev_offline_disabled(dev);
#else
	return dev && !dev->offline_disabled;
#endif
}

#endif /* FDR_COMPAT_CPU_H */
