// SPDX-License-Identifier: GPL-2.0-only
#include "conflict.h"

/* Two faults that stop the machine cannot share it; nor two that take the same thing whole. */
bool fdr_faults_exclude(const struct fdr_fault *a, const struct fdr_fault *b)
{
	const unsigned int stopping = FAULTDRILL_F_FATAL | FAULTDRILL_F_FREEZING;

	return (a->flags & stopping && b->flags & stopping) ||
	       (a->excludes && b->excludes && !strcmp(a->excludes, b->excludes));
}

/* What the faults themselves can tell, either way round. */
static bool faults_clash(const struct fdr_injection *inj, const struct fdr_injection *other)
{
	const struct fdr_fault_ops *mine = inj->fault->ops, *theirs = other->fault->ops;

	return fdr_faults_exclude(inj->fault, other->fault) ||
	       (mine->clashes && mine->clashes(inj, other)) ||
	       (theirs->clashes && theirs->clashes(other, inj));
}

/* Each part of @inj, or @inj itself where it has none, against one that is no composite. */
static bool any_clashes(const struct fdr_injection *inj, struct fdr_injection *other)
{
	unsigned int i;
	bool clash = false;

	/* Its release() may come at any time, but not while we look. */
	fdr_injection_lock(other);
	if (other->prepared && !fdr_injection_ended(other)) {
		clash = !inj->n_parts && faults_clash(inj, other);
		for (i = 0; i < inj->n_parts && !clash; i++)
			clash = inj->parts[i] != other && faults_clash(inj->parts[i], other);
	}
	mutex_unlock(&other->lock);
	return clash;
}

bool fdr_injections_clash(const struct fdr_injection *inj, struct fdr_injection *other)
{
	bool clash = false;
	unsigned int i;

	if (!READ_ONCE(other->n_parts))
		return any_clashes(inj, other);
	fdr_injection_lock(other);	/* its parts go when it is released */
	for (i = 0; i < other->n_parts && !clash; i++)
		clash = any_clashes(inj, other->parts[i]);
	mutex_unlock(&other->lock);
	return clash;
}

int fdr_refuse_conflict(const struct fdr_fault *fault, const struct fdr_injection *other,
			struct netlink_ext_ack *extack)
{
	return fdr_refuse(extack, -EBUSY,
			  "%s cannot be in effect together with injection %u (%s), which is %s: clear that first",
			  fault->name, other->id, other->fault->name,
			  other->state == FAULTDRILL_STATE_PENDING ? "pending" : "active");
}
