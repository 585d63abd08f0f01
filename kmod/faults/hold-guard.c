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
#include <linux/sched.h>

#include "hold-guard.h"
#include "node-root.h"

#define FDR_GUARD_LOG	"/var/log"

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
	{ fdr_node_root, "is the root file system", "is the root directory" },
	{ fdr_guard_root, "is the root file system of the program that asks",
	  "is the root directory of the program that asks" },
	{ fdr_guard_program, "holds the program that asks", "is the program that asks" },
	{ fdr_guard_cwd, "holds the working directory of the program that asks",
	  "is the working directory of the program that asks" },
	{ fdr_guard_log, "holds " FDR_GUARD_LOG ", where the log goes",
	  "is " FDR_GUARD_LOG ", where the log goes" },
};

static bool fdr_guard_same_super(const struct path *path, const void *sb)
{
	return path->dentry->d_sb == sb;
}

static bool fdr_guard_same_inode(const struct path *path, const void *inode)
{
	return d_inode(path->dentry) == inode;
}

/* The index in fdr_guarded of the first place that is the same as @object; or its size. */
static unsigned int fdr_guard_find(bool (*same)(const struct path *path, const void *object),
				   const void *object)
{
	unsigned int i;
	bool found;

	for (i = 0; i < ARRAY_SIZE(fdr_guarded); i++) {
		struct path path;

		fdr_guarded[i].find(&path);
		if (!path.dentry)
			continue;
		found = same(&path, object);
		path_put(&path);
		if (found)
			break;
	}
	return i;
}

const char *fdr_guard_super_of(const struct super_block *sb)
{
	unsigned int i = fdr_guard_find(fdr_guard_same_super, sb);

	return i < ARRAY_SIZE(fdr_guarded) ? fdr_guarded[i].as_super : NULL;
}

const char *fdr_guard_inode(const struct inode *inode)
{
	unsigned int i = fdr_guard_find(fdr_guard_same_inode, inode);

	return i < ARRAY_SIZE(fdr_guarded) ? fdr_guarded[i].as_inode : NULL;
}

const char *fdr_guard_process(const struct task_struct *task, const struct mm_struct *mm)
{
	if (is_global_init((struct task_struct *)task))
		return "is process 1";
	if (mm == current->mm)
		return "is the program that asks";
	return NULL;
}
