// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must not be held unless it is asked for with force: what the node
 * stands on, and what the program that asks, which is the agent as a rule,
 * needs to renew a lease or to clear.
 */
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "hold-guard.h"

#define FDR_GUARD_LOG	"/var/log"

/* The root of process 1; an empty path where there is none.  For path_put(). */
static void fdr_guard_init_root(struct path *root)
{
	struct task_struct *init;

	*root = (struct path){ };
	rcu_read_lock();
	init = pid_task(find_pid_ns(1, &init_pid_ns), PIDTYPE_PID);
	if (init)
		get_task_struct(init);
	rcu_read_unlock();
	if (!init)
		return;
	task_lock(init);
	if (init->fs)
		get_fs_root(init->fs, root);
	task_unlock(init);
	put_task_struct(init);
}

/* The file that the program of this process is in, by its first instruction; or an empty path. */
static void fdr_guard_program(struct path *program)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;

	*program = (struct path){ };
	if (!mm)
		return;
	mmap_read_lock(mm);
	vma = find_vma(mm, mm->start_code);
	if (vma && vma->vm_file) {
		*program = vma->vm_file->f_path;
		path_get(program);
	}
	mmap_read_unlock(mm);
}

static void fdr_guard_cwd(struct path *cwd)
{
	*cwd = (struct path){ };
	if (current->fs)
		get_fs_pwd(current->fs, cwd);
}

static void fdr_guard_root(struct path *root)
{
	*root = (struct path){ };
	if (current->fs)
		get_fs_root(current->fs, root);
}

static void fdr_guard_log(struct path *log)
{
	if (kern_path(FDR_GUARD_LOG, LOOKUP_FOLLOW, log))
		*log = (struct path){ };
}

static const struct {
	void (*find)(struct path *ret_path);
	const char *as_super, *as_inode;
} fdr_guarded[] = {
	{ fdr_guard_init_root, "is the root file system", "is the root directory" },
	{ fdr_guard_root, "is the root file system of the program that asks",
	  "is the root directory of the program that asks" },
	{ fdr_guard_program, "holds the program that asks", "is the program that asks" },
	{ fdr_guard_cwd, "holds the working directory of the program that asks",
	  "is the working directory of the program that asks" },
	{ fdr_guard_log, "holds " FDR_GUARD_LOG ", where the log goes",
	  "is " FDR_GUARD_LOG ", where the log goes" },
};

const char *fdr_guard_super_of(const struct super_block *sb)
{
	const char *what = NULL;
	unsigned int i;

	for (i = 0; !what && i < ARRAY_SIZE(fdr_guarded); i++) {
		struct path path;

		fdr_guarded[i].find(&path);
		if (!path.dentry)
			continue;
		if (path.dentry->d_sb == sb)
			what = fdr_guarded[i].as_super;
		path_put(&path);
	}
	return what;
}

const char *fdr_guard_inode(const struct inode *inode)
{
	const char *what = NULL;
	unsigned int i;

	for (i = 0; !what && i < ARRAY_SIZE(fdr_guarded); i++) {
		struct path path;

		fdr_guarded[i].find(&path);
		if (!path.dentry)
			continue;
		if (d_inode(path.dentry) == inode)
			what = fdr_guarded[i].as_inode;
		path_put(&path);
	}
	return what;
}

const char *fdr_guard_process(const struct task_struct *task, const struct mm_struct *mm)
{
	if (is_global_init((struct task_struct *)task))
		return "is process 1";
	if (mm == current->mm)
		return "is the program that asks";
	return NULL;
}
