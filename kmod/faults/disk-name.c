// SPDX-License-Identifier: GPL-2.0-only
/*
 * wwn:X and serial:X, as lsblk shows them, against what drivers put into sysfs:
 *
 *	wwn	wwid (NVMe), device/wwid (SCSI)
 *	serial	serial (virtio), device/serial (NVMe, MMC), device/vpd_pg80 (SCSI)
 *
 * The kind of a name ("naa.", "eui.", "0x") may be there or not.
 */
#include <linux/err.h>
#include <linux/kdev_t.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "disk-name.h"
#include "fault.h"
#include "peek.h"

#define FDR_SYS_BLOCK	"/sys/class/block"
#define FDR_WWN		"wwn:"
#define FDR_SERIAL	"serial:"
#define FDR_PART	"-part"

/* A page of vital product data begins with its length. */
#define FDR_VPD_HEADER	4

struct fdr_disk_name {
	const char *given;		/* as the user wrote it */
	char id[FAULTDRILL_VALUE_MAX + 1];
	bool wwn;
	unsigned int partno;		/* 0 = the whole disk */
	char found[64];			/* in /sys/class/block */
};

static const char * const fdr_wwn_attrs[] = { "wwid", "device/wwid", NULL };
static const char * const fdr_serial_attrs[] = {
	"serial", "device/serial", "device/vpd_pg80", NULL
};

bool fdr_disk_name_is(const char *name)
{
	return !strncmp(name, FDR_WWN, strlen(FDR_WWN)) ||
	       !strncmp(name, FDR_SERIAL, strlen(FDR_SERIAL));
}

static ssize_t fdr_block_attr(const char *dev, const char *attr, char *buf, size_t size)
{
	char path[160];

	snprintf(path, sizeof(path), FDR_SYS_BLOCK "/%s/%s", dev, attr);
	return fdr_peek(path, buf, size);
}

static const char *fdr_plain_wwn(const char *wwn)
{
	static const char * const kinds[] = { "0x", "naa.", "eui.", "uuid.", "t10.", "nvme." };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strncasecmp(wwn, kinds[i], strlen(kinds[i])))
			return wwn + strlen(kinds[i]);
	}
	return wwn;
}

static bool fdr_disk_has_id(const struct fdr_disk_name *n, const char *dev)
{
	const char * const *attr = n->wwn ? fdr_wwn_attrs : fdr_serial_attrs;
	char buf[256];
	ssize_t len;
	char *id;

	for (; *attr; attr++) {
		len = fdr_block_attr(dev, *attr, buf, sizeof(buf));
		if (len <= 0)
			continue;
		id = buf;
		if (strstr(*attr, "vpd"))
			id = len > FDR_VPD_HEADER ? buf + FDR_VPD_HEADER : buf + len;
		id = strim(id);
		if (n->wwn ? !strcasecmp(fdr_plain_wwn(id), fdr_plain_wwn(n->id)) :
			     !strcmp(id, n->id))
			return true;
	}
	return false;
}

static bool fdr_block_number(const char *dev, const char *attr, unsigned int *ret)
{
	char buf[32];

	return fdr_block_attr(dev, attr, buf, sizeof(buf)) > 0 && !kstrtouint(strim(buf), 10, ret);
}

/* "wwn:X-part2": a partition has its disk's identity, and a number. */
static int fdr_disk_name_split(struct fdr_disk_name *n, const char *name,
			       struct netlink_ext_ack *extack)
{
	char *part;

	n->given = name;
	n->wwn = !strncmp(name, FDR_WWN, strlen(FDR_WWN));
	strscpy(n->id, strchr(name, ':') + 1, sizeof(n->id));
	part = strstr(n->id, FDR_PART);
	if (part && !kstrtouint(part + strlen(FDR_PART), 10, &n->partno) && n->partno)
		*part = '\0';
	else
		n->partno = 0;
	strim(n->id);
	if (!*fdr_plain_wwn(n->id))
		return fdr_refuse(extack, -EINVAL,
				  "device: '%.64s' names nothing: give it as 'lsblk -o NAME,WWN,SERIAL' shows it",
				  name);
	return 0;
}

/* Of all disks, the one; partitions show their disk's attributes in no such way. */
static int fdr_disk_name_search(struct fdr_disk_name *n, const char *names,
				struct netlink_ext_ack *extack)
{
	unsigned int partno;
	const char *dev;

	for (dev = names; *dev; dev += strlen(dev) + 1) {
		if (fdr_block_number(dev, "partition", &partno) || !fdr_disk_has_id(n, dev))
			continue;
		if (n->found[0])
			return fdr_refuse(extack, -ENOTUNIQ,
					  "device: %.64s is %s and %s: name the path to one of them below /dev",
					  n->given, n->found, dev);
		strscpy(n->found, dev, sizeof(n->found));
	}
	if (!n->found[0])
		return fdr_refuse(extack, -ENODEV,
				  "device: no disk says that it is %.64s: see lsblk -o NAME,WWN,SERIAL",
				  n->given);
	return 0;
}

static int fdr_disk_name_part(struct fdr_disk_name *n, const char *names,
			      struct netlink_ext_ack *extack)
{
	size_t len = strlen(n->found);
	unsigned int partno;
	const char *dev;

	/* sda1, nvme0n1p1 */
	for (dev = names; *dev; dev += strlen(dev) + 1) {
		if (strncmp(dev, n->found, len) || !fdr_block_number(dev, "partition", &partno) ||
		    partno != n->partno)
			continue;
		if (!kstrtouint(dev + len + (dev[len] == 'p'), 10, &partno)) {
			strscpy(n->found, dev, sizeof(n->found));
			return 0;
		}
	}
	return fdr_refuse(extack, -ENODEV, "device: %s, which is %.64s, has no partition %u",
			  n->found, n->given, n->partno);
}

int fdr_disk_name_find(const char *name, dev_t *ret_dev, struct netlink_ext_ack *extack)
{
	unsigned int major, minor;
	struct fdr_disk_name *n;
	char buf[32], *names;
	int err;

	names = fdr_peek_names(FDR_SYS_BLOCK);
	if (IS_ERR(names))
		return fdr_refuse(extack, PTR_ERR(names),
				  "device: " FDR_SYS_BLOCK " cannot be read (error %ld): name a path",
				  PTR_ERR(names));
	n = kzalloc(sizeof(*n), GFP_KERNEL);
	err = n ? fdr_disk_name_split(n, name, extack) : -ENOMEM;
	err = err ?: fdr_disk_name_search(n, names, extack);
	if (!err && n->partno)
		err = fdr_disk_name_part(n, names, extack);
	if (!err) {
		if (fdr_block_attr(n->found, "dev", buf, sizeof(buf)) > 0 &&
		    sscanf(buf, "%u:%u", &major, &minor) == 2)
			*ret_dev = MKDEV(major, minor);
		else
			err = fdr_refuse(extack, -ENODEV, "device: %s is gone", n->found);
	}
	kfree(n);
	kvfree(names);
	return err;
}
