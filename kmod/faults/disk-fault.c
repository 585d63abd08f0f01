// SPDX-License-Identifier: GPL-2.0-only
/* Parameters to a rule of hooks/bio.h, and its life. */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat/blk-cgroup.h"
#include "disk-fault.h"
#include "disk-guard.h"
#include "disk-owner.h"
#include "disk-ranges.h"

/* The order of the words of "kind" in the catalogue's rows. */
enum { FDR_DISK_ANY, FDR_DISK_METADATA, FDR_DISK_DATA };

static void fdr_disk_fault_first(struct fdr_bio_rule *rule)
{
	fdr_first_hit(fdr_disk_fault_of(rule)->inj);
}

/* Does the fault's row have the parameter? */
static bool fdr_disk_has(const struct fdr_injection *inj, const char *name)
{
	const struct fdr_fault *fault = fdr_fault_of(inj);
	unsigned int i;

	for (i = 0; i < fault->n_params; i++) {
		if (!strcmp(fault->params[i].name, name))
			return true;
	}
	return false;
}

static u64 fdr_disk_u64(const struct fdr_injection *inj, const char *name)
{
	return fdr_disk_has(inj, name) ? fdr_arg_u64(inj, name) : 0;
}

static const char *fdr_disk_str(const struct fdr_injection *inj, const char *name)
{
	return fdr_disk_has(inj, name) ? fdr_arg_str(inj, name) : NULL;
}

/* A filter that nothing can match would make a drill of no fault at all. */
int fdr_disk_check_ops(struct block_device *bdev, unsigned int ops, struct netlink_ext_ack *extack)
{
	if (!ops)
		return fdr_refuse(extack, -EINVAL, "ops: names no operation");
	if (!bdev_nr_bytes(bdev))
		return fdr_refuse(extack, -ENOMEDIUM,
				  "device: %pg has no medium: nothing is ever read from or written to it",
				  bdev);
	if (ops == FDR_BIO_DISCARD && !bdev_max_discard_sectors(bdev))
		return fdr_refuse(extack, -EOPNOTSUPP,
				  "ops: %pg does not support discard: the filter could never match",
				  bdev);
	if (!(ops & FDR_BIO_READ) && bdev_read_only(bdev))
		return fdr_refuse(extack, -EROFS,
				  "ops: %pg is read-only: without read the filter could never match",
				  bdev);
	return 0;
}

static int fdr_disk_fill_ranges(struct fdr_disk_fault *fault, struct netlink_ext_ack *extack)
{
	struct fdr_bio_filter *f = &fault->rule.filter;
	int err;

	err = fdr_disk_ranges(fdr_disk_str(fault->inj, "sectors"),
			      fdr_disk_str(fault->inj, "bytes"),
			      bdev_nr_bytes(f->bdev) >> SECTOR_SHIFT,
			      &fault->ranges, &f->n_ranges, extack);
	f->ranges = fault->ranges;
	if (!err && f->n_ranges && f->ops == FDR_BIO_FLUSH)
		return fdr_refuse(extack, -EINVAL,
				  "ops: a flush alone is of no sectors: with sectors or bytes the filter would see only those that come with a write; name write too, or no range");
	return err;
}

static int fdr_disk_fill_pid(struct fdr_bio_filter *f, u64 nr, struct netlink_ext_ack *extack)
{
	struct task_struct *task;
	pid_t tgid = 0;

	rcu_read_lock();
	task = nr <= PID_MAX_LIMIT ? pid_task(find_pid_ns(nr, &init_pid_ns), PIDTYPE_PID) : NULL;
	if (task && !task->exit_state)
		tgid = task_tgid_nr(task);
	rcu_read_unlock();
	if (!tgid)
		return fdr_refuse(extack, -ESRCH,
				  "pid: there is no process %llu: the filter could never match", nr);
	if (tgid != nr)
		return fdr_refuse(extack, -EINVAL,
				  "pid: %llu is a thread of process %d: give the process", nr, tgid);
	f->tgid = tgid;
	return 0;
}

static int fdr_disk_fill_cgroup(struct fdr_bio_filter *f, const char *path,
				struct netlink_ext_ack *extack)
{
	struct cgroup *cgroup;
	int err = 0;

	if (!FDR_BLK_CGROUP)
		return fdr_refuse(extack, -EOPNOTSUPP,
				  "cgroup: this kernel charges I/O to no control group (no CONFIG_BLK_CGROUP)");
	cgroup = cgroup_get_from_path(path);
	if (IS_ERR(cgroup))
		return fdr_refuse(extack, PTR_ERR(cgroup),
				  "cgroup: there is no control group '%.128s' in the hierarchy of version 2 (error %ld): give its path from there, as in /proc/PID/cgroup after '0::'",
				  path, PTR_ERR(cgroup));
	f->cgroup = cgroup_id(cgroup);
	if (!fdr_cgroup_has_io(cgroup))
		err = fdr_refuse(extack, -EOPNOTSUPP,
				 "cgroup: the io controller is off in '%.128s', so its I/O is charged to one above: write +io to cgroup.subtree_control there",
				 path);
	cgroup_put(cgroup);
	return err;
}

