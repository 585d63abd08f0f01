// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "disk-owner.h"
#include "fault.h"
#include "peek.h"

#define FDR_LIVEPATCH	"/sys/kernel/livepatch"

/* What a live patch shows of a function that it replaces. */
static bool fdr_owner_patches(const char *patch)
{
	char name[160];
	struct path path;

	snprintf(name, sizeof(name), FDR_LIVEPATCH "/%s/vmlinux/submit_bio_noacct,1", patch);
	if (kern_path(name, 0, &path))
		return false;
	path_put(&path);
	return true;
}

int fdr_disk_owner_check(struct netlink_ext_ack *extack)
{
	const char *patch;
	char buf[8], *names;
	int err = 0;

	if (fdr_peek("/proc/sys/kernel/ftrace_enabled", buf, sizeof(buf)) > 0 && buf[0] == '0')
		return fdr_refuse(extack, -EBUSY,
				  "ftrace is off, by which the disk's I/O is taken: write 1 to /proc/sys/kernel/ftrace_enabled");
	/* No such directory: no live patches. */
	names = fdr_peek_names(FDR_LIVEPATCH);
	if (IS_ERR(names))
		return 0;
	for (patch = names; !err && *patch; patch += strlen(patch) + 1) {
		if (fdr_owner_patches(patch))
			err = fdr_refuse(extack, -EBUSY,
					 "the live patch %.64s has submit_bio_noacct, by which the disk's I/O is taken: disable it in " FDR_LIVEPATCH,
					 patch);
	}
	kvfree(names);
	return err;
}
