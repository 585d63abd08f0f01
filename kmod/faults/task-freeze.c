// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that stand still.  Each thread is given a piece of work that it has
 * to do before it goes on in userspace or takes a signal: to sleep, in state D,
 * until it is let go.  Nothing can catch or refuse that, and SIGKILL waits.
 *
 * A piece of work cannot be taken back.  A thread that is deep in the kernel (it
 * waits for a disk, say) meets it only when it comes out, perhaps long after the
 * injection; then it finds that it may pass.  Until then the module is in use.
 * So a stopped (SIGSTOP) or traced thread gets its work when it goes on: it is
 * not running anyway.
 *
 * When let go, epoll_wait() and receiving with a timeout return EINTR.
 */
#include <linux/delay.h>
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "faults.h"
#include "task-select.h"

#define RESCAN_NS	(20 * (u64)NSEC_PER_MSEC)
#define PASSES		100		/* at once, while there are new threads in each */
#define POOL		64		/* to have at hand for new ones */
#define LEAVE_TIMEOUT	(5 * HZ)

/* Who frees a piece of work: whoever comes second. */
enum { LENT, LEFT, ABANDONED };

struct fdr_freeze {
	refcount_t refs;		/* the injection, and each piece of work */
	bool released;
	wait_queue_head_t wait;		/* the frozen */
	wait_queue_head_t left;		/* who waits for them to go */
	atomic_t inside;		/* frozen now */
	atomic_t lent;			/* have been given work and not done with it */
	u64 stopped;			/* of the chosen, how many are stopped or traced */
	unsigned int spared;
	struct fdr_select sel;

	/* The injection's own. */
	DECLARE_HASHTABLE(given, 8);	/* by task */
	unsigned int n_given;
	struct hlist_head pool;
	unsigned int n_pool;
	bool short_of_work;
};

struct fdr_freeze_work {
	struct callback_head work;
	struct fdr_freeze *f;
	struct task_struct *task;
	struct hlist_node node;
	atomic_t state;
};

/* Pieces of work that are with some task, of all injections: their code is ours. */
static atomic_t lent = ATOMIC_INIT(0);
static bool ever_lent;

static void put(struct fdr_freeze *f)
{
	if (refcount_dec_and_test(&f->refs))
		kfree(f);
}

static void free_work(struct fdr_freeze_work *w)
{
	put_task_struct(w->task);
	put(w->f);
	kfree(w);
}

/* In the task itself, on its way to userspace or to a signal; or as it exits. */
static void sleep_here(struct callback_head *work)
{
	struct fdr_freeze_work *w = container_of(work, struct fdr_freeze_work, work);
	struct fdr_freeze *f = w->f;

	if (!(current->flags & PF_EXITING) && !READ_ONCE(f->released)) {
		atomic_inc(&f->inside);
		wait_event(f->wait, READ_ONCE(f->released));
		if (atomic_dec_and_test(&f->inside))
			wake_up(&f->left);
	}
	atomic_dec(&f->lent);
	if (atomic_xchg(&w->state, LEFT) == ABANDONED)
		free_work(w);
	module_put(THIS_MODULE);
	/* Last: the module may go as soon as it is 0 and we are out of here. */
	atomic_dec(&lent);
}

static struct fdr_freeze_work *find(const struct fdr_freeze *f, const struct task_struct *task)
{
	struct fdr_freeze_work *w;

	hash_for_each_possible(f->given, w, node, (unsigned long)task) {
		if (w->task == task)
			return w;
	}
	return NULL;
}

/* Under RCU: may not sleep, so it takes from the pool. */
static int give(struct task_struct *task, void *arg)
{
	struct fdr_freeze *f = arg;
	struct fdr_freeze_work *w;

	if (task->flags & PF_EXITING || find(f, task))
		return 0;
	if (task_is_stopped_or_traced(task)) {
		f->stopped++;
		return 0;
	}
	if (hlist_empty(&f->pool)) {
		f->short_of_work = true;
		return 1;
	}
	w = hlist_entry(f->pool.first, struct fdr_freeze_work, node);
	init_task_work(&w->work, sleep_here);
	__module_get(THIS_MODULE);
	atomic_inc(&lent);
	refcount_inc(&f->refs);
	atomic_inc(&f->lent);
	w->task = get_task_struct(task);
	if (task_work_add(task, &w->work, TWA_SIGNAL)) {	/* it is exiting */
		put_task_struct(task);
		refcount_dec(&f->refs);
		atomic_dec(&f->lent);
		atomic_dec(&lent);
		module_put(THIS_MODULE);
		return 0;
	}
	ever_lent = true;
	hlist_del(&w->node);
	hash_add(f->given, &w->node, (unsigned long)task);
	f->n_pool--;
	f->n_given++;
	return 0;
}

