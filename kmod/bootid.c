// SPDX-License-Identifier: GPL-2.0-only
/*
 * This boot's identity.  The kernel keeps it where a module cannot reach it,
 * so it is read from the file that shows it.
 */
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/uuid.h>
#include "bootid.h"
#include "fault.h"

#define BOOT_ID_PATH	"/proc/sys/kernel/random/boot_id"

static DEFINE_MUTEX(lock);
static char text[FAULTDRILL_BOOT_ID_LEN + 1];
static uuid_t binary;

static int read_file(char *buf, size_t len)
{
	struct file *file = filp_open(BOOT_ID_PATH, O_RDONLY, 0);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_read(file, buf, len, &pos);
	filp_close(file, NULL);
	if (n < 0)
		return n;
	return (size_t)n == len ? 0 : -EIO;
}

int fdr_bootid_read(void)
{
	char buf[FAULTDRILL_BOOT_ID_LEN + 1] = "";
	int err = 0;

	mutex_lock(&lock);
	if (!text[0]) {
		err = read_file(buf, FAULTDRILL_BOOT_ID_LEN);
		if (!err)
			err = uuid_parse(buf, &binary);
		if (!err)
			strscpy(text, buf, sizeof(text));
	}
	mutex_unlock(&lock);
	return err;
}

const char *fdr_bootid_text(void)
{
	return text;
}

const u8 *fdr_bootid_binary(void)
{
	return binary.b;
}

int fdr_bootid_check(const char *want, struct netlink_ext_ack *extack)
{
	uuid_t uuid;
	int err;

	if (strlen(want) != FAULTDRILL_BOOT_ID_LEN || uuid_parse(want, &uuid))
		return fdr_refuse(extack, -EINVAL,
				  "boot id '%.40s' is malformed; copy it from %s of the node it is meant for",
				  want, BOOT_ID_PATH);
	err = fdr_bootid_read();
	if (err)
		return fdr_refuse(extack, err, "cannot read %s (error %d): mount /proc",
				  BOOT_ID_PATH, err);
	if (!uuid_equal(&uuid, &binary))
		return fdr_refuse(extack, -ESTALE,
				  "boot id '%s' is not this boot's (%s): the node restarted, or the request is for another one",
				  want, text);
	return 0;
}
