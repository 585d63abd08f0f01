// SPDX-License-Identifier: GPL-2.0-or-later
#include "bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define MANIFEST	"MANIFEST.sha256"
/* A run's database is what grows; more than this is no run that we wrote. */
#define MEMBER_MAX	(INT64_C(8) << 30)
#define MEMBERS_MAX	100000

int fdr_bundle_add(struct fdr_bundle *b, const char *name, void *data, size_t size)
{
	struct fdr_bundle_file *more = reallocarray(b->files, b->n + 1, sizeof(*more));
	char *copy = strdup(name);

	if (more)
		b->files = more;
	if (!more || !copy) {
		free(copy);
		free(data);
		return -ENOMEM;
	}
	b->files[b->n++] = (struct fdr_bundle_file){ copy, data, size };
	return 0;
}

void fdr_bundle_clear(struct fdr_bundle *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->files[i].name);
		free(b->files[i].data);
	}
	free(b->files);
	*b = (struct fdr_bundle){ 0 };
}

const struct fdr_bundle_file *fdr_bundle_find(const struct fdr_bundle *b, const char *name)
{
	for (size_t i = 0; i < b->n; i++)
		if (!strcmp(b->files[i].name, name))
			return &b->files[i];
	return NULL;
}

bool fdr_bundle_is(const char *path)
{
	FDR_CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char head[2];

	return fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head) && head[0] == 0x1f &&
	       head[1] == 0x8b;
}

/* What the manifest of @b's members has to say; NULL: out of memory. */
static char *manifest_of(const struct fdr_bundle *b, size_t *ret_size)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, ret_size);

	if (!f)
		return NULL;
	for (size_t i = 0; i < b->n; i++) {
		char sum[FDR_SHA256_TEXT];

		fdr_sha256_text(b->files[i].data, b->files[i].size, sum);
		fprintf(f, "%s  %s\n", sum, b->files[i].name);
	}
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

static int archive_err(struct archive *a, const char *path, struct fdr_error *e)
{
	int err = archive_errno(a);

	return fdr_err(e, err > 0 ? -err : -EIO, "%s: cannot write: %s", path,
		       archive_error_string(a));
}

static int put_member(struct archive *a, const char *path, const char *name, const void *data,
		      size_t size, int64_t at_real_ns, struct fdr_error *e)
{
	struct archive_entry *entry = archive_entry_new();
	int r = 0;

	if (!entry)
		return fdr_err(e, -ENOMEM, "out of memory");
	archive_entry_set_pathname(entry, name);
	archive_entry_set_size(entry, (la_int64_t)size);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, at_real_ns / FDR_NS_PER_S, 0);
	if (archive_write_header(a, entry) != ARCHIVE_OK ||
	    archive_write_data(a, data, size) != (la_ssize_t)size)
		r = archive_err(a, path, e);
	archive_entry_free(entry);
	return r;
}

static int put_all(struct archive *a, int fd, const char *path, struct fdr_bundle *b,
		   int64_t at_real_ns, struct fdr_error *e)
{
	FDR_CLEANUP_FREE char *manifest = NULL;
	size_t size;
	int r = 0;

	manifest = manifest_of(b, &size);
	if (!manifest)
		return fdr_err(e, -ENOMEM, "out of memory");
	/* The same contents give the same bytes: no time of packing in the gzip header. */
	if (archive_write_add_filter_gzip(a) != ARCHIVE_OK ||
	    archive_write_set_filter_option(a, "gzip", "timestamp", NULL) != ARCHIVE_OK ||
	    archive_write_set_format_pax_restricted(a) != ARCHIVE_OK ||
	    archive_write_open_fd(a, fd) != ARCHIVE_OK)
		return archive_err(a, path, e);
	for (size_t i = 0; r == 0 && i < b->n; i++)
		r = put_member(a, path, b->files[i].name, b->files[i].data, b->files[i].size,
			       at_real_ns, e);
	if (r == 0)
		r = put_member(a, path, MANIFEST, manifest, size, at_real_ns, e);
	if (r == 0 && archive_write_close(a) != ARCHIVE_OK)
		r = archive_err(a, path, e);
	if (r == 0)
		fdr_sha256_text(manifest, size, b->seal);
	return r;
}

int fdr_bundle_write(const char *path, struct fdr_bundle *b, int64_t at_real_ns,
		     struct fdr_error *e)
{
	FDR_CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	struct archive *a;
	int r;

