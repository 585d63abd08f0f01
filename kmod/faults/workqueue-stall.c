// SPDX-License-Identifier: GPL-2.0-only
/*
 * A work queue whose items do not get their turn.
 *
 * A queue runs so many items at a time.  That number is lowered to a few, and
 * these few are ours, and wait: whatever is queued afterwards stays in the
 * queue, in its order, until the end.  To fill the queue up to its own number
 * would take some thousand worker threads, which stay for minutes afterwards.
 *
 * An item of a CPU's own is queued last, to measure how long it has to wait.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "compat/locks.h"
#include "faults.h"

/*
 * The least number of items that an unbound queue runs on each NUMA node: to
 * set fewer would lower it for good, from 6.9 on.
 */
#define FDR_UNBOUND_LEAST	8

/* In the order of the choices of parameter queue. */
enum fdr_queue_kind {
	FDR_QUEUE_SYSTEM,
	FDR_QUEUE_HIGHPRI,
	FDR_QUEUE_LONG,
	FDR_QUEUE_UNBOUND,
	FDR_QUEUE_FREEZABLE,
	FDR_QUEUE_OWN,
};

struct fdr_wq_item {
	struct work_struct work;
	struct fdr_wq *q;
};

struct fdr_wq_witness {
	struct work_struct work;
	u64 queued_ns, ran_ns;		/* ran_ns: 0 until it ran */
};

struct fdr_wq {
	struct completion release;
	struct workqueue_struct *queue, *own;
	bool per_cpu;
	int normal, lowered;		/* items at a time; 0 = leave it */
	atomic_t blocking;
	cpumask_var_t cpus;
	unsigned int n_cpus, n_items;
	struct fdr_wq_witness *witnesses;	/* one a CPU */
	struct fdr_wq_item *items;
};

/* Waits in state D, as an item does that waits for a device: the hung task detector sees it. */
static void fdr_wq_block(struct work_struct *work)
{
	struct fdr_wq *q = container_of(work, struct fdr_wq_item, work)->q;

	atomic_inc(&q->blocking);
	wait_for_completion(&q->release);
	atomic_dec(&q->blocking);
}

static void fdr_wq_witness(struct work_struct *work)
{
	struct fdr_wq_witness *w = container_of(work, struct fdr_wq_witness, work);

	WRITE_ONCE(w->ran_ns, ktime_get_mono_fast_ns());
}

static int fdr_wq_choose(struct fdr_wq *q, enum fdr_queue_kind kind)
{
	q->normal = WQ_DFL_ACTIVE;
	q->lowered = 1;
	q->per_cpu = true;
	switch (kind) {
	case FDR_QUEUE_SYSTEM:
		q->queue = fdr_system_wq;
		return 0;
	case FDR_QUEUE_HIGHPRI:
		q->queue = system_highpri_wq;
		return 0;
	case FDR_QUEUE_LONG:
		q->queue = system_long_wq;
		return 0;
	case FDR_QUEUE_FREEZABLE:
		q->queue = system_freezable_wq;
		return 0;
	case FDR_QUEUE_UNBOUND:
		q->queue = fdr_system_unbound_wq;
		q->per_cpu = false;
		q->normal = WQ_UNBOUND_MAX_ACTIVE;
		q->lowered = FDR_UNBOUND_LEAST;
		return 0;
	case FDR_QUEUE_OWN:
		q->own = alloc_ordered_workqueue("faultdrill_stall", 0);
		q->queue = q->own;
		q->per_cpu = false;
		q->normal = 0;
		q->lowered = 1;
		return q->own ? 0 : -ENOMEM;
	}
	return -EINVAL;
}

static void fdr_wq_free(struct fdr_wq *q)
{
	if (q->own)
		destroy_workqueue(q->own);
	free_cpumask_var(q->cpus);
	kvfree(q->items);
	kvfree(q->witnesses);
	kfree(q);
}

static int fdr_wq_make_items(struct fdr_wq *q)
{
	unsigned int i;

	q->n_items = q->n_cpus * q->lowered;
	q->items = kvcalloc(q->n_items, sizeof(*q->items), GFP_KERNEL);
	q->witnesses = kvcalloc(q->n_cpus, sizeof(*q->witnesses), GFP_KERNEL);
	if (!q->items || !q->witnesses)
		return -ENOMEM;
	for (i = 0; i < q->n_items; i++) {
		q->items[i].q = q;
		INIT_WORK(&q->items[i].work, fdr_wq_block);
	}
	for (i = 0; i < q->n_cpus; i++)
		INIT_WORK(&q->witnesses[i].work, fdr_wq_witness);
	return 0;
}

