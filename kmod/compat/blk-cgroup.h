/* SPDX-License-Identifier: GPL-2.0-only */
/* The control group that a bio is charged to, as kernels differ in it. */
#ifndef FDR_COMPAT_BLK_CGROUP_H
#define FDR_COMPAT_BLK_CGROUP_H

#include <linux/bio.h>
#include <linux/blk-cgroup.h>
#include <linux/cgroup.h>

#if IS_ENABLED(CONFIG_BLK_CGROUP)
#define FDR_BLK_CGROUP	1

/* Or NULL.  Stays as long as the bio does. */
static inline struct cgroup *fdr_bio_cgroup(const struct bio *bio)
{
#ifdef FDR_HAVE_BIO_BLKCG_CSS
	struct cgroup_subsys_state *css = bio_blkcg_css((struct bio *)bio);

	return css ? css->cgroup : NULL;
#else
	return bio->bi_blkg ? bio->bi_blkg->blkcg->css.cgroup : NULL;
#endif
}

/* Is I/O charged to @cgroup itself, and not to one above it? */
static inline bool fdr_cgroup_has_io(struct cgroup *cgroup)
{
	return rcu_access_pointer(cgroup->subsys[io_cgrp_id]);
}
#else
#define FDR_BLK_CGROUP	0

static inline struct cgroup *fdr_bio_cgroup(const struct bio *bio)
{
	return NULL;
}

static inline bool fdr_cgroup_has_io(struct cgroup *cgroup)
{
	return false;
}
#endif

#endif /* FDR_COMPAT_BLK_CGROUP_H */
