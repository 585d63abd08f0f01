// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines to the kernel log, at a rate: consoles are written by whoever prints,
 * and a slow one takes the whole node along.
 *
 * An ordinary thread prints, so that a console that cannot keep up slows it,
 * and not everything else on its CPU.  Lines that are due while it is held up
 * are not made up for.
 */
#include <linux/kern_levels.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "crew.h"
#include "faults.h"

/* Longest sleep, so that a clear is obeyed soon. */
#define FDR_FLOOD_NAP_NS	(10 * NSEC_PER_MSEC)
/* How far behind it may be before the lines in between are given up. */
#define FDR_FLOOD_BEHIND_NS	(100 * NSEC_PER_MSEC)

struct fdr_flood {
	struct fdr_injection *inj;
	struct fdr_crew *crew;
	char level;		/* '0' to '7', after KERN_SOH */
	u64 rate;		/* lines a second */
	u64 lines, skipped;	/* written by the thread alone */
	char text[];
};

/* At a level that is chosen when it runs, which the macros are not made for. */
static __printf(1, 2) void fdr_flood_print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(fmt, args);
	va_end(args);
}

static void fdr_flood_work(void *arg)
{
	struct fdr_flood *f = arg;
	u64 begin = ktime_get_mono_fast_ns(), due = 0, now;

	while (!fdr_should_stop(f->inj)) {
		u64 at = begin + div64_u64(due * NSEC_PER_SEC, f->rate);

		now = ktime_get_mono_fast_ns();
		if (at > now) {
			ktime_t nap = ns_to_ktime(min_t(u64, at - now, FDR_FLOOD_NAP_NS));

			set_current_state(TASK_IDLE);
			schedule_hrtimeout(&nap, HRTIMER_MODE_REL);
			continue;
		}
		if (now - at > FDR_FLOOD_BEHIND_NS) {
			u64 late = div64_u64((now - begin) * f->rate, NSEC_PER_SEC) - due;

			WRITE_ONCE(f->skipped, f->skipped + late);
			due += late;
		}
		fdr_flood_print(KERN_SOH "%cfaultdrill: flood, line %llu %s\n", f->level,
				f->lines + 1, f->text);
		WRITE_ONCE(f->lines, f->lines + 1);
		due++;
		cond_resched();
	}
}

static void fdr_flood_release(struct fdr_injection *inj)
{
	struct fdr_flood *f = fdr_priv(inj);

	if (!f)
		return;
	fdr_crew_free(f->crew);
	fdr_set_priv(inj, NULL);
	kfree(f);
}

static int fdr_flood_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	u64 length = fdr_arg_u64(inj, "length"), i;
	struct fdr_flood *f;
	int err = -ENOMEM;

	f = kzalloc(struct_size(f, text, length + 1), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	f->inj = inj;
	f->rate = fdr_arg_u64(inj, "rate");
	f->level = '0' + fdr_arg_choice(inj, "level");
	for (i = 0; i < length; i++)
		f->text[i] = 'a' + i % 26;
	f->crew = fdr_crew_new(1, fdr_flood_work, f);
	if (!f->crew)
		goto err_free;
	err = fdr_crew_hire(f->crew, "fdr-flood", -1);
	if (err) {
		fdr_refuse(extack, err, "no kernel thread could be created (error %d)", err);
		goto err_crew;
	}
	fdr_set_priv(inj, f);
	return 0;

err_crew:
	fdr_crew_free(f->crew);
err_free:
	kfree(f);
	return err;
}

static int fdr_flood_start(struct fdr_injection *inj)
{
	struct fdr_flood *f = fdr_priv(inj);

	fdr_onset(inj);
	fdr_crew_go(f->crew);
	return 0;
}

static void fdr_flood_stop(struct fdr_injection *inj)
{
	struct fdr_flood *f = fdr_priv(inj);

	fdr_crew_join(f->crew);
}

static void fdr_flood_counters(struct fdr_injection *inj,
			       void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_flood *f = fdr_priv(inj);

	emit(arg, "lines", READ_ONCE(f->lines));
	emit(arg, "skipped", READ_ONCE(f->skipped));
}

const struct fdr_fault_ops fdr_console_flood_ops = {
	.prepare = fdr_flood_prepare,
	.start = fdr_flood_start,
	.stop = fdr_flood_stop,
	.release = fdr_flood_release,
	.counters = fdr_flood_counters,
};
