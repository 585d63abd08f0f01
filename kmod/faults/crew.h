/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A crew: kernel threads made ready in prepare() and let go together in
 * start(), so that start() creates nothing.
 *
 * They wait in TASK_IDLE: a thread fresh from kthread_create() sleeps
 * uninterruptibly, and the hung task detector would report it while its
 * injection is still waiting for its time.
 */
#ifndef FDR_CREW_H
#define FDR_CREW_H

#include <linux/types.h>
#include <linux/wait.h>

struct task_struct;

struct fdr_crew {
	void (*work)(void *arg);
	void *arg;
	wait_queue_head_t wait;
	bool go;
	unsigned int n;
	struct task_struct *tasks[];
};

/*
 * A crew for at most @max threads, each of which calls @work(@arg) once, in
 * process context, after fdr_crew_go().  NULL: no memory.  May sleep.
 */
struct fdr_crew *fdr_crew_new(unsigned int max, void (*work)(void *arg), void *arg);

/*
 * Add a thread called @name and its number, bound to @cpu unless that is
 * negative.  May sleep; 0 or negative errno.
 */
int fdr_crew_hire(struct fdr_crew *crew, const char *name, int cpu);

/* All begin.  Any context that may wake tasks. */
void fdr_crew_go(struct fdr_crew *crew);

/* Wait until all have come back, or died; those never let go are sent home.  May sleep. */
void fdr_crew_join(struct fdr_crew *crew);

/* Join, then free.  NULL is nothing.  May sleep. */
void fdr_crew_free(struct fdr_crew *crew);

#endif /* FDR_CREW_H */
