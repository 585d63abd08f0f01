// SPDX-License-Identifier: GPL-2.0-only
/*
 * The redirect of submit_bio_noacct().
 *
 * The callback runs on every bio of the machine while a rule is in, so it is
 * lean: one comparison sends the bios of other disks on their way.  It has no
 * recursion guard of ftrace's, hence calls nothing but inlines; and only a bio
 * that is taken is redirected (to pass the others through a function of ours
 * would loop: a tail call cannot be told from a first call).
 *
 * A bio decided on and not yet handed to its action is counted in the rule's
 * inflight and names its rule in bi_next, which is NULL otherwise until the
 * block layer has the bio.
 */
#include <linux/bio.h>
#include <linux/mutex.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/wait_bit.h>

#include "bio.h"
#include "bio-match.h"
#include "compat/block.h"
#include "compat/ftrace.h"

#define FDR_BIO_TARGET		"submit_bio_noacct"

/* Tries to read the counters while no decision is being taken. */
#define FDR_BIO_COUNT_TRIES	1000

static DEFINE_MUTEX(fdr_bio_lock);	/* of the two below, and of the registration */
static LIST_HEAD(fdr_bio_rules);
static unsigned int fdr_bio_users;

/*
 * The shortcut past all this: the only disk that the rules name, and which bits
 * of its address count: all, or none where they name several or it may change.
 */
static unsigned long fdr_bio_only, fdr_bio_only_mask;

/*
 * What a bio that is taken meets instead of submit_bio_noacct().  The rule may
 * be gone once inflight is down; this text stays until a grace period of
 * tasks has passed (fdr_bio_hook_put()).
 */
static FDR_SUBMIT_RET notrace fdr_bio_stolen(struct bio *bio)
{
	struct fdr_bio_rule *rule = (struct fdr_bio_rule *)bio->bi_next;

	bio->bi_next = NULL;
	if (!atomic_xchg(&rule->hit, 1) && rule->first)
		rule->first(rule);
	rule->action->take(rule, bio);
	if (atomic_dec_and_test(&rule->inflight))
		wake_up_var(&rule->inflight);
	return FDR_SUBMIT_NONE;
}

/* The rule that had taken this bio and passes it on now: those after it are next.  Or NULL. */
static __always_inline struct fdr_bio_rule *fdr_bio_passed_by(const struct bio *bio)
{
	const struct fdr_bio_passing *p;
	struct fdr_bio_rule *rule;

	list_for_each_entry_rcu(rule, &fdr_bio_rules, node, true) {
		p = rule->passing;
		if (p && READ_ONCE(p->task) == current && READ_ONCE(p->bio) == bio)
			return rule;
	}
	return NULL;
}

static noinline notrace void fdr_bio_decide(struct bio *bio, struct fdr_ftrace_regs *fregs)
{
	struct fdr_bio_rule *rule;

	preempt_disable_notrace();
	rule = fdr_bio_passed_by(bio);
	if (!rule)
		rule = list_entry(&fdr_bio_rules, struct fdr_bio_rule, node);
	list_for_each_entry_continue_rcu(rule, &fdr_bio_rules, node) {
		if (READ_ONCE(rule->off) || !fdr_bio_matches(rule, bio))
			continue;
		if (!fdr_bio_wanted(rule, bio, atomic64_inc_return(&rule->matched))) {
			atomic64_inc(&rule->passed);
			continue;
		}
		atomic64_inc(&rule->taken);
		atomic_inc(&rule->inflight);
		bio->bi_next = (struct bio *)rule;
		fdr_ftrace_redirect(fregs, (unsigned long)fdr_bio_stolen);
		break;
	}
	preempt_enable_notrace();
}

static void notrace fdr_bio_callback(unsigned long ip, unsigned long parent_ip,
				     struct ftrace_ops *ops, struct fdr_ftrace_regs *fregs)
{
	struct bio *bio = (struct bio *)fdr_ftrace_arg0(fregs);
	unsigned long other = (unsigned long)fdr_bio_disk(bio) ^ READ_ONCE(fdr_bio_only);

	if (likely(other & READ_ONCE(fdr_bio_only_mask)))
		return;
	fdr_bio_decide(bio, fregs);
}

static struct ftrace_ops fdr_bio_ftrace = {
	.func = fdr_bio_callback,
	.flags = FDR_FTRACE_FLAGS,
};

const char *fdr_bio_unavailable(void)
{
	if (!FDR_FTRACE_USABLE)
		return "the kernel cannot redirect functions (no CONFIG_DYNAMIC_FTRACE_WITH_REGS)";
	return NULL;
}

/* Not ftrace_free_filter(): it leaves a dangling pointer, for ops that are used once. */
static void fdr_bio_forget_filter(void)
{
	ftrace_set_filter(&fdr_bio_ftrace, NULL, 0, 1);
}

static int fdr_bio_install(void)
{
	int err;

	err = ftrace_set_filter(&fdr_bio_ftrace, FDR_BIO_TARGET, strlen(FDR_BIO_TARGET), 1);
	if (err)
		return err;
	err = register_ftrace_function(&fdr_bio_ftrace);
	if (err)
		goto err_filter;
	return 0;

err_filter:
	fdr_bio_forget_filter();
	return err;
}

