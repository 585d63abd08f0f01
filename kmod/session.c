// SPDX-License-Identifier: GPL-2.0-only
/*
 * The session: the list of injections, and what may be added to it.
 *
 * One mutex guards the list and the changes that requests make.  It is never
 * held while a fault runs or reverts.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/timekeeping.h>
#include "bootid.h"
#include "conflict.h"
#include "session.h"
#include "sysfs.h"

#define CLEAR_TIMEOUT	(30 * HZ)

static DEFINE_MUTEX(lock);
static LIST_HEAD(injections);	/* by id, ended ones too */
static u32 last_id;
static bool closed = true;

const struct fdr_fault *fdr_fault_find(const char *name, struct netlink_ext_ack *extack)
{
	const struct fdr_fault *fault;
	unsigned int i;

	for (i = 0; (fault = fdr_catalogue_at(i)); i++) {
		if (!strcmp(fault->name, name))
			return fault;
	}
	fdr_refuse(extack, -ENOENT,
		   "unknown fault '%.31s': list them with 'faultdrill list' or in /sys/kernel/faultdrill/faults",
		   name);
	return NULL;
}

const char *fdr_fault_unavailable(const struct fdr_fault *fault)
{
	return fault->ops->unavailable ? fault->ops->unavailable() : NULL;
}

static unsigned int count_live(void)
{
	struct fdr_injection *inj;
	unsigned int n = 0;

	lockdep_assert_held(&lock);
	list_for_each_entry(inj, &injections, node)
		n += !fdr_injection_ended(inj);
	return n;
}

static void forget(struct fdr_injection *inj)
{
	list_del_init(&inj->node);
	fdr_thread_join(inj);
	fdr_events_flush();
	fdr_sysfs_remove(inj);
	fdr_injection_put(inj);
}

/* Join the threads of those that ended or died, and forget the oldest. */
static void reap(void)
{
	struct fdr_injection *inj, *next;
	unsigned int ended = 0;

	lockdep_assert_held(&lock);
	list_for_each_entry_safe_reverse(inj, next, &injections, node) {
		if (!completion_done(&inj->ended) && !fdr_thread_died(inj))
			continue;
		fdr_thread_join(inj);
		if (++ended > FDR_MAX_ENDED)
			forget(inj);
	}
}

unsigned int fdr_session_live(void)
{
	unsigned int n;

	mutex_lock(&lock);
	reap();
	n = count_live();
	mutex_unlock(&lock);
	return n;
}

/* What the rows say, before anything is prepared. */
static int check_rows(const struct fdr_fault *fault, struct netlink_ext_ack *extack)
{
	struct fdr_injection *inj;

	list_for_each_entry(inj, &injections, node) {
		if (!fdr_injection_ended(inj) && fdr_faults_exclude(fault, inj->fault))
			return fdr_refuse_conflict(fault, inj, extack);
	}
	return 0;
}

/* What only the faults themselves can tell, and a composite's parts. */
static int check_clash(const struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_injection *other;

	list_for_each_entry(other, &injections, node) {
		if (!fdr_injection_ended(other) && fdr_injections_clash(inj, other))
			return fdr_refuse_conflict(inj->fault, other, extack);
	}
	return 0;
}

/* All that can be said before the parameters are looked at. */
static int check(const struct fdr_request *req, const struct fdr_fault *fault,
		 struct netlink_ext_ack *extack)
{
	const char *why = fdr_fault_unavailable(fault);
	int err = fdr_session_refuse_locked_down(extack);

	if (err)
		return err;
	if (req->boot_id) {
		err = fdr_bootid_check(req->boot_id, extack);
		if (err)
			return err;
	}
	if (!req->dry_run && !fdr_session_armed_ns())
		return fdr_refuse(extack, -EACCES,
				  "not armed: arm the module first ('faultdrill arm', or write a time such as 60s to /sys/kernel/faultdrill/armed)");
	if (why)
		return fdr_refuse(extack, -EOPNOTSUPP, "fault %s is not available here: %s",
				  fault->name, why);
	if (count_live() >= FDR_MAX_LIVE)
		return fdr_refuse(extack, -ENOSPC,
				  "%d injections are pending or active already: clear some first",
				  FDR_MAX_LIVE);
	err = check_rows(fault, extack);
	return err ?: fdr_check_times(req, fault, extack);
}

static void set_times(struct fdr_injection *inj, const struct fdr_request *req)
{
	s64 mono = ktime_get_ns();

	inj->start = req->start;
	inj->start_ns = req->start_ns;
	inj->start_at = req->start == FAULTDRILL_START_NOW || req->start == FAULTDRILL_START_DELAY ?
			(s64)ktime_get_boottime_ns() + req->start_ns : req->start_ns;
	inj->duration_ns = req->duration_ns;
	if (!inj->duration_ns && inj->fault->flags & FAULTDRILL_F_REVERSIBLE)
		inj->duration_ns = fdr_max_duration_ns();
	inj->lease_ns = req->lease_ns;
	if (inj->lease_ns)
		inj->lease_at = mono + (s64)inj->lease_ns;
}

