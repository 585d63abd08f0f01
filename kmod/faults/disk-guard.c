// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which device, and may it be broken?
 *
 * A node whose root or swap device fails may be beyond reach before anything
 * can be measured or reverted, and a lost journal device takes more than what
 * was asked for.  Such devices want "force".
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/kernfs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/path.h>
#include <linux/rcupdate.h>

#include "disk-guard.h"
#include "disk-name.h"
#include "fault.h"
#include "hold-guard.h"
#include "node-root.h"

/* How deep device-mapper and md are looked through. */
#define FDR_GUARD_DEPTH		8

/* Inodes looked at before the list's lock is dropped for a moment. */
#define FDR_GUARD_BATCH		1024

struct fdr_guard {
	dev_t target;			/* a partition, or a disk with its partitions */
	struct gendisk *disk;		/* of the target */
	bool whole;
	struct block_device *root;	/* may be NULL */
	char culprit[BDEVNAME_SIZE];
	const char *what;
};

/* The device number that is meant. */
static int fdr_disk_number(const char *name, dev_t *ret_dev, struct netlink_ext_ack *extack)
{
	unsigned int major, minor;
	char rest;
	int err;

	if (fdr_disk_name_is(name))
		return fdr_disk_name_find(name, ret_dev, extack);
	if (sscanf(name, "%u:%u%c", &major, &minor, &rest) == 2) {
		*ret_dev = MKDEV(major, minor);
		if (MAJOR(*ret_dev) != major || MINOR(*ret_dev) != minor)
			return fdr_refuse(extack, -EINVAL,
					  "device: %s is beyond what device numbers can be",
					  name);
		return 0;
	}
	err = fdr_bdev_lookup(name, ret_dev);
	if (err == -ENOTBLK)
		return fdr_refuse(extack, err, "device: %s is not a block device", name);
	if (err)
		return fdr_refuse(extack, err, "device: %s is not there (error %d): see lsblk",
				  name, err);
	return 0;
}

int fdr_disk_open(const char *name, struct fdr_bdev_handle **ret_handle,
		  struct netlink_ext_ack *extack)
{
	struct fdr_bdev_handle *handle;
	dev_t dev;
	int err;

	err = fdr_disk_number(name, &dev, extack);
	if (err)
		return err;
	handle = fdr_bdev_open(dev);
	if (IS_ERR(handle))
		return fdr_refuse(extack, PTR_ERR(handle),
				  "device: there is no device behind %s (error %ld): see lsblk",
				  name, PTR_ERR(handle));
	*ret_handle = handle;
	return 0;
}

/* The file system on it, with a reference for deactivate_super(); or NULL. */
static struct super_block *fdr_guard_super(struct block_device *bdev)
{
	struct super_block *sb;

	rcu_read_lock();
	sb = fdr_bdev_super(bdev);
	if (sb && !atomic_inc_not_zero(&sb->s_active))
		sb = NULL;
	rcu_read_unlock();
	return sb;
}

/* The device of process 1's root: what the node needs to go on. */
static struct block_device *fdr_guard_root(void)
{
	struct block_device *bdev = NULL;
	struct path root;

	fdr_node_root(&root);
	if (root.dentry) {
		/* Only compared with, never followed. */
		bdev = root.dentry->d_sb->s_bdev;
		path_put(&root);
	}
	return bdev;
}

static bool fdr_guard_has_swapfile(struct super_block *sb)
{
	struct inode *inode, *held = NULL, *last;
	unsigned int n = 0;
	bool found = false;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list) {
		found = IS_SWAPFILE(inode);
		if (found)
			break;
		if (++n % FDR_GUARD_BATCH)
			continue;
		/* A reference keeps our place in the list while others may run. */
		last = igrab(inode);
		if (!last)
			continue;
		spin_unlock(&sb->s_inode_list_lock);
		iput(held);
		held = last;
		cond_resched();
		spin_lock(&sb->s_inode_list_lock);
	}
	spin_unlock(&sb->s_inode_list_lock);
	iput(held);
	return found;
}

/* An open file of the program that asks, as of an agent its database and its journal. */
static int fdr_guard_writes_to(const void *sb, struct file *file, unsigned int fd)
{
	return file->f_mode & FMODE_WRITE && S_ISREG(file_inode(file)->i_mode) &&
	       file_inode(file)->i_sb == sb;
}

/* Is @dev, of the block class, the target or a partition of it? */
static bool fdr_guard_within(const struct fdr_guard *g, struct device *dev)
{
	return dev->devt == g->target || (g->whole && fdr_dev_disk(dev) == g->disk);
}

struct fdr_guard_below {
	const struct fdr_guard *g;
	struct device *upper;
	unsigned int depth;
};

static bool fdr_guard_below(const struct fdr_guard *g, struct device *upper, unsigned int depth);

