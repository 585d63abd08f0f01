// SPDX-License-Identifier: GPL-2.0-or-later
#include "open-run.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "report/bundle.h"

int fdr_read_file(const char *path, char **ret, size_t *ret_size, struct fdr_error *e)
{
	FILE *f FDR_CLEANUP_FCLOSE = fopen(path, "re");
	char *data FDR_CLEANUP_FREE = NULL;
	struct stat st;

	if (!f || fstat(fileno(f), &st) < 0)
		return fdr_err(e, -errno, "%s: %s", path, strerror(errno));
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return fdr_err(e, -ENOMEM, "%s: out of memory", path);
	*ret_size = fread(data, 1, (size_t)st.st_size, f);
	if (*ret_size != (size_t)st.st_size)
		return fdr_err(e, -EIO, "%s: cannot read all of it", path);
	data[*ret_size] = '\0';
	*ret = FDR_TAKE_PTR(data);
	return 0;
}

static int write_file(const char *path, const struct fdr_bundle_file *file, struct fdr_error *e)
{
	FILE *f = fopen(path, "wex");
	bool ok;

	if (!f)
		return fdr_err(e, -errno, "%s: %s", path, strerror(errno));
	ok = fwrite(file->data, 1, file->size, f) == file->size;
	if (fclose(f) || !ok)
		return fdr_err(e, -EIO, "%s: cannot write: %s", path, strerror(errno));
	return 0;
}

static int open_bundle(const char *path, struct fdr_open_run *run, struct fdr_error *e)
{
	struct fdr_bundle b FDR_CLEANUP(fdr_bundle_clear) = { 0 };
	const struct fdr_bundle_file *db;
	char db_path[sizeof(run->dir) + 8];
	int r;

	r = fdr_bundle_read(path, &b, e);
	if (r < 0)
		return r;
	db = fdr_bundle_find(&b, "run.db");
	if (!db)
		return fdr_err(e, -EBADMSG, "%s: holds no run.db", path);
	strcpy(run->dir, "/tmp/faultdrill-bundle-XXXXXX");
	if (!mkdtemp(run->dir)) {
		*run->dir = '\0';
		return fdr_err(e, -errno, "/tmp: %s", strerror(errno));
	}
	memcpy(run->seal, b.seal, sizeof(run->seal));
	snprintf(db_path, sizeof(db_path), "%s/run.db", run->dir);
	r = write_file(db_path, db, e);
	return r < 0 ? r : fdr_store_open(db_path, &run->store, e);
}

int fdr_open_run(const char *operand, struct fdr_open_run *ret, struct fdr_error *e)
{
	char *path FDR_CLEANUP_FREE = NULL;
	struct stat st;

	*ret = (struct fdr_open_run){ 0 };
	if (stat(operand, &st) < 0)
		return fdr_err(e, -errno, "%s: %s; give a run's folder, its run.db or a bundle",
			       operand, strerror(errno));
	if (fdr_bundle_is(operand))
		return open_bundle(operand, ret, e);
	if (asprintf(&path, S_ISDIR(st.st_mode) ? "%s/run.db" : "%s", operand) < 0) {
		path = NULL;
		return fdr_err(e, -ENOMEM, "out of memory");
	}
	return fdr_store_open(path, &ret->store, e);
}

void fdr_close_run(struct fdr_open_run *run)
{
	static const char *const names[] = { "run.db", "run.db-wal", "run.db-shm" };
	char path[sizeof(run->dir) + 16];

	run->store = fdr_store_close(run->store);
	if (!*run->dir)
		return;
	for (size_t i = 0; i < FDR_ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", run->dir, names[i]);
		unlink(path);
	}
	rmdir(run->dir);
	*run->dir = '\0';
}
