// SPDX-License-Identifier: GPL-2.0-only
/*
 * A lock of the kernel's that is held too long: everybody who needs it waits in
 * uninterruptible sleep.
 *
 * The injection's own thread takes the lock, without queueing for it so that a
 * clear is obeyed meanwhile, and it gives it back.  A file system is frozen
 * instead: its writers wait as they do for a snapshot or a full journal.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/pid.h>
#include <linux/rtnetlink.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "compat/locks.h"
#include "crew.h"
#include "faults.h"
#include "hold-guard.h"

/* Between two attempts to get a lock that somebody has. */
#define FDR_HOLD_RETRY_NS	(200 * NSEC_PER_USEC)
/* How often to look whether somebody else has thawed the file system. */
#define FDR_HOLD_LOOK_NS	(20 * NSEC_PER_MSEC)

/* How often the witness of a freeze looks. */
#define FDR_WITNESS_US		50

/* In the order of the choices of parameter lock. */
enum fdr_hold_kind {
	FDR_HOLD_RTNL,
	FDR_HOLD_INODE,
	FDR_HOLD_MMAP,
	FDR_HOLD_FREEZE,
};

struct fdr_hold {
	enum fdr_hold_kind kind;
	struct path path;		/* INODE, FREEZE */
	struct mm_struct *mm;		/* MMAP: counted in mm_count until start() */
	struct fdr_injection *inj;
	struct fdr_crew *crew;		/* FREEZE: the witness */
	bool settled;			/* it is frozen, or will not be: nothing to witness */
	u64 asked_ns, taken_ns, given_ns;
	bool thawed_by_others;
};

static struct inode *fdr_hold_inode(const struct fdr_hold *h)
{
	return d_inode(h->path.dentry);
}

static struct super_block *fdr_hold_super(const struct fdr_hold *h)
{
	return h->path.dentry->d_sb;
}

/* Preparing: which one, and may it be held? */

static int fdr_hold_find_path(struct fdr_hold *h, struct fdr_injection *inj,
			      struct netlink_ext_ack *extack)
{
	const char *name = fdr_arg_str(inj, "path");
	int err = kern_path(name, LOOKUP_FOLLOW, &h->path);

	if (err)
		return fdr_refuse(extack, err,
				  "path: %.128s cannot be found (error %d): give a file or directory that is there",
				  name, err);
	return 0;
}

static int fdr_hold_prepare_inode(struct fdr_hold *h, struct fdr_injection *inj,
				  struct netlink_ext_ack *extack)
{
	int err = fdr_hold_find_path(h, inj, extack);
	const char *what;

	if (err)
		return err;
	what = fdr_guard_inode(fdr_hold_inode(h));
	if (!what || fdr_arg_force(inj))
		return 0;
	path_put(&h->path);
	return fdr_refuse(extack, -EBUSY, "path: %.128s %s: ask with force if that is what you want",
			  fdr_arg_str(inj, "path"), what);
}

/*
 * A freeze waits for a grace period before it stops the first writer, and for
 * the last one before it returns.  The onset lies in between: when somebody who
 * wants to write cannot any more.
 */
static void fdr_hold_witness(void *arg)
{
	struct fdr_hold *h = arg;

	while (!READ_ONCE(h->settled)) {
		if (!sb_start_write_trylock(fdr_hold_super(h))) {
			fdr_onset(h->inj);
			return;
		}
		sb_end_write(fdr_hold_super(h));
		usleep_range(FDR_WITNESS_US, 2 * FDR_WITNESS_US);
	}
}

static int fdr_hold_hire_witness(struct fdr_hold *h, struct netlink_ext_ack *extack)
{
	int err = -ENOMEM;

	h->crew = fdr_crew_new(1, fdr_hold_witness, h);
	if (h->crew)
		err = fdr_crew_hire(h->crew, "fdr-witness", -1);
	if (err) {
		fdr_crew_free(h->crew);
		return fdr_refuse(extack, err, "no kernel thread could be created (error %d)", err);
	}
	sched_set_fifo(h->crew->tasks[0]);
	return 0;
}

/* Why it cannot be frozen, or NULL. */
static const char *fdr_hold_unfreezable(const struct super_block *sb, int *ret_err)
{
	*ret_err = -EOPNOTSUPP;
	if (!sb->s_op->freeze_fs && !sb->s_op->freeze_super)
		return "is on a file system that cannot be frozen: take one on a disk, such as ext4 or xfs";
	*ret_err = -EROFS;
	if (sb_rdonly(sb))
		return "is on a file system that is mounted read-only: it has no writers to stop";
	*ret_err = -EBUSY;
	if (READ_ONCE(sb->s_writers.frozen) != SB_UNFROZEN)
		return "is on a file system that is frozen already: thaw it first (fsfreeze --unfreeze)";
	return NULL;
}

static int fdr_hold_prepare_freeze(struct fdr_hold *h, struct fdr_injection *inj,
				   struct netlink_ext_ack *extack)
{
	int err = fdr_hold_find_path(h, inj, extack);
	const char *what;

