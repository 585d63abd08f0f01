// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/dir.h"
#include "peek.h"

/* Names of all block devices of a large machine. */
#define FDR_PEEK_NAMES	(256 * 1024)

struct fdr_peek_names {
	struct dir_context ctx;
	char *text;
	size_t len;
	bool full;
};

ssize_t fdr_peek(const char *path, char *buf, size_t size)
{
	struct file *file;
	loff_t pos = 0;
	ssize_t n;

	file = filp_open(path, O_RDONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_read(file, buf, size - 1, &pos);
	fput(file);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

/* With the directory locked: nothing is opened in here. */
static fdr_filldir_ret fdr_peek_name(struct dir_context *ctx, const char *name, int len,
				     loff_t pos, u64 ino, unsigned int type)
{
	struct fdr_peek_names *names = container_of(ctx, struct fdr_peek_names, ctx);

	if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
		return FDR_FILLDIR_ON;
	/* Two more: its NUL, and the empty name at the end. */
	if (names->len + len + 2 > FDR_PEEK_NAMES) {
		names->full = true;
		return FDR_FILLDIR_STOP;
	}
	memcpy(names->text + names->len, name, len);
	names->len += len + 1;
	return FDR_FILLDIR_ON;
}

char *fdr_peek_names(const char *path)
{
	struct fdr_peek_names names = { .ctx.actor = fdr_peek_name };
	struct file *file;
	int err;

	file = filp_open(path, O_RDONLY | O_DIRECTORY, 0);
	if (IS_ERR(file))
		return ERR_CAST(file);
	names.text = kvzalloc(FDR_PEEK_NAMES, GFP_KERNEL);
	err = names.text ? iterate_dir(file, &names.ctx) : -ENOMEM;
	fput(file);
	if (!err && names.full)
		err = -E2BIG;
	if (err) {
		kvfree(names.text);
		return ERR_PTR(err);
	}
	return names.text;
}