static int fdr_disk_fill_duty(struct fdr_bio_filter *f, const struct fdr_injection *inj,
			      struct netlink_ext_ack *extack)
{
	f->on_ns = fdr_disk_u64(inj, "on");
	f->off_ns = fdr_disk_u64(inj, "off");
	if (!f->on_ns != !f->off_ns)
		return fdr_refuse(extack, -EINVAL,
				  "%s: on and off go together: so long bad, so long good, again and again",
				  f->on_ns ? "on" : "off");
	return 0;
}

static int fdr_disk_fill(struct fdr_disk_fault *fault, unsigned int ops,
			 struct netlink_ext_ack *extack)
{
	struct block_device *bdev = fdr_bdev_of(fault->handle);
	struct fdr_bio_filter *f = &fault->rule.filter;
	struct fdr_injection *inj = fault->inj;
	u64 kind = fdr_disk_u64(inj, "kind");
	const char *cgroup = fdr_disk_str(inj, "cgroup");
	int err;

	f->bdev = bdev;
	f->whole = !fdr_bdev_partno(bdev);
	f->ops = ops ?: fdr_arg_choice(inj, "ops");
	err = fdr_disk_check_ops(bdev, f->ops, extack);
	err = err ?: fdr_disk_fill_ranges(fault, extack);
	if (err)
		return err;
	f->only_metadata = kind == FDR_DISK_METADATA;
	f->only_data = kind == FDR_DISK_DATA;
	if (fdr_disk_has(inj, "pid") && fdr_arg_given(inj, "pid"))
		err = fdr_disk_fill_pid(f, fdr_arg_u64(inj, "pid"), extack);
	if (!err && cgroup)
		err = fdr_disk_fill_cgroup(f, cgroup, extack);
	err = err ?: fdr_disk_fill_duty(f, inj, extack);
	f->skip = fdr_disk_u64(inj, "skip");
	f->every = fdr_disk_u64(inj, "every");
	f->ppm = fdr_disk_has(inj, "probability") ? fdr_arg_u64(inj, "probability") : FDR_BIO_ALL;
	f->seed = fdr_disk_u64(inj, "seed");
	f->times = fdr_disk_u64(inj, "times");
	return err;
}

static void fdr_disk_fault_free(struct fdr_disk_fault *fault)
{
	if (fault->handle)
		fdr_bdev_close(fault->handle);
	kfree(fault->ranges);
	kfree(fault);
}

void *fdr_disk_fault_new(struct fdr_injection *inj, size_t size,
			 const struct fdr_bio_action *action, unsigned int ops,
			 const char *taken_as, struct netlink_ext_ack *extack)
{
	struct fdr_disk_fault *fault;
	int err;

	fault = kzalloc(size, GFP_KERNEL);
	if (!fault)
		return ERR_PTR(-ENOMEM);
	fault->inj = inj;
	fault->taken_as = taken_as;
	fault->rule.action = action;
	fault->rule.first = fdr_disk_fault_first;
	err = fdr_disk_open(fdr_arg_str(inj, "device"), &fault->handle, extack);
	err = err ?: fdr_disk_fill(fault, ops, extack);
	err = err ?: fdr_disk_owner_check(extack);
	if (!err && !fdr_arg_force(inj))
		err = fdr_disk_guard(fault->rule.filter.bdev, extack);
	if (err) {
		fdr_disk_fault_free(fault);
		return ERR_PTR(err);
	}
	fdr_set_priv(inj, fault);
	return fault;
}

static void fdr_disk_fault_begins(struct fdr_bio_rule *rule)
{
	fdr_onset(container_of(rule, struct fdr_disk_fault, rule)->inj);
}

int fdr_disk_fault_start(struct fdr_injection *inj)
{
	struct fdr_disk_fault *fault = fdr_priv(inj);
	int err;

	err = fdr_bio_hook_get();
	if (err == -EBUSY)
		return fdr_fail(inj, err,
				"submit_bio_noacct cannot be redirected: a live patch or another module does so already, or kernel.ftrace_enabled is 0");
	if (err)
		return fdr_fail(inj, err, "submit_bio_noacct cannot be redirected (error %d)", err);
	fault->hooked = true;
	/* Who waits for the onset may write at once. */
	fdr_bio_rule_add(&fault->rule, fdr_disk_fault_begins);
	return 0;
}

void fdr_disk_fault_stop(struct fdr_injection *inj)
{
	struct fdr_disk_fault *fault = fdr_priv(inj);

	fdr_bio_rule_del(&fault->rule);
	fdr_bio_rule_drain(&fault->rule);
}

void fdr_disk_fault_release(struct fdr_injection *inj)
{
	struct fdr_disk_fault *fault = fdr_priv(inj);

	/* Not in stop(): the fault is over then, and this takes a while. */
	if (fault->hooked)
		fdr_bio_hook_put();
	fdr_set_priv(inj, NULL);
	fdr_disk_fault_free(fault);
}

void fdr_disk_fault_counters(struct fdr_injection *inj,
			     void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_disk_fault *fault = fdr_priv(inj);
	struct fdr_bio_count count;

	fdr_bio_rule_count(&fault->rule, &count);
	emit(arg, "matched", count.matched);
	if (fault->taken_as)
		emit(arg, fault->taken_as, count.taken);
	emit(arg, "passed", count.passed);
}