static int fdr_wq_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	enum fdr_queue_kind kind = fdr_arg_choice(inj, "queue");
	bool per_cpu = kind != FDR_QUEUE_UNBOUND && kind != FDR_QUEUE_OWN;
	struct fdr_wq *q;
	int err;

	if (!per_cpu && fdr_arg_given(inj, "cpus"))
		return fdr_refuse(extack, -EINVAL,
				  "cpus: items of queue=%s are bound to no CPU: leave it out",
				  fdr_arg_str(inj, "queue"));
	if (!cpumask_subset(fdr_arg_cpus(inj, "cpus"), cpu_online_mask))
		return fdr_refuse(extack, -ENODEV, "cpus: not all of them are online (online: %*pbl)",
				  cpumask_pr_args(cpu_online_mask));
	q = kzalloc(sizeof(*q), GFP_KERNEL);
	if (!q)
		return -ENOMEM;
	init_completion(&q->release);
	if (!zalloc_cpumask_var(&q->cpus, GFP_KERNEL)) {
		kfree(q);
		return -ENOMEM;
	}
	/* An unbound queue may have a share for each node, or for CPUs with one cache. */
	cpumask_copy(q->cpus, kind == FDR_QUEUE_OWN ? cpumask_of(cpumask_first(cpu_online_mask)) :
			      per_cpu ? fdr_arg_cpus(inj, "cpus") : cpu_online_mask);
	q->n_cpus = cpumask_weight(q->cpus);
	err = fdr_wq_choose(q, kind) ?: fdr_wq_make_items(q);
	if (err) {
		fdr_wq_free(q);
		return err;
	}
	fdr_set_priv(inj, q);
	return 0;
}

static void fdr_wq_queue(struct fdr_wq *q, int cpu, struct work_struct *work)
{
	if (q->own)
		queue_work(q->queue, work);
	else
		queue_work_on(cpu, q->queue, work);
}

static int fdr_wq_start(struct fdr_injection *inj)
{
	struct fdr_wq *q = fdr_priv(inj);
	unsigned int i = 0, n = 0;
	int cpu;

	fdr_onset(inj);
	if (q->normal)
		workqueue_set_max_active(q->queue, q->lowered);
	for_each_cpu(cpu, q->cpus) {
		for (; i < (n + 1) * q->lowered; i++)
			fdr_wq_queue(q, cpu, &q->items[i].work);
		n++;
	}
	n = 0;
	for_each_cpu(cpu, q->cpus) {
		q->witnesses[n].queued_ns = ktime_get_mono_fast_ns();
		fdr_wq_queue(q, cpu, &q->witnesses[n++].work);
	}
	return 0;
}

static void fdr_wq_stop(struct fdr_injection *inj)
{
	struct fdr_wq *q = fdr_priv(inj);
	unsigned int i;

	complete_all(&q->release);
	if (q->normal)
		workqueue_set_max_active(q->queue, q->normal);
	for (i = 0; i < q->n_items; i++)
		flush_work(&q->items[i].work);
	for (i = 0; i < q->n_cpus; i++)
		flush_work(&q->witnesses[i].work);
}

static void fdr_wq_release(struct fdr_injection *inj)
{
	struct fdr_wq *q = fdr_priv(inj);

	if (!q)
		return;
	fdr_set_priv(inj, NULL);
	fdr_wq_free(q);
}

static void fdr_wq_counters(struct fdr_injection *inj,
			    void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_wq *q = fdr_priv(inj);
	u64 waited_ns = 0;
	unsigned int i;

	for (i = 0; i < q->n_cpus; i++) {
		u64 ran = READ_ONCE(q->witnesses[i].ran_ns);

		if (ran)
			waited_ns = max(waited_ns, ran - q->witnesses[i].queued_ns);
	}
	emit(arg, "blocking", atomic_read(&q->blocking));
	emit(arg, "items", q->n_items);
	emit(arg, "waited_ns", waited_ns);
}

static bool fdr_wq_clashes(const struct fdr_injection *inj, const struct fdr_injection *other)
{
	return fdr_fault_of(inj) == fdr_fault_of(other) &&
	       fdr_arg_choice(inj, "queue") == fdr_arg_choice(other, "queue") &&
	       fdr_arg_choice(inj, "queue") != FDR_QUEUE_OWN;
}

const struct fdr_fault_ops fdr_workqueue_stall_ops = {
	.prepare = fdr_wq_prepare,
	.clashes = fdr_wq_clashes,
	.start = fdr_wq_start,
	.stop = fdr_wq_stop,
	.release = fdr_wq_release,
	.counters = fdr_wq_counters,
};
