/* SPDX-License-Identifier: GPL-2.0-only */
/* /sys/kernel/faultdrill: see Documentation/ABI/testing/sysfs-kernel-faultdrill. */
#ifndef FDR_SYSFS_H
#define FDR_SYSFS_H

#include <linux/kobject.h>

struct fdr_injection;

/* Frees an injection when its last reference goes. */
extern struct kobj_type fdr_injection_ktype;

/* Show an injection below injections/; without it where memory is short. */
void fdr_sysfs_add(struct fdr_injection *inj);
void fdr_sysfs_remove(struct fdr_injection *inj);

/* The directories, which injections need; gone again once every one is forgotten. */
int fdr_sysfs_init(void);
void fdr_sysfs_exit(void);
/* The control files: requests can come from here on; after close, none runs any more. */
int fdr_sysfs_open(void);
void fdr_sysfs_close(void);

#endif /* FDR_SYSFS_H */
