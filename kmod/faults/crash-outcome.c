// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's settings that decide whether a task's crash is the node's:
 * kernel.panic_on_oops, kernel.panic_on_warn.
 *
 * No module can reach the variables; their sysctl files can be written from
 * anywhere, kernel threads included.  The file is opened in the requester's
 * context: a kernel thread may not see the /proc that the node has mounted.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/string.h>

#include "../fault.h"
#include "crash-outcome.h"

static struct file *fdr_crash_sysctl_open(const char *sysctl, int flags)
{
	char path[64];
	struct file *file;

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", sysctl);
	file = filp_open(path, flags, 0);
	if (!IS_ERR(file) && file_inode(file)->i_sb->s_magic != PROC_SUPER_MAGIC) {
		filp_close(file, NULL);
		return ERR_PTR(-ENOENT);
	}
	return file;
}

/* The text, without the newline. */
static int fdr_crash_sysctl_text(struct file *file, char *buf, size_t size)
{
	loff_t pos = 0;
	ssize_t n = kernel_read(file, buf, size - 1, &pos);

	if (n <= 0)
		return n < 0 ? n : -EIO;
	buf[n] = '\0';
	strim(buf);
	return 0;
}

int fdr_crash_sysctl_read(const char *sysctl)
{
	struct file *file = fdr_crash_sysctl_open(sysctl, O_RDONLY);
	char text[16];
	int err, value;

	if (IS_ERR(file))
		return PTR_ERR(file);
	err = fdr_crash_sysctl_text(file, text, sizeof(text));
	filp_close(file, NULL);
	if (!err)
		err = kstrtoint(text, 10, &value);
	return err ?: max(value, 0);
}

int fdr_crash_outcome_take(struct fdr_crash_outcome *o, enum fdr_outcome want,
			   const char *sysctl, struct netlink_ext_ack *extack)
{
	struct file *file;

	if (want == FDR_OUTCOME_AS_SET)
		return 0;
	file = fdr_crash_sysctl_open(sysctl, O_RDWR);
	if (IS_ERR(file))
		return fdr_refuse(extack, PTR_ERR(file),
				  "outcome: /proc/sys/kernel/%s cannot be opened (error %ld): mount /proc, or say outcome=as-set",
				  sysctl, PTR_ERR(file));
	o->want = want;
	o->file = file;
	return 0;
}

static int fdr_crash_outcome_write(struct fdr_crash_outcome *o, const char *text)
{
	size_t len = strlen(text);
	loff_t pos = 0;
	ssize_t n = kernel_write(o->file, text, len, &pos);

	if (n < 0)
		return n;
	return (size_t)n == len ? 0 : -EIO;
}

int fdr_crash_outcome_set(struct fdr_crash_outcome *o)
{
	int err;

	if (!o->file)
		return 0;
	err = fdr_crash_sysctl_text(o->file, o->was, sizeof(o->was));
	if (err)
		return err;
	return fdr_crash_outcome_write(o, o->want == FDR_OUTCOME_PANIC ? "1" : "0");
}

void fdr_crash_outcome_restore(struct fdr_crash_outcome *o)
{
	if (o->file && fdr_crash_outcome_write(o, o->was))
		pr_warn("%pD could not be set back to %s\n", o->file, o->was);
}

void fdr_crash_outcome_give_back(struct fdr_crash_outcome *o)
{
	if (o->file)
		filp_close(o->file, NULL);
	o->file = NULL;
}