static void fdr_bio_uninstall(void)
{
	int err = unregister_ftrace_function(&fdr_bio_ftrace);

	if (err) {
		/* ftrace has shut itself down after a bug; our text must stay. */
		pr_err("cannot undo the redirect of " FDR_BIO_TARGET
		       " (error %d): the module stays loaded\n", err);
		__module_get(THIS_MODULE);
		return;
	}
	/* A task may have been preempted where it was sent, on its way out. */
	synchronize_rcu_tasks();
	fdr_bio_forget_filter();
}

int fdr_bio_hook_get(void)
{
	int err = 0;

	mutex_lock(&fdr_bio_lock);
	if (!fdr_bio_users)
		err = fdr_bio_install();
	if (!err)
		fdr_bio_users++;
	mutex_unlock(&fdr_bio_lock);
	return err;
}

void fdr_bio_hook_put(void)
{
	mutex_lock(&fdr_bio_lock);
	if (!--fdr_bio_users)
		fdr_bio_uninstall();
	mutex_unlock(&fdr_bio_lock);
}

/* The only disk of all rules, or NULL.  With the lock held. */
static struct gendisk *fdr_bio_find_only(void)
{
	struct gendisk *only = NULL;
	struct fdr_bio_rule *rule;

	list_for_each_entry(rule, &fdr_bio_rules, node) {
		if (only && only != rule->filter.bdev->bd_disk)
			return NULL;
		only = rule->filter.bdev->bd_disk;
	}
	return only;
}

/*
 * Set the shortcut anew, once the list says what it will.  The callback reads
 * the disk first and the mask after it: no mask may come upon another disk that was
 * read before, so between the two every callback ends.  With the lock held; may sleep.
 */
static void fdr_bio_take_shortcut(void)
{
	struct gendisk *only = fdr_bio_find_only();

	if (!only)
		return;
	WRITE_ONCE(fdr_bio_only, (unsigned long)only);
	synchronize_rcu();
	WRITE_ONCE(fdr_bio_only_mask, ~0UL);
}

bool notrace fdr_bio_rule_where(const struct fdr_bio_rule *rule, const struct bio *bio,
				struct fdr_bio_range *ret)
{
	bool somewhere;

	preempt_disable_notrace();
	somewhere = fdr_bio_where(rule, bio, ret);
	preempt_enable_notrace();
	return somewhere;
}

void fdr_bio_rule_add(struct fdr_bio_rule *rule, void (*begins)(struct fdr_bio_rule *rule))
{
	atomic64_set(&rule->matched, 0);
	atomic64_set(&rule->taken, 0);
	atomic64_set(&rule->passed, 0);
	atomic64_set(&rule->left, rule->filter.times);
	atomic_set(&rule->inflight, 0);
	atomic_set(&rule->hit, 0);
	rule->off = false;
	rule->base = rule->filter.whole ? 0 : get_start_sect(rule->filter.bdev);

	mutex_lock(&fdr_bio_lock);
	WRITE_ONCE(fdr_bio_only_mask, 0);
	preempt_disable();
	begins(rule);
	rule->since = ktime_get_mono_fast_ns();
	list_add_tail_rcu(&rule->node, &fdr_bio_rules);
	preempt_enable();
	fdr_bio_take_shortcut();
	mutex_unlock(&fdr_bio_lock);
}

static void fdr_bio_rule_unlist(struct fdr_bio_rule *rule)
{
	mutex_lock(&fdr_bio_lock);
	WRITE_ONCE(fdr_bio_only_mask, 0);
	list_del_rcu(&rule->node);
	/* The decisions run with preemption off. */
	synchronize_rcu();
	fdr_bio_take_shortcut();
	mutex_unlock(&fdr_bio_lock);
}

void fdr_bio_rule_del(struct fdr_bio_rule *rule)
{
	/* What it passes on while it drains is not to meet the rules before it again. */
	if (!rule->passing) {
		fdr_bio_rule_unlist(rule);
		return;
	}
	WRITE_ONCE(rule->off, true);
	synchronize_rcu();
}

void fdr_bio_rule_drain(struct fdr_bio_rule *rule)
{
	wait_var_event(&rule->inflight, !atomic_read(&rule->inflight));
	if (rule->action->drain)
		rule->action->drain(rule);
	if (rule->passing)
		fdr_bio_rule_unlist(rule);
}

void fdr_bio_rule_count(const struct fdr_bio_rule *rule, struct fdr_bio_count *ret)
{
	int tries = FDR_BIO_COUNT_TRIES;

	/* Between two equal readings of matched that balance, nothing was undecided. */
	do {
		ret->matched = atomic64_read(&rule->matched);
		ret->taken = atomic64_read(&rule->taken);
		ret->passed = atomic64_read(&rule->passed);
	} while (ret->matched != ret->taken + ret->passed && --tries);
}

void fdr_bio_complete_take(struct fdr_bio_rule *rule, struct bio *bio)
{
	/* Nobody is to poll for what is over already. */
	bio->bi_opf &= ~FDR_REQ_POLLED;
	bio->bi_status = rule->status;
	bio_endio(bio);
}

const struct fdr_bio_action fdr_bio_complete = {
	.take = fdr_bio_complete_take,
};