	if (err)
		return err;
	what = fdr_hold_unfreezable(fdr_hold_super(h), &err);
	if (what) {
		fdr_refuse(extack, err, "path: %.100s %s", fdr_arg_str(inj, "path"), what);
		goto err_put;
	}
	what = fdr_guard_super_of(fdr_hold_super(h));
	if (what && !fdr_arg_force(inj)) {
		err = fdr_refuse(extack, -EBUSY,
				 "path: the file system of %.100s %s: ask with force if that is what you want",
				 fdr_arg_str(inj, "path"), what);
		goto err_put;
	}
	err = fdr_hold_hire_witness(h, extack);
	if (!err)
		return 0;

err_put:
	path_put(&h->path);
	return err;
}

static int fdr_hold_prepare_mmap(struct fdr_hold *h, struct fdr_injection *inj,
				 struct netlink_ext_ack *extack)
{
	u64 nr = fdr_arg_u64(inj, "pid");
	struct pid *pid = find_get_pid((pid_t)nr);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	struct mm_struct *mm;
	const char *what;
	int err = 0;

	put_pid(pid);
	if (!task)
		return fdr_refuse(extack, -ESRCH, "pid: there is no process %llu: see ps", nr);
	mm = get_task_mm(task);
	if (!mm) {
		err = fdr_refuse(extack, -EINVAL,
				 "pid: %llu is a kernel thread or has ended: it has no memory map to lock",
				 nr);
		goto out;
	}
	what = fdr_guard_process(task, mm);
	if (what && !fdr_arg_force(inj)) {
		err = fdr_refuse(extack, -EBUSY,
				 "pid: %llu %s: ask with force if that is what you want", nr, what);
	} else {
		/* Not its memory: that goes when the process does. */
		mmgrab(mm);
		h->mm = mm;
	}
	mmput(mm);
out:
	put_task_struct(task);
	return err;
}

/* A lock has its path, its pid, or neither. */
static int fdr_hold_check_target(struct fdr_injection *inj, enum fdr_hold_kind kind,
				 struct netlink_ext_ack *extack)
{
	bool by_path = kind == FDR_HOLD_INODE || kind == FDR_HOLD_FREEZE;
	const char *lock = fdr_arg_str(inj, "lock");

	if (by_path && !fdr_arg_given(inj, "path"))
		return fdr_refuse(extack, -EINVAL,
				  "path: lock=%s needs one: give a file or directory", lock);
	if (kind == FDR_HOLD_MMAP && !fdr_arg_given(inj, "pid"))
		return fdr_refuse(extack, -EINVAL, "pid: lock=mmap needs one: give a process");
	if (!by_path && fdr_arg_given(inj, "path"))
		return fdr_refuse(extack, -EINVAL, "path: lock=%s has none: leave it out", lock);
	if (kind != FDR_HOLD_MMAP && fdr_arg_given(inj, "pid"))
		return fdr_refuse(extack, -EINVAL, "pid: lock=%s has none: leave it out", lock);
	return 0;
}

static int fdr_hold_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	static int (*const prepare[])(struct fdr_hold *h, struct fdr_injection *inj,
				      struct netlink_ext_ack *extack) = {
		[FDR_HOLD_INODE] = fdr_hold_prepare_inode,
		[FDR_HOLD_MMAP] = fdr_hold_prepare_mmap,
		[FDR_HOLD_FREEZE] = fdr_hold_prepare_freeze,
	};
	enum fdr_hold_kind kind = fdr_arg_choice(inj, "lock");
	struct fdr_hold *h;
	int err = fdr_hold_check_target(inj, kind, extack);

	if (err)
		return err;
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return -ENOMEM;
	h->kind = kind;
	h->inj = inj;
	err = kind == FDR_HOLD_RTNL ? 0 : prepare[kind](h, inj, extack);
	if (err) {
		kfree(h);
		return err;
	}
	fdr_set_priv(inj, h);
	return 0;
}

static void fdr_hold_release(struct fdr_injection *inj)
{
	struct fdr_hold *h = fdr_priv(inj);

	if (!h)
		return;
	WRITE_ONCE(h->settled, true);
	fdr_crew_free(h->crew);
	if (h->kind == FDR_HOLD_MMAP)
		mmdrop(h->mm);
	if (h->path.dentry)
		path_put(&h->path);
	fdr_set_priv(inj, NULL);
	kfree(h);
}

/* Locks */

static bool fdr_hold_try(struct fdr_hold *h)
{
	switch (h->kind) {
	case FDR_HOLD_RTNL:
		return rtnl_trylock();
	case FDR_HOLD_INODE:
		return inode_trylock(fdr_hold_inode(h));
	case FDR_HOLD_MMAP:
		/* There is no trylock on all kernels: look, and wait for who comes in between. */
		if (rwsem_is_locked(&h->mm->mmap_lock))
			return false;
		mmap_write_lock(h->mm);
		return true;
	case FDR_HOLD_FREEZE:
		break;
	}
	return false;
}

