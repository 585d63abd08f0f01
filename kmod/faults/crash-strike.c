// SPDX-License-Identifier: GPL-2.0-only
/*
 * Crashing in a chosen context.
 *
 * In an interrupt any crash ends the kernel.  In a task a bad access or a
 * BUG() ends it only where kernel.panic_on_oops is set; elsewhere just the
 * task dies, with whatever it holds.  Hence a thread of its own, which holds
 * nothing: the injection's thread lives on to tell, and the module can still
 * be unloaded.
 */
#include <linux/bottom_half.h>
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>

#include "../arch/arch.h"
#include "crash-others.h"
#include "crash-outcome.h"
#include "crash-strike.h"
#include "crew.h"
#include "faults.h"

/* Longest wait for an interrupt of our own. */
#define FDR_CRASH_WAIT_S	2

struct fdr_crash {
	struct fdr_injection *inj;
	const struct fdr_crash_kind *kind;
	enum fdr_crash_context context;
	struct fdr_crash_outcome outcome;
	struct fdr_crash_others others;
	bool stop_others;
	bool nmi_returned;
	bool tainted;			/* with kind->taint, before the strike */
	struct tasklet_struct tasklet;
	struct irq_work irq_work;
	struct completion returned;
	struct fdr_crew *victim;	/* NULL where nothing can survive */
	u64 data[];
};

/* Named, not inlined: they tell the context in the kernel's own call trace. */
static noinline void fdr_crash_in_task(void *arg)
{
	struct fdr_crash *c = arg;

	c->kind->strike(c->inj);
	complete(&c->returned);
}

static noinline void fdr_crash_in_softirq(struct tasklet_struct *tasklet)
{
	struct fdr_crash *c = from_tasklet(c, tasklet, tasklet);

	c->kind->strike(c->inj);
	complete(&c->returned);
}

static noinline void fdr_crash_in_hardirq(struct irq_work *work)
{
	struct fdr_crash *c = container_of(work, struct fdr_crash, irq_work);

	c->kind->strike(c->inj);
	complete(&c->returned);
}

static noinline void fdr_crash_in_nmi(void *arg)
{
	struct fdr_crash *c = arg;

	c->kind->strike(c->inj);
	/* complete() takes a lock, which is out of the question here. */
	WRITE_ONCE(c->nmi_returned, true);
}

void *fdr_crash_data(struct fdr_injection *inj)
{
	struct fdr_crash *c = fdr_priv(inj);

	return c ? c->data : NULL;
}

void fdr_crash_release(struct fdr_injection *inj)
{
	struct fdr_crash *c = fdr_priv(inj);

	if (!c)
		return;
	if (c->context == FDR_CRASH_NMI)
		fdr_arch_nmi_give_back();
	fdr_crew_free(c->victim);
	fdr_crash_outcome_give_back(&c->outcome);
	tasklet_kill(&c->tasklet);
	irq_work_sync(&c->irq_work);
	fdr_set_priv(inj, NULL);
	kfree(c);
}

/* What the parameters mean together. */
static int fdr_crash_read(struct fdr_crash *c, struct netlink_ext_ack *extack)
{
	const struct fdr_crash_kind *kind = c->kind;
	enum fdr_outcome outcome = FDR_OUTCOME_AS_SET;
	const char *why;

	if (kind->flags & FDR_CRASH_P_CONTEXT)
		c->context = fdr_arg_choice(c->inj, "context");
	if (kind->flags & FDR_CRASH_P_OTHERS)
		c->stop_others = fdr_arg_bool(c->inj, "stop-others");
	why = c->context == FDR_CRASH_NMI ? fdr_arch_nmi_unavailable() : NULL;
	if (why)
		return fdr_refuse(extack, -EOPNOTSUPP,
				  "context=nmi: %s; choose task, softirq or hardirq", why);
	if (kind->flags & FDR_CRASH_P_OUTCOME)
		outcome = fdr_arg_choice(c->inj, "outcome");
	if (outcome == FDR_OUTCOME_SURVIVE && c->context != FDR_CRASH_TASK &&
	    kind->flags & FDR_CRASH_VICTIM)
		return fdr_refuse(extack, -EINVAL,
				  "outcome=survive: in an interrupt %s always ends the node; say context=task",
				  fdr_fault_of(c->inj)->name);
	return fdr_crash_outcome_take(&c->outcome, outcome, kind->sysctl, extack);
}

static int fdr_crash_hire_victim(struct fdr_crash *c, struct netlink_ext_ack *extack)
{
	int cpu = c->kind->flags & FDR_CRASH_ONE_CPU ? raw_smp_processor_id() : -1;
	int err;

	if (!(c->kind->flags & FDR_CRASH_VICTIM) || c->context != FDR_CRASH_TASK)
		return 0;
	c->victim = fdr_crew_new(1, fdr_crash_in_task, c);
	if (!c->victim)
		return -ENOMEM;
	err = fdr_crew_hire(c->victim, "fdr-victim", cpu);
	if (!err)
		return 0;
	fdr_crew_free(c->victim);
	c->victim = NULL;
	return fdr_refuse(extack, err,
			  "the thread that is to crash could not be created (error %d)", err);
}

