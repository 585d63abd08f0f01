/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels 5.10 and 7.x: every such #if of the core is
 * here, and every file is compiled with this one included first.  What a kernel
 * has is read from its headers (Kbuild.probe), not from its version, which tells
 * nothing of what a distribution has added.  The code is
 * written for the newest kernel; what an older one lacks is supplied.
 */
#ifndef FDR_COMPAT_H
#define FDR_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <net/genetlink.h>

/* Until 5.14 linux/kernel.h had it. */
#ifdef FDR_HAVE_PANIC_NOTIFIER
#include <linux/panic_notifier.h>
#endif

/* hrtimer_init() and an assignment became one call. */
#ifndef FDR_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* What runs in a hard interrupt on PREEMPT_RT too. */
#ifndef IRQ_WORK_INIT_HARD
#define IRQ_WORK_INIT_HARD(function) \
	((struct irq_work){ .func = (function), .flags = ATOMIC_INIT(IRQ_WORK_HARD_IRQ) })
#endif

/* Who may join a multicast group could not be stated at first. */
#ifdef GENL_MCAST_CAP_SYS_ADMIN
#define FDR_MCGRP_SYS_ADMIN	.flags = GENL_MCAST_CAP_SYS_ADMIN,
#else
#define FDR_MCGRP_SYS_ADMIN
#endif

#endif /* FDR_COMPAT_H */
