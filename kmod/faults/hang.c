// SPDX-License-Identifier: GPL-2.0-only
/* Tasks that hang. */
#include <linux/completion.h>
#include <linux/slab.h>

#include "crew.h"
#include "faults.h"

struct fdr_hang {
	struct completion release;
	struct fdr_crew *crew;
};

/* wait_for_completion() sleeps in TASK_UNINTERRUPTIBLE: state D, and no signal helps. */
static void fdr_hang_work(void *arg)
{
	struct fdr_hang *h = arg;

	wait_for_completion(&h->release);
}

static void fdr_hang_release(struct fdr_injection *inj)
{
	struct fdr_hang *h = fdr_priv(inj);

	if (!h)
		return;
	complete_all(&h->release);
	fdr_crew_free(h->crew);
	fdr_set_priv(inj, NULL);
	kfree(h);
}

static int fdr_hang_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	unsigned int n = fdr_arg_u64(inj, "tasks"), i;
	struct fdr_hang *h;
	int err = -ENOMEM;

	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return -ENOMEM;
	init_completion(&h->release);
	h->crew = fdr_crew_new(n, fdr_hang_work, h);
	if (!h->crew)
		goto err_free;
	for (i = 0; i < n; i++) {
		err = fdr_crew_hire(h->crew, "fdr-hung", -1);
		if (err) {
			fdr_refuse(extack, err,
				   "tasks: only %u of %u kernel threads could be created (error %d): ask for fewer",
				   i, n, err);
			goto err_crew;
		}
	}
	fdr_set_priv(inj, h);
	return 0;

err_crew:
	fdr_crew_free(h->crew);
err_free:
	kfree(h);
	return err;
}

static int fdr_hang_start(struct fdr_injection *inj)
{
	struct fdr_hang *h = fdr_priv(inj);

	fdr_onset(inj);
	fdr_crew_go(h->crew);
	return 0;
}

static void fdr_hang_stop(struct fdr_injection *inj)
{
	struct fdr_hang *h = fdr_priv(inj);

	complete_all(&h->release);
	fdr_crew_join(h->crew);
}

const struct fdr_fault_ops fdr_hung_task_ops = {
	.prepare = fdr_hang_prepare,
	.start = fdr_hang_start,
	.stop = fdr_hang_stop,
	.release = fdr_hang_release,
};