static int fdr_guard_below_one(struct device *dev, void *arg)
{
	const struct fdr_guard_below *b = arg;
	struct kobject *slaves = fdr_dev_disk(b->upper)->slave_dir;
	struct kernfs_node *link;

	if (!slaves || !slaves->sd)
		return 0;
	link = kernfs_find_and_get(slaves->sd, kobject_name(&dev->kobj));
	if (!link)
		return 0;
	kernfs_put(link);
	return fdr_guard_below(b->g, dev, b->depth);
}

/* Does @upper rest on the target, directly or through stacked devices? */
static bool fdr_guard_below(const struct fdr_guard *g, struct device *upper, unsigned int depth)
{
	struct fdr_guard_below b = { .g = g, .upper = upper, .depth = depth + 1 };

	if (fdr_guard_within(g, upper))
		return true;
	if (depth >= FDR_GUARD_DEPTH)
		return false;
	return class_for_each_device(upper->class, NULL, &b, fdr_guard_below_one);
}

/* Held exclusively, but neither mounted nor below another device: a journal's way. */
static bool fdr_guard_looks_like_journal(struct device *dev, struct block_device *bdev)
{
	struct gendisk *disk = fdr_dev_disk(dev);
	struct kobject *holders = fdr_dev_holders(dev);

	if (!READ_ONCE(bdev->bd_holder))
		return false;
	/* A claim on a partition shows as one on its disk. */
	if (dev == disk_to_dev(disk) && fdr_disk_parts_claimed(disk))
		return false;
	return !holders || !holders->sd || RB_EMPTY_ROOT(&holders->sd->dir.children);
}

/* Why the devices of a file system must not be broken, or NULL. */
static const char *fdr_guard_carries(struct super_block *sb)
{
	const char *what = fdr_guard_super_of(sb);

	if (!what && fdr_guard_has_swapfile(sb))
		what = "carries a swap file";
	if (!what && current->files && iterate_fd(current->files, 0, fdr_guard_writes_to, sb))
		what = "carries a file that the program that asks writes to";
	return what;
}

static void fdr_guard_pool_one(struct super_block *sb, void *arg)
{
	const char **what = arg;

	if (!*what)
		*what = fdr_guard_carries(sb);
}

/*
 * A file system on several devices names none of them.  btrfs, the only one,
 * claims each in the name of a type of its own, which may be another than the
 * registered one (newer kernels: of its superblock, by which it is found as any
 * other is).  Which of several it belongs to cannot be told, so that what
 * one of them carries is said of each.
 *
 * Is @holder such a type?  *ret_what is then what forbids it, or NULL.
 */
static bool fdr_guard_is_pool(void *holder, const char **ret_what)
{
	struct file_system_type *type = get_fs_type("btrfs");
	bool found;

	if (!type)
		return false;
	found = holder == type ||
		(type->owner && within_module((unsigned long)holder, type->owner));
	*ret_what = NULL;
	if (found)
		iterate_supers_type(holder, fdr_guard_pool_one, ret_what);
	module_put(type->owner);
	return found;
}

static const char *fdr_guard_what(const struct fdr_guard *g, struct device *dev,
				  struct block_device *bdev)
{
	struct super_block *sb;
	const char *what = NULL;

	if (bdev == g->root)
		return "carries the root file system";
	if (IS_SWAPFILE(fdr_bdev_inode(bdev)))
		return "is in use as swap";
	sb = fdr_guard_super(bdev);
	if (sb) {
		what = fdr_guard_carries(sb);
		deactivate_super(sb);
		return what;
	}
	if (!fdr_guard_within(g, dev) || !fdr_guard_looks_like_journal(dev, bdev))
		return NULL;
	if (fdr_guard_is_pool(READ_ONCE(bdev->bd_holder), &what))
		return what;
	return "is held exclusively and not mounted, as a file system's journal is";
}

static int fdr_guard_one(struct device *dev, void *arg)
{
	struct block_device *bdev = fdr_bdev_get(dev);
	struct fdr_guard *g = arg;
	const char *what;

	if (!bdev)
		return 0;
	what = fdr_guard_what(g, dev, bdev);
	fdr_bdev_unget(bdev);
	if (!what || !fdr_guard_below(g, dev, 0))
		return 0;
	strscpy(g->culprit, dev_name(dev), sizeof(g->culprit));
	g->what = what;
	return -EBUSY;
}

int fdr_disk_guard(struct block_device *bdev, struct netlink_ext_ack *extack)
{
	struct fdr_guard g = {
		.target = bdev->bd_dev,
		.disk = bdev->bd_disk,
		.whole = !fdr_bdev_partno(bdev),
		.root = fdr_guard_root(),
	};
	int err;

	/* The class of all block devices, itself not exported. */
	err = class_for_each_device(disk_to_dev(bdev->bd_disk)->class, NULL, &g, fdr_guard_one);
	if (err)
		return fdr_refuse(extack, err,
				  "device: %s %s: ask with force if that is what you want",
				  g.culprit, g.what);
	return 0;
}
