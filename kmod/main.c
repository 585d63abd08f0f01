// SPDX-License-Identifier: GPL-2.0-only
/* Load and unload.  What a load can fire comes last, so that nothing has to be undone after it. */
#include <linux/module.h>
#include "event.h"
#include "family.h"
#include "last-words.h"
#include "load.h"
#include "session.h"
#include "sysfs.h"

static int __init fdr_init(void)
{
	int err;

	err = fdr_events_init();
	if (err)
		return err;
	err = fdr_sysfs_init();
	if (err)
		goto err_events_exit;
	fdr_session_init();
	err = fdr_sysfs_open();
	if (err)
		goto err_session_exit;
	err = fdr_netlink_init();
	if (err)
		goto err_sysfs_close;
	fdr_session_open();
	fdr_last_words_init();
	err = fdr_load_act();
	if (err)
		goto err_session_close;
	return 0;

err_session_close:
	fdr_last_words_exit();
	fdr_session_close();
	fdr_netlink_exit();
err_sysfs_close:
	fdr_sysfs_close();
err_session_exit:
	fdr_session_exit();
	fdr_sysfs_exit();
err_events_exit:
	fdr_events_exit();
	return err;
}

static void __exit fdr_exit(void)
{
	fdr_last_words_exit();
	fdr_session_close();
	fdr_netlink_exit();
	fdr_sysfs_close();
	fdr_session_exit();
	fdr_sysfs_exit();
	fdr_events_exit();
}

module_init(fdr_init);
module_exit(fdr_exit);

MODULE_DESCRIPTION("Fault drills: break this node on demand");
MODULE_AUTHOR("The faultdrill authors");
MODULE_VERSION(FDR_VERSION);
MODULE_LICENSE("GPL");
