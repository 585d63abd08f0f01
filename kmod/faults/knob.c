// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "knob.h"

int fdr_knob_read(const char *path, int *ret)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	char buf[16] = "";
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_read(file, buf, sizeof(buf) - 1, &pos);
	filp_close(file, NULL);
	if (n < 0)
		return n;
	return kstrtoint(strim(buf), 10, ret);
}
