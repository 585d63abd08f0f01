// SPDX-License-Identifier: GPL-2.0-only
/*
 * Crashes: panic(), a bad access, a BUG().
 *
 * Each can strike in a task, in a softirq or in a hard interrupt.  In an
 * interrupt any of them ends the kernel.  In a task a bad access or a BUG()
 * ends it only where kernel.panic_on_oops is set; elsewhere just the task
 * dies, with whatever it holds.  Hence a thread of its own, which holds
 * nothing: the injection's thread lives on to tell, and the module can still
 * be unloaded.
 */
#include <linux/bottom_half.h>
#include <linux/bug.h>
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "crew.h"
#include "faults.h"

/* Longest wait for an interrupt of our own. */
#define FDR_CRASH_WAIT		(2 * HZ)

/* The order of the words in the catalogue's rows. */
enum fdr_crash_context {
	FDR_CRASH_TASK,
	FDR_CRASH_SOFTIRQ,
	FDR_CRASH_HARDIRQ,
};

struct fdr_crash {
	struct fdr_injection *inj;
	void (*strike)(struct fdr_injection *inj);
	enum fdr_crash_context context;
	struct tasklet_struct tasklet;
	struct irq_work irq_work;
	struct completion returned;
	struct fdr_crew *victim;	/* NULL where nothing can survive */
};

static noinline void fdr_strike_panic(struct fdr_injection *inj)
{
	const char *message = fdr_arg_str(inj, "message");

	fdr_onset(inj);
	panic("%s", message);
}

static noinline void fdr_strike_oops(struct fdr_injection *inj)
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

/* Named, not inlined: they tell the context in the kernel's own call trace. */
static noinline void fdr_crash_in_task(void *arg)
{
	struct fdr_crash *c = arg;

	c->strike(c->inj);
	complete(&c->returned);
}

static noinline void fdr_crash_in_softirq(struct tasklet_struct *tasklet)
{
	struct fdr_crash *c = from_tasklet(c, tasklet, tasklet);

	c->strike(c->inj);
	complete(&c->returned);
}

static noinline void fdr_crash_in_hardirq(struct irq_work *work)
{
	struct fdr_crash *c = container_of(work, struct fdr_crash, irq_work);

	c->strike(c->inj);
	complete(&c->returned);
}

static void fdr_crash_release(struct fdr_injection *inj)
{
	struct fdr_crash *c = fdr_priv(inj);

	if (!c)
		return;
	fdr_crew_free(c->victim);
	tasklet_kill(&c->tasklet);
	irq_work_sync(&c->irq_work);
	fdr_set_priv(inj, NULL);
	kfree(c);
}

static int fdr_crash_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack,
			     void (*strike)(struct fdr_injection *inj), bool survivable)
{
	struct fdr_crash *c;
	int err = -ENOMEM;

	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	c->inj = inj;
	c->strike = strike;
	c->context = fdr_arg_choice(inj, "context");
	init_completion(&c->returned);
	tasklet_setup(&c->tasklet, fdr_crash_in_softirq);
	c->irq_work = IRQ_WORK_INIT_HARD(fdr_crash_in_hardirq);
	if (survivable && c->context == FDR_CRASH_TASK) {
		c->victim = fdr_crew_new(1, fdr_crash_in_task, c);
		if (!c->victim)
			goto err_free;
		err = fdr_crew_hire(c->victim, "fdr-victim", -1);
		if (err) {
			fdr_refuse(extack, err,
				   "the thread that is to crash could not be created (error %d)",
				   err);
			goto err_crew;
		}
	}
	fdr_set_priv(inj, c);
	return 0;

err_crew:
	fdr_crew_free(c->victim);
err_free:
	kfree(c);
	return err;
}

static int fdr_panic_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return fdr_crash_prepare(inj, extack, fdr_strike_panic, false);
}

static int fdr_oops_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return fdr_crash_prepare(inj, extack, fdr_strike_oops, true);
}

static int fdr_bug_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return fdr_crash_prepare(inj, extack, fdr_strike_bug, true);
}

static int fdr_crash_start(struct fdr_injection *inj)
{
	struct fdr_crash *c = fdr_priv(inj);

	switch (c->context) {
	case FDR_CRASH_TASK:
		if (!c->victim) {
			fdr_crash_in_task(c);
			break;
		}
		fdr_crew_go(c->victim);
		fdr_crew_join(c->victim);
		if (completion_done(&c->returned))
			return fdr_fail(inj, -EIO, "the kernel went on as if nothing had happened");
		/* It died, and the kernel did not. */
		return fdr_fail(inj, FDR_DONE,
				"only a kernel thread died, the node lives on: kernel.panic_on_oops is 0");
	case FDR_CRASH_SOFTIRQ:
		/* Runs as softirqs are let go again, not some time later in ksoftirqd. */
		local_bh_disable();
		tasklet_schedule(&c->tasklet);
		local_bh_enable();
		break;
	case FDR_CRASH_HARDIRQ:
		irq_work_queue(&c->irq_work);
		break;
	}
	if (wait_for_completion_timeout(&c->returned, FDR_CRASH_WAIT))
		return fdr_fail(inj, -EIO, "the kernel went on as if nothing had happened");
	return fdr_fail(inj, -ETIMEDOUT, "the interrupt to crash in did not come within 2 s");
}

const struct fdr_fault_ops fdr_panic_ops = {
	.prepare = fdr_panic_prepare,
	.start = fdr_crash_start,
	.release = fdr_crash_release,
};

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
