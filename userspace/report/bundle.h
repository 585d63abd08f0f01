/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_REPORT_BUNDLE_H
#define FDR_REPORT_BUNDLE_H

#include "base/error.h"
#include "base/sha256.h"

/*
 * A sealed bundle: one .tar.gz with all that a run came to.  Its last member,
 * MANIFEST.sha256, names every other one with its SHA-256, in the form that
 * sha256sum checks; the manifest's own SHA-256 is the seal.
 */
struct fdr_bundle_file {
	char *name;
	void *data;
	size_t size;
};

struct fdr_bundle {
	struct fdr_bundle_file *files;
	size_t n;
	char seal[FDR_SHA256_TEXT];	/* of what was written or read */
};

/* Takes @data over, also where it fails: -ENOMEM. */
int fdr_bundle_add(struct fdr_bundle *b, const char *name, void *data, size_t size);
void fdr_bundle_clear(struct fdr_bundle *b);

/* Writes @path (-EEXIST where it is there); @at_real_ns: the members' time. */
int fdr_bundle_write(const char *path, struct fdr_bundle *b, int64_t at_real_ns,
		     struct fdr_error *e);
/*
 * Reads all of it and checks every hash.  -EBADMSG: not a bundle, cut short, or
 * changed, and which member.
 */
int fdr_bundle_read(const char *path, struct fdr_bundle *ret, struct fdr_error *e);
const struct fdr_bundle_file *fdr_bundle_find(const struct fdr_bundle *b, const char *name);

/* Does the file begin as a bundle does (gzip)?  False also where it cannot be read. */
bool fdr_bundle_is(const char *path);

#endif /* FDR_REPORT_BUNDLE_H */