int fdr_crash_prepare(struct fdr_injection *inj, const struct fdr_crash_kind *kind,
		      struct netlink_ext_ack *extack)
{
	struct fdr_crash *c;
	int err;

	c = kzalloc(sizeof(*c) + kind->data, GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	c->inj = inj;
	c->kind = kind;
	init_completion(&c->returned);
	tasklet_setup(&c->tasklet, fdr_crash_in_softirq);
	c->irq_work = IRQ_WORK_INIT_HARD(fdr_crash_in_hardirq);
	err = fdr_crash_read(c, extack);
	if (err)
		goto err_free;
	err = fdr_crash_hire_victim(c, extack);
	if (err)
		goto err_outcome;
	if (c->context == FDR_CRASH_NMI) {
		err = fdr_arch_nmi_take(fdr_crash_in_nmi, c);
		if (err) {
			fdr_refuse(extack, err,
				   "context=nmi: the kernel does not take an NMI handler (error %d)",
				   err);
			goto err_victim;
		}
	}
	fdr_set_priv(inj, c);
	return 0;

err_victim:
	fdr_crew_free(c->victim);
err_outcome:
	fdr_crash_outcome_give_back(&c->outcome);
err_free:
	kfree(c);
	return err;
}

/* Did strike() come back?  Without sleeping where nothing would wake us. */
static bool fdr_crash_came_back(struct fdr_crash *c)
{
	bool *nmi = c->context == FDR_CRASH_NMI ? &c->nmi_returned : NULL;
	u64 end;

	if (!c->stop_others && !nmi)
		return wait_for_completion_timeout(&c->returned, FDR_CRASH_WAIT_S * HZ);
	end = ktime_get_mono_fast_ns() + FDR_CRASH_WAIT_S * (u64)NSEC_PER_SEC;
	do {
		if (nmi ? READ_ONCE(*nmi) : completion_done(&c->returned))
			return true;
		cpu_relax();
	} while (ktime_get_mono_fast_ns() < end);
	return false;
}

static int fdr_crash_returned(struct fdr_crash *c)
{
	const struct fdr_crash_kind *kind = c->kind;

	if (!kind->returned)
		return fdr_fail(c->inj, -EIO, "the kernel went on as if nothing had happened");
	if (!kind->taint || !test_taint(kind->taint))
		return fdr_fail(c->inj, FDR_DONE, "%s", kind->returned);
	/* One report may keep the kernel from making another: KASAN makes but one. */
	return fdr_fail(c->inj, FDR_DONE, c->tainted ?
			"the kernel goes on; see its log for whether it noticed: it was tainted before" :
			"the kernel reported it and goes on");
}

static int fdr_crash_with_victim(struct fdr_crash *c)
{
	fdr_crew_go(c->victim);
	fdr_crew_join(c->victim);
	if (completion_done(&c->returned))
		return fdr_crash_returned(c);
	/* It died, and the kernel did not. */
	return fdr_fail(c->inj, FDR_DONE,
			"only a kernel thread died, the node lives on: kernel.panic_on_oops is 0");
}

static int fdr_crash_in_context(struct fdr_crash *c)
{
	switch (c->context) {
	case FDR_CRASH_TASK:
		if (c->victim)
			return fdr_crash_with_victim(c);
		fdr_crash_in_task(c);
		break;
	case FDR_CRASH_SOFTIRQ:
		/* Runs as softirqs are let go again, not some time later in ksoftirqd. */
		local_bh_disable();
		tasklet_schedule(&c->tasklet);
		local_bh_enable();
		break;
	case FDR_CRASH_HARDIRQ:
		irq_work_queue(&c->irq_work);
		break;
	case FDR_CRASH_NMI:
		preempt_disable();
		fdr_arch_nmi_raise();
		preempt_enable();
		break;
	}
	if (fdr_crash_came_back(c))
		return fdr_crash_returned(c);
	return fdr_fail(c->inj, -ETIMEDOUT, "the interrupt to crash in did not come within %d s",
			FDR_CRASH_WAIT_S);
}

static int fdr_crash_alone(struct fdr_crash *c)
{
	int ret;

	/* A stopped CPU may hold the network's lock: the beacon leaves before. */
	fdr_onset(c->inj);
	if (!fdr_crash_others_stop(&c->others))
		return fdr_fail(c->inj, -EBUSY,
				"stop-others: a CPU did not stop within 1 s: it has its interrupts off");
	ret = fdr_crash_in_context(c);
	fdr_crash_others_let_go(&c->others);
	return ret;
}

int fdr_crash_start(struct fdr_injection *inj)
{
	struct fdr_crash *c = fdr_priv(inj);
	int ret;

	c->tainted = test_taint(c->kind->taint);
	ret = fdr_crash_outcome_set(&c->outcome);
	if (ret)
		return fdr_fail(inj, ret, "kernel.%s could not be set (error %d)", c->kind->sysctl,
				ret);
	ret = c->stop_others ? fdr_crash_alone(c) : fdr_crash_in_context(c);
	fdr_crash_outcome_restore(&c->outcome);
	return ret;
}
