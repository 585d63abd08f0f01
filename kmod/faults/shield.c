// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that the OOM killer is to leave alone for a while.
 *
 * The kernel asks oom_score_adj alone, and /proc/PID/oom_score_adj cannot be
 * written from here, so the field itself is set.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/oom.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "../fault.h"
#include "shield.h"

/* After 10, 30, 70, 150 and 310 ms. */
#define FDR_SHIELD_LOOKS	5
#define FDR_SHIELD_LOOK_MS	10

/* The length of the word at *@list, which is moved to it; 0 at the end. */
static size_t fdr_next_word(const char **list)
{
	*list += strspn(*list, ",");
	return strcspn(*list, ",");
}

static bool fdr_is_number(const char *word, size_t len)
{
	return strspn(word, "0123456789") >= len;
}

static bool fdr_names(const char *word, size_t len, const struct task_struct *p)
{
	char text[12];

	if (!fdr_is_number(word, len)) {
		len = min_t(size_t, len, TASK_COMM_LEN - 1);
		return !strncmp(p->comm, word, len) && !p->comm[len];
	}
	snprintf(text, sizeof(text), "%d", p->tgid);
	return strlen(text) == len && !memcmp(text, word, len);
}

static bool fdr_listed(const char *list, const struct task_struct *p)
{
	size_t len;

	for (; (len = fdr_next_word(&list)); list += len) {
		if (fdr_names(list, len, p))
			return true;
	}
	return false;
}

static bool fdr_there(const char *word, size_t len)
{
	struct task_struct *p;
	bool found = false;

	rcu_read_lock();
	for_each_process(p) {
		found = fdr_names(word, len, p);
		if (found)
			break;
	}
	rcu_read_unlock();
	return found;
}

int fdr_shield_check(const char *list, struct netlink_ext_ack *extack)
{
	size_t len;

	for (list = list ?: ""; (len = fdr_next_word(&list)); list += len) {
		if (fdr_is_number(list, len) && !fdr_there(list, len))
			return fdr_refuse(extack, -ESRCH,
					  "protect: no process %.*s: give ids of processes that run, or names",
					  (int)len, list);
	}
	return 0;
}

int fdr_shield_raise(struct fdr_shield *shield, const char *list)
{
	struct task_struct *p;
	int err = 0;

	shield->since = ktime_get_ns();
	rcu_read_lock();
	for_each_process(p) {
		short adj = READ_ONCE(p->signal->oom_score_adj);

		if (adj == OOM_SCORE_ADJ_MIN || p->flags & PF_KTHREAD || !fdr_listed(list ?: "", p))
			continue;
		if (shield->n == FDR_SHIELD_MAX) {
			err = -E2BIG;
			break;
		}
		get_task_struct(p);
		shield->held[shield->n].task = p;
		shield->held[shield->n++].before = adj;
		WRITE_ONCE(p->signal->oom_score_adj, OOM_SCORE_ADJ_MIN);
	}
	rcu_read_unlock();
	return err;
}

static void fdr_restore(struct task_struct *p, short adj)
{
	if (READ_ONCE(p->signal->oom_score_adj) == OOM_SCORE_ADJ_MIN)
		WRITE_ONCE(p->signal->oom_score_adj, adj);
}

/* The protected one that @p descends from, or NULL. */
static const typeof(((struct fdr_shield *)0)->held[0]) *
fdr_protector(const struct fdr_shield *shield, struct task_struct *p)
{
	unsigned int i;

	for (; p->tgid > 1; p = rcu_dereference(p->real_parent)->group_leader) {
		for (i = 0; i < shield->n; i++) {
			if (shield->held[i].task == p)
				return &shield->held[i];
		}
	}
	return NULL;
}

static void fdr_disinherit(const struct fdr_shield *shield)
{
	const typeof(shield->held[0]) *from;
	struct task_struct *p;

	rcu_read_lock();
	for_each_process(p) {
		if (p->start_time < shield->since ||
		    READ_ONCE(p->signal->oom_score_adj) != OOM_SCORE_ADJ_MIN)
			continue;
		from = fdr_protector(shield, p);
		if (from)
			fdr_restore(p, from->before);
	}
	rcu_read_unlock();
}

void fdr_shield_lower(struct fdr_shield *shield)
{
	unsigned int i;

	for (i = 0; i < shield->n; i++)
		fdr_restore(shield->held[i].task, shield->held[i].before);
	/*
	 * A fork that had copied the setting before may not show its child yet: it may have
	 * been waiting for memory.  Nothing tells of it, so look again for a while.
	 */
	fdr_disinherit(shield);
	for (i = 0; shield->n && i < FDR_SHIELD_LOOKS; i++) {
		msleep(FDR_SHIELD_LOOK_MS << i);
		fdr_disinherit(shield);
	}
	while (shield->n)
		put_task_struct(shield->held[--shield->n].task);
}

bool fdr_shield_any_prey(void)
{
	struct task_struct *p;
	bool found = false;

	rcu_read_lock();
	for_each_process(p) {
		found = p->tgid > 1 && !(p->flags & PF_KTHREAD) && READ_ONCE(p->mm) &&
			READ_ONCE(p->signal->oom_score_adj) != OOM_SCORE_ADJ_MIN;
		if (found)
			break;
	}
	rcu_read_unlock();
	return found;
}