static int fill_pool(struct fdr_freeze *f, unsigned int n, gfp_t gfp)
{
	struct fdr_freeze_work *w;

	while (f->n_pool < n) {
		w = kzalloc(sizeof(*w), gfp);
		if (!w)
			return -ENOMEM;
		w->f = f;
		atomic_set(&w->state, LENT);
		hlist_add_head(&w->node, &f->pool);
		f->n_pool++;
	}
	return 0;
}

/* Give work to all that have none, again while new ones turn up. */
static void scan(struct fdr_freeze *f)
{
	unsigned int before, i;

	for (i = 0; i < PASSES; i++) {
		before = f->n_given;
		f->short_of_work = false;
		f->stopped = 0;
		fdr_select_each(&f->sel, true, give, f, &f->spared);
		if (f->n_given == before && !f->short_of_work)
			break;
		/* Memory may be what is short: then the rest waits for the next scan. */
		if (fill_pool(f, POOL, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN))
			break;
	}
}

/* The work that nobody has been given, then what was given, then ours of the whole. */
static void let_go(struct fdr_freeze *f)
{
	struct fdr_freeze_work *w;
	struct hlist_node *next;
	unsigned int i;

	WRITE_ONCE(f->released, true);
	hlist_for_each_entry_safe(w, next, &f->pool, node)
		kfree(w);
	hash_for_each_safe(f->given, i, next, w, node) {
		hash_del(&w->node);
		if (atomic_xchg(&w->state, ABANDONED) == LEFT)
			free_work(w);
	}
	put(f);
}

static int fdr_freeze_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_freeze *f;
	int err;

	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	refcount_set(&f->refs, 1);
	init_waitqueue_head(&f->wait);
	init_waitqueue_head(&f->left);
	hash_init(f->given);
	INIT_HLIST_HEAD(&f->pool);
	err = fdr_select_init(&f->sel, inj, FDR_SELECT_CGROUP, extack);
	if (err)
		goto err_let_go;
	err = fill_pool(f, fdr_select_count(&f->sel, true) + POOL, GFP_KERNEL);
	if (err)
		goto err_select;
	fdr_set_priv(inj, f);
	return 0;

err_select:
	fdr_select_exit(&f->sel);
err_let_go:
	let_go(f);
	return err;
}

static int fdr_freeze_start(struct fdr_injection *inj)
{
	struct fdr_freeze *f = fdr_priv(inj);

	if (!fdr_select_count(&f->sel, true))
		return fdr_fail(inj, -ESRCH, "the process ended before the start");
	fdr_onset(inj);
	while (!fdr_should_stop(inj)) {
		scan(f);
		if (atomic_read(&f->inside))
			fdr_first_hit(inj);
		fdr_wait(inj, RESCAN_NS);
	}
	return 0;
}

static void fdr_freeze_stop(struct fdr_injection *inj)
{
	struct fdr_freeze *f = fdr_priv(inj);

	WRITE_ONCE(f->released, true);
	wake_up_all(&f->wait);
	/* They go as the scheduler lets them; one that starves does not hold up the rest. */
	wait_event_timeout(f->left, !atomic_read(&f->inside), LEAVE_TIMEOUT);
}

static void fdr_freeze_release(struct fdr_injection *inj)
{
	struct fdr_freeze *f = fdr_priv(inj);

	fdr_set_priv(inj, NULL);
	fdr_select_exit(&f->sel);
	let_go(f);
}

static void fdr_freeze_counters(struct fdr_injection *inj,
				void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_freeze *f = fdr_priv(inj);
	int inside = atomic_read(&f->inside);

	emit(arg, "threads", READ_ONCE(f->n_given));
	emit(arg, "frozen", inside);
	emit(arg, "not_yet", max(atomic_read(&f->lent) - inside, 0));
	emit(arg, "stopped", READ_ONCE(f->stopped));
	emit(arg, "spared", READ_ONCE(f->spared));
}

/* Only after rmmod -f can there be any left. */
static void fdr_freeze_unload(void)
{
	if (!ever_lent)
		return;
	if (atomic_read(&lent))
		pr_notice("task-freeze: %d threads have yet to come out of the kernel: waiting for them\n",
			  atomic_read(&lent));
	while (atomic_read(&lent))
		msleep(20);
	/* The last one may be between its last instruction of ours and the kernel's. */
	synchronize_rcu_tasks();
}

const struct fdr_fault_ops fdr_task_freeze_ops = {
	.prepare = fdr_freeze_prepare,
	.start = fdr_freeze_start,
	.stop = fdr_freeze_stop,
	.release = fdr_freeze_release,
	.counters = fdr_freeze_counters,
	.unload = fdr_freeze_unload,
};
