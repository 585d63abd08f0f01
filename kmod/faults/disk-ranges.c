// SPDX-License-Identifier: GPL-2.0-only
#include <linux/blkdev.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "disk-ranges.h"
#include "fault.h"
#include "params.h"

struct fdr_ranges {
	const char *param;		/* "sectors" or "bytes" */
	bool bytes;
	sector_t capacity;
	struct fdr_bio_range *v;
	unsigned int n;
};

static int fdr_ranges_number(const struct fdr_ranges *r, const char *text, u64 *ret)
{
	return r->bytes ? fdr_parse_size(text, ret) : kstrtou64(text, 10, ret);
}

/* "A", "A-B" or "A-", in place, to first and last sector. */
static int fdr_ranges_parse(const struct fdr_ranges *r, char *word, struct fdr_bio_range *ret)
{
	char *dash = strchr(word, '-');
	u64 from, to;
	int err;

	if (dash)
		*dash++ = '\0';
	err = fdr_ranges_number(r, word, &from);
	if (err)
		return err;
	if (dash && !*dash) {
		ret->first = r->bytes ? from >> SECTOR_SHIFT : from;
		ret->last = max(ret->first, r->capacity - 1);
		return 0;
	}
	to = from;
	err = dash ? fdr_ranges_number(r, dash, &to) : 0;
	if (err)
		return err;
	if (to < from)
		return -EINVAL;
	/* An end in bytes is not part of it: 0-4K are 8 sectors, and so are 0-4095. */
	if (r->bytes && to > from)
		to--;
	ret->first = r->bytes ? from >> SECTOR_SHIFT : from;
	ret->last = r->bytes ? to >> SECTOR_SHIFT : to;
	return 0;
}

static int fdr_ranges_add(struct fdr_ranges *r, const char *word, struct netlink_ext_ack *extack)
{
	struct fdr_bio_range *range = &r->v[r->n];
	char text[48];
	int err;

	err = strscpy(text, word, sizeof(text));
	err = err < 0 ? -EINVAL : fdr_ranges_parse(r, text, range);
	if (err)
		return fdr_refuse(extack, err,
				  "%s: '%.40s' is no range: give FIRST-LAST, FIRST- (to the end) or one number, joined by commas, as in %s",
				  r->param, word, r->bytes ? "0-4K,1M-2M" : "0-7,2048-4095");
	if (range->last >= r->capacity)
		return fdr_refuse(extack, -ERANGE,
				  "%s: '%.40s' is past the end of the device, which has %llu sectors: the filter could never match",
				  r->param, word, (u64)r->capacity);
	r->n++;
	return 0;
}

static int fdr_ranges_add_all(struct fdr_ranges *r, const char *param, bool bytes, char *text,
			      struct netlink_ext_ack *extack)
{
	char *word;
	int err = 0;

	r->param = param;
	r->bytes = bytes;
	while (!err && (word = strsep(&text, ",")))
		err = fdr_ranges_add(r, word, extack);
	return err;
}

static int fdr_ranges_cmp(const void *a, const void *b)
{
	const struct fdr_bio_range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* Sorted, and one where two touch or overlap. */
static void fdr_ranges_merge(struct fdr_ranges *r)
{
	unsigned int i, n = 0;

	sort(r->v, r->n, sizeof(*r->v), fdr_ranges_cmp, NULL);
	for (i = 1; i < r->n; i++) {
		if (r->v[i].first <= r->v[n].last + 1)
			r->v[n].last = max(r->v[n].last, r->v[i].last);
		else
			r->v[++n] = r->v[i];
	}
	r->n = n + 1;
}

int fdr_disk_ranges(const char *sectors, const char *bytes, sector_t capacity,
		    struct fdr_bio_range **ret_ranges, unsigned int *ret_n,
		    struct netlink_ext_ack *extack)
{
	/* Two characters at least are one range and its comma. */
	size_t most = (sectors ? strlen(sectors) / 2 + 1 : 0) + (bytes ? strlen(bytes) / 2 + 1 : 0);
	struct fdr_ranges r = { .capacity = capacity };
	char *text;
	int err = 0;

	*ret_ranges = NULL;
	*ret_n = 0;
	if (!most)
		return 0;
	text = kmalloc(FAULTDRILL_VALUE_MAX + 1, GFP_KERNEL);
	r.v = kcalloc(most, sizeof(*r.v), GFP_KERNEL);
	if (!text || !r.v) {
		err = -ENOMEM;
		goto out;
	}
	if (sectors) {
		strscpy(text, sectors, FAULTDRILL_VALUE_MAX + 1);
		err = fdr_ranges_add_all(&r, "sectors", false, text, extack);
	}
	if (!err && bytes) {
		strscpy(text, bytes, FAULTDRILL_VALUE_MAX + 1);
		err = fdr_ranges_add_all(&r, "bytes", true, text, extack);
	}
	if (err)
		goto out;
	fdr_ranges_merge(&r);
	*ret_ranges = r.v;
	*ret_n = r.n;
	r.v = NULL;
out:
	kfree(r.v);
	kfree(text);
	return err;
}