static void fdr_hold_give(struct fdr_hold *h)
{
	switch (h->kind) {
	case FDR_HOLD_RTNL:
		rtnl_unlock();
		break;
	case FDR_HOLD_INODE:
		inode_unlock(fdr_hold_inode(h));
		break;
	case FDR_HOLD_MMAP:
		mmap_write_unlock(h->mm);
		break;
	case FDR_HOLD_FREEZE:
		break;
	}
}

static int fdr_hold_lock(struct fdr_hold *h, struct fdr_injection *inj)
{
	while (!fdr_hold_try(h)) {
		if (fdr_should_stop(inj))
			return fdr_fail(inj, -EBUSY,
					"lock: somebody else had it all the time: it was never free");
		fdr_wait(inj, FDR_HOLD_RETRY_NS);
	}
	fdr_onset(inj);
	WRITE_ONCE(h->taken_ns, ktime_get_mono_fast_ns());
	fdr_wait(inj, U64_MAX);
	fdr_hold_give(h);
	return FDR_DONE;
}

/* Freezing */

static int fdr_hold_thaw(struct fdr_hold *h, struct fdr_injection *inj)
{
	int err = fdr_thaw_super(fdr_hold_super(h));

	if (err != -EINVAL)
		return err ? fdr_fail(inj, err,
				      "the file system could not be thawed (error %d): try fsfreeze --unfreeze",
				      err) : FDR_DONE;
	WRITE_ONCE(h->thawed_by_others, true);
	if (!fdr_should_stop(inj))
		fdr_fail(inj, 0, "somebody else thawed the file system before its time");
	return FDR_DONE;
}

static int fdr_hold_freeze(struct fdr_hold *h, struct fdr_injection *inj)
{
	struct super_block *sb = fdr_hold_super(h);
	int err;

	if (READ_ONCE(sb->s_writers.frozen) != SB_UNFROZEN)
		return fdr_fail(inj, -EBUSY, "path: somebody else has frozen the file system");
	fdr_crew_go(h->crew);
	err = fdr_freeze_super(sb);
	WRITE_ONCE(h->settled, true);
	fdr_crew_join(h->crew);
	if (err)
		return fdr_fail(inj, err, "path: the file system could not be frozen (error %d)",
				err);
	fdr_onset(inj);		/* unless the witness was kept from looking */
	WRITE_ONCE(h->taken_ns, ktime_get_mono_fast_ns());
	if (FDR_FREEZE_HAS_HOLDERS)
		fdr_wait(inj, U64_MAX);
	while (!fdr_should_stop(inj) && READ_ONCE(sb->s_writers.frozen) != SB_UNFROZEN)
		fdr_wait(inj, FDR_HOLD_LOOK_NS);
	return fdr_hold_thaw(h, inj);
}

static int fdr_hold_start(struct fdr_injection *inj)
{
	struct fdr_hold *h = fdr_priv(inj);
	int ret;

	h->asked_ns = ktime_get_mono_fast_ns();
	if (h->kind == FDR_HOLD_MMAP && !mmget_not_zero(h->mm))
		return fdr_fail(inj, -ESRCH, "pid: the process has ended, or runs another program by now");
	ret = h->kind == FDR_HOLD_FREEZE ? fdr_hold_freeze(h, inj) : fdr_hold_lock(h, inj);
	WRITE_ONCE(h->given_ns, ktime_get_mono_fast_ns());
	if (h->kind == FDR_HOLD_MMAP)
		mmput(h->mm);
	return ret;
}

static void fdr_hold_counters(struct fdr_injection *inj,
			      void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_hold *h = fdr_priv(inj);
	u64 taken = READ_ONCE(h->taken_ns), given = READ_ONCE(h->given_ns);

	emit(arg, "waited_ns", taken ? taken - h->asked_ns : 0);
	if (taken)
		emit(arg, "held_ns", (given ?: ktime_get_mono_fast_ns()) - taken);
	if (h->kind == FDR_HOLD_FREEZE)
		emit(arg, "thawed_by_others", READ_ONCE(h->thawed_by_others));
}

static bool fdr_hold_clashes(const struct fdr_injection *inj, const struct fdr_injection *other)
{
	const struct fdr_hold *a = fdr_priv(inj), *b = fdr_priv(other);

	if (fdr_fault_of(inj) != fdr_fault_of(other) || a->kind != b->kind)
		return false;
	switch (a->kind) {
	case FDR_HOLD_RTNL:
		return true;
	case FDR_HOLD_INODE:
		return fdr_hold_inode(a) == fdr_hold_inode(b);
	case FDR_HOLD_MMAP:
		return a->mm == b->mm;
	case FDR_HOLD_FREEZE:
		return fdr_hold_super(a) == fdr_hold_super(b);
	}
	return false;
}

const struct fdr_fault_ops fdr_lock_hold_ops = {
	.prepare = fdr_hold_prepare,
	.clashes = fdr_hold_clashes,
	.start = fdr_hold_start,
	.release = fdr_hold_release,
	.counters = fdr_hold_counters,
};