/* Parse the parameters and let the fault have its say. */
static int build(const struct fdr_request *req, const struct fdr_fault *fault,
		 struct fdr_injection **ret_inj, struct netlink_ext_ack *extack)
{
	struct fdr_injection *inj;
	struct fdr_arg *args;
	int err;

	err = fdr_args_parse(fault, req->params, req->n_params, &args, extack);
	if (err)
		return err;
	inj = fdr_injection_new(fault, args);
	if (!inj) {
		fdr_args_free(fault, args);
		return -ENOMEM;
	}
	inj->cookie = req->cookie;
	inj->dry_run = req->dry_run;
	inj->force = req->force;
	set_times(inj, req);
	err = fdr_injection_prepare(inj, extack);
	if (err)
		goto err_put;
	err = check_clash(inj, extack);
	if (err)
		goto err_release;
	*ret_inj = inj;
	return 0;

err_release:
	fdr_injection_release(inj);
err_put:
	fdr_injection_put(inj);
	return err;
}

static int enlist(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	int err;

	if (!try_module_get(THIS_MODULE))
		return fdr_refuse(extack, -EBUSY, "the module is being unloaded");
	inj->id = ++last_id ?: ++last_id;
	err = fdr_thread_create(inj);
	if (err) {
		module_put(THIS_MODULE);
		return fdr_refuse(extack, err, "cannot create the injection's thread (error %d)",
				  err);
	}
	fdr_injection_get(inj);
	list_add_tail(&inj->node, &injections);
	fdr_event(FAULTDRILL_EVENT_ACCEPTED, inj, NULL, 0, NULL);
	return 0;
}

static int inject(const struct fdr_request *req, enum fdr_via via,
		  struct fdr_injection **ret_inj, struct netlink_ext_ack *extack)
{
	const struct fdr_fault *fault = fdr_fault_find(req->fault, extack);
	struct fdr_injection *inj;
	int err;

	if (!fault)
		return -ENOENT;
	if (closed)
		return fdr_refuse(extack, -EBUSY, "the module is being loaded or unloaded");
	reap();
	err = check(req, fault, extack);
	if (err)
		return err;
	err = build(req, fault, &inj, extack);
	if (err)
		return err;
	if (req->dry_run) {
		fdr_injection_release(inj);
	} else {
		err = enlist(inj, extack);
		if (err) {
			fdr_injection_release(inj);
			fdr_injection_put(inj);
			return err;
		}
	}
	fdr_audit(via, "%s %s, injection %u, cookie %#llx", req->dry_run ? "dry run of" : "inject",
		  fault->name, inj->id, inj->cookie);
	*ret_inj = inj;
	return 0;
}

int fdr_session_inject(const struct fdr_request *req, enum fdr_via via,
		       struct fdr_injection **ret_inj, struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&lock);
	err = inject(req, via, ret_inj, extack);
	mutex_unlock(&lock);
	return err;
}

void fdr_session_go(struct fdr_injection *inj)
{
	if (inj->id) {
		fdr_sysfs_add(inj);
		fdr_thread_go(inj);
	}
	fdr_injection_put(inj);
}

void fdr_session_abandon(struct fdr_injection *inj)
{
	if (inj->id)
		fdr_thread_stop(inj, FDR_STOP_CLEAR);
	fdr_injection_put(inj);
}

static struct fdr_injection *find(u32 id)
{
	struct fdr_injection *inj;

	lockdep_assert_held(&lock);
	list_for_each_entry(inj, &injections, node) {
		if (inj->id == id)
			return inj;
	}
	return NULL;
}

static int refuse_unknown(u32 id, struct netlink_ext_ack *extack)
{
	return fdr_refuse(extack, -ENOENT,
			  "no injection %u: it never was, or it ended long ago (the last %d are kept)",
			  id, FDR_MAX_ENDED);
}

struct fdr_injection *fdr_session_get(u32 id, struct netlink_ext_ack *extack)
{
	struct fdr_injection *inj;

	mutex_lock(&lock);
	inj = find(id);
	if (inj)
		fdr_injection_get(inj);
	mutex_unlock(&lock);
	if (!inj)
		refuse_unknown(id, extack);
	return inj;
}

struct fdr_injection *fdr_session_next(u32 id)
{
	struct fdr_injection *inj, *found = NULL;

	mutex_lock(&lock);
	list_for_each_entry(inj, &injections, node) {
		if (inj->id > id) {
			fdr_injection_get(inj);
			found = inj;
			break;
		}
	}
	mutex_unlock(&lock);
	return found;
}