	if (fd < 0)
		return fdr_err(e, -errno, "%s: %s%s", path, strerror(errno), errno == EEXIST ?
			       "; a bundle is never overwritten, choose another name" : "");
	a = archive_write_new();
	r = a ? put_all(a, fd, path, b, at_real_ns, e) : fdr_err(e, -ENOMEM, "out of memory");
	archive_write_free(a);
	if (r == 0 && fsync(fd) < 0)
		r = fdr_err(e, -errno, "%s: cannot write: %s", path, strerror(errno));
	if (r < 0)
		unlink(path);
	return r;
}

static int bad(const char *path, struct fdr_error *e, const char *what)
{
	return fdr_err(e, -EBADMSG, "%s: is no bundle of faultdrill's, or was cut short: %s", path,
		       what);
}

/* The bytes of the member that the archive is at, and a NUL behind them. */
static int take_member(struct archive *a, const char *path, const char *name, int64_t size,
		       struct fdr_bundle *b, struct fdr_error *e)
{
	char *data;

	if (size < 0 || size > MEMBER_MAX || b->n >= MEMBERS_MAX)
		return bad(path, e, "a member is larger than any that a run has");
	data = malloc((size_t)size + 1);
	if (!data)
		return fdr_err(e, -ENOMEM, "%s: out of memory", path);
	if (archive_read_data(a, data, (size_t)size) != size) {
		free(data);
		return bad(path, e, archive_error_string(a) ? archive_error_string(a) :
			   "a member ends too early");
	}
	data[size] = '\0';
	return fdr_bundle_add(b, name, data, (size_t)size) < 0 ?
	       fdr_err(e, -ENOMEM, "%s: out of memory", path) : 0;
}

static int take_all(struct archive *a, const char *path, struct fdr_bundle *b,
		    struct fdr_error *e)
{
	struct archive_entry *entry;
	int rc, r;

	while ((rc = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(entry);

		if (!name || archive_entry_filetype(entry) != AE_IFREG)
			return bad(path, e, "a member is no plain file");
		if (fdr_bundle_find(b, name))
			return bad(path, e, "a member is there twice");
		r = take_member(a, path, name, archive_entry_size(entry), b, e);
		if (r < 0)
			return r;
	}
	return rc == ARCHIVE_EOF ? 0 : bad(path, e, archive_error_string(a));
}

/* The manifest says of all members before it what they are; names the first that differs. */
static int check_seal(const char *path, struct fdr_bundle *b, struct fdr_error *e)
{
	FDR_CLEANUP_FREE char *wanted = NULL;
	struct fdr_bundle_file last;
	char *line, *rest;
	size_t size, i = 0;

	if (!b->n || strcmp(b->files[b->n - 1].name, MANIFEST))
		return bad(path, e, "it does not end with its manifest");
	last = b->files[--b->n];
	wanted = manifest_of(b, &size);
	fdr_sha256_text(last.data, last.size, b->seal);
	if (wanted && size == last.size && !memcmp(wanted, last.data, size)) {
		free(last.name);
		free(last.data);
		return 0;
	}
	b->n++;
	if (!wanted)
		return fdr_err(e, -ENOMEM, "out of memory");
	rest = wanted;
	for (line = strsep(&rest, "\n"); line && *line; line = strsep(&rest, "\n"), i++)
		if (!strstr(last.data, line))
			return fdr_err(e, -EBADMSG, "%s: %s is not what was sealed: the bundle was "
				       "changed", path, b->files[i].name);
	return fdr_err(e, -EBADMSG, "%s: its manifest names what is not there: the bundle was "
		       "changed", path);
}

int fdr_bundle_read(const char *path, struct fdr_bundle *ret, struct fdr_error *e)
{
	struct fdr_bundle b FDR_CLEANUP(fdr_bundle_clear) = { 0 };
	struct archive *a = archive_read_new();
	int r = 0;

	if (!a)
		return fdr_err(e, -ENOMEM, "out of memory");
	archive_read_support_filter_gzip(a);
	archive_read_support_format_tar(a);
	if (archive_read_open_filename(a, path, 65536) != ARCHIVE_OK)
		r = bad(path, e, archive_error_string(a));
	if (r == 0)
		r = take_all(a, path, &b, e);
	archive_read_free(a);
	if (r == 0)
		r = check_seal(path, &b, e);
	if (r < 0)
		return r;
	*ret = b;
	b = (struct fdr_bundle){ 0 };
	return 0;
}