static int push_lease(struct fdr_injection *inj, u64 lease_ns, struct netlink_ext_ack *extack)
{
	s64 now = ktime_get_ns();

	if (fdr_injection_ended(inj))
		return fdr_refuse(extack, -EALREADY, "injection %u has ended: %s", inj->id,
				  inj->reason[0] ? inj->reason : "it fired");
	if (!inj->lease_ns)
		return fdr_refuse(extack, -EINVAL, "injection %u has no lease to renew", inj->id);
	if (now >= inj->lease_at)
		return fdr_refuse(extack, -ETIME,
				  "the lease of injection %u has lapsed: it is being reverted",
				  inj->id);
	inj->lease_ns = lease_ns;
	WRITE_ONCE(inj->lease_at, now + (s64)lease_ns);
	fdr_thread_kick(inj);
	fdr_event(FAULTDRILL_EVENT_RENEWED, inj, NULL, 0, NULL);
	return 0;
}

int fdr_session_renew(u32 id, u64 lease_ns, enum fdr_via via, struct netlink_ext_ack *extack)
{
	struct fdr_injection *inj;
	int err;

	err = fdr_check_lease(lease_ns, extack);
	if (err)
		return err;
	mutex_lock(&lock);
	inj = find(id);
	err = inj ? push_lease(inj, lease_ns, extack) : refuse_unknown(id, extack);
	mutex_unlock(&lock);
	if (!err)
		fdr_audit(via, "renew injection %u for %llu ms", id,
			  div_u64(lease_ns, NSEC_PER_MSEC));
	return err;
}

/* Wait, without the lock, until those up to @last that were told to stop have stopped. */
static int wait_for_ends(u32 id, u32 last, struct netlink_ext_ack *extack)
{
	struct fdr_injection *inj;
	long left = CLEAR_TIMEOUT;
	u32 at = id ? id - 1 : 0;

	while (at < last && left > 0) {
		inj = fdr_session_next(at);
		if (!inj)
			break;
		at = inj->id;
		if (at <= last && READ_ONCE(inj->stop) != FDR_STOP_NOT)
			left = wait_for_completion_killable_timeout(&inj->ended, left);
		fdr_injection_put(inj);
	}
	if (left == 0)
		return fdr_refuse(extack, -ETIMEDOUT,
				  "injection %u has not been reverted within 30 s: see the kernel log",
				  at);
	if (left < 0)
		return fdr_refuse(extack, left, "interrupted while injection %u reverts", at);
	return 0;
}

int fdr_session_clear(u32 id, enum fdr_via via, u32 *ret_cleared,
		      struct netlink_ext_ack *extack)
{
	struct fdr_injection *inj;
	u32 cleared = 0, last = id;

	mutex_lock(&lock);
	reap();
	if (id && !find(id)) {
		mutex_unlock(&lock);
		return refuse_unknown(id, extack);
	}
	list_for_each_entry(inj, &injections, node) {
		if ((id && inj->id != id) || fdr_injection_ended(inj))
			continue;
		fdr_thread_stop(inj, FDR_STOP_CLEAR);
		last = inj->id;
		cleared++;
	}
	mutex_unlock(&lock);
	if (id)
		fdr_audit(via, "clear injection %u", id);
	else
		fdr_audit(via, "clear all: %u", cleared);
	*ret_cleared = cleared;
	return cleared ? wait_for_ends(id, last, extack) : 0;
}

void fdr_session_cancel_pending(void)
{
	struct fdr_injection *inj;

	mutex_lock(&lock);
	list_for_each_entry(inj, &injections, node) {
		if (READ_ONCE(inj->state) == FAULTDRILL_STATE_PENDING)
			fdr_thread_stop(inj, FDR_STOP_DISARM);
	}
	mutex_unlock(&lock);
}

void fdr_session_init(void)
{
	if (fdr_bootid_read())
		pr_warn("the boot id cannot be read yet: mount /proc before faults are injected\n");
	fdr_arm_init();
}

void fdr_session_open(void)
{
	mutex_lock(&lock);
	closed = false;
	mutex_unlock(&lock);
}

void fdr_session_close(void)
{
	struct fdr_injection *inj;

	mutex_lock(&lock);
	closed = true;
	list_for_each_entry(inj, &injections, node) {
		if (!fdr_injection_ended(inj))
			fdr_thread_stop(inj, FDR_STOP_UNLOAD);
	}
	list_for_each_entry(inj, &injections, node)
		fdr_thread_join(inj);
	mutex_unlock(&lock);
	fdr_arm_exit();
	fdr_events_flush();
}

void fdr_session_exit(void)
{
	struct fdr_injection *inj, *next;
	const struct fdr_fault *fault;
	unsigned int i;

	fdr_arm_exit();
	mutex_lock(&lock);
	list_for_each_entry_safe(inj, next, &injections, node)
		forget(inj);
	mutex_unlock(&lock);
	for (i = 0; (fault = fdr_catalogue_at(i)); i++) {
		if (fault->ops->unload)
			fault->ops->unload();
	}
}
