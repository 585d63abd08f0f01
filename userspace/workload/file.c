// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files written to a directory of this host: on a filesystem whose disk, or whose
 * server, is what breaks.  Each holds its request's number and a checksum.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/sha256.h"
#include "file-child.h"
#include "kinds.h"
#include "ledger.h"
#include "open-loop.h"
#include "worker-pool.h"

#define ALIGNMENT	4096		/* of O_DIRECT, whatever the disk's blocks */

enum how { HOW_RENAME, HOW_WRITE };
enum sync { SYNC_FSYNC, SYNC_FDATASYNC, SYNC_DSYNC, SYNC_NONE };

struct shared {
	char *name;
	int dirfd;
	enum how how;
	enum sync sync;
	bool direct;
	uint64_t files, size;
	bool ledger_mode;
	struct fdr_ledger ledger;
};

struct writer {
	struct shared *shared;
	unsigned int index;
	struct fdr_file_child child;
};

/* "faultdrill NAME 00000000000000000042 SHA256-OF-THAT\n", and dots up to the size. */
static void make_record(const struct shared *s, uint64_t seq, char *data)
{
	char head[160], sum[FDR_SHA256_TEXT], line[FDR_LEDGER_TEXT_MAX];
	size_t n;

	if (s->ledger_mode) {
		n = fdr_ledger_text(&s->ledger, seq, line);
		memset(data, '\n', s->size);
		memcpy(data, line, n);
		return;
	}

	snprintf(head, sizeof(head), "faultdrill %.63s %020" PRIu64, s->name, seq);
	fdr_sha256_text(head, strlen(head), sum);
	n = (size_t)snprintf(line, sizeof(line), "%s %s\n", head, sum);
	memset(data, '.', s->size);
	memcpy(data, line, n);
	data[s->size - 1] = '\n';
}

static void make_order(const struct writer *w, uint64_t seq, struct fdr_file_order *o)
{
	const struct shared *s = w->shared;

	*o = (struct fdr_file_order){
		.flags = O_WRONLY | O_CREAT | (s->how == HOW_RENAME ? O_TRUNC : 0) |
			 (s->direct ? O_DIRECT : 0) | (s->sync == SYNC_DSYNC ? O_DSYNC : 0),
		.sync = s->sync == SYNC_FSYNC || s->sync == SYNC_FDATASYNC,
		.datasync = s->sync == SYNC_FDATASYNC,
		.sync_dir = s->how == HOW_RENAME && s->sync != SYNC_NONE,
	};
	snprintf(s->how == HOW_RENAME ? o->final : o->path, sizeof(o->path), "%.63s-%" PRIu64,
		 s->ledger_mode ? s->ledger.id : s->name, s->ledger_mode ? seq : seq % s->files);
	/* Of this worker's own: whoever was given up may write yet. */
	if (s->how == HOW_RENAME)
		snprintf(o->path, sizeof(o->path), ".%.63s-%d-%u.new", s->name, (int)getpid(),
			 w->index);
}

static void file_run(void *worker, struct fdr_job *j)
{
	static const char *const words[] = {
		[FDR_FILE_OPEN] = "open", [FDR_FILE_WRITE] = "write", [FDR_FILE_SYNC] = "sync",
		[FDR_FILE_RENAME] = "rename", [FDR_FILE_SYNC_DIR] = "sync of the directory",
	};
	struct writer *w = worker;
	struct fdr_file_answer a;
	struct fdr_file_order o;
	int r = 0;

	if (!w->child.pid)
		r = fdr_file_child_start(w->shared->dirfd, w->shared->size, &w->child);
	if (r < 0) {
		j->status = FDR_REQUEST_ERROR;
		snprintf(j->detail, sizeof(j->detail), "not sent: cannot start a process: %s",
			 strerror(-r));
		return;
	}
	make_record(w->shared, j->seq, w->child.data);
	make_order(w, j->seq, &o);
	if (fdr_file_child_run(&w->child, &o, &a) < 0) {
		/* Somebody killed it. */
		j->status = FDR_REQUEST_ERROR;
		snprintf(j->detail, sizeof(j->detail), "the writing process is gone");
		fdr_file_child_end(&w->child);
		return;
	}
	j->sent_ns = a.begun_ns;
	j->done_ns = a.done_ns;
	if (a.step == FDR_FILE_DONE)
		return;
	j->status = FDR_REQUEST_ERROR;
	j->code = a.err;
	snprintf(j->detail, sizeof(j->detail), "%s: %s", words[a.step], strerror(a.err));
}

static void *file_open(void *shared, unsigned int index)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->shared = shared;
	w->index = index;
	return w;
}

static void file_close(void *worker)
{
	struct writer *w = worker;

	fdr_file_child_end(&w->child);
	free(w);
}

static void free_shared(void *shared)
{
	struct shared *s = shared;

	if (!s)
		return;
	fdr_closep(&s->dirfd);
	free(s->name);
	free(s);
}

static int fill(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		struct shared *s, struct fdr_error *e)
{
	const char *dir = fdr_opts_str(opts, "directory");

	s->how = (enum how)fdr_opts_num(opts, "write");
	s->sync = (enum sync)fdr_opts_num(opts, "sync");
	s->direct = fdr_opts_num(opts, "direct");
	s->files = fdr_opts_num(opts, "files");
	s->size = fdr_opts_num(opts, "size");
	s->name = strdup(env->name);
	if (!s->name)
		return fdr_err(e, -ENOMEM, "out of memory");
	if (env->ledger) {
		s->ledger_mode = true;
		s->ledger = *env->ledger;
		/* The longest record, with a newline. */
		if (s->size < FDR_LEDGER_TEXT_MAX - FDR_LEDGER_PAYLOAD_MAX + s->ledger.payload)
			s->size = FDR_LEDGER_TEXT_MAX - FDR_LEDGER_PAYLOAD_MAX + s->ledger.payload;
		if (s->direct)
			s->size = (s->size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
		/* Over what is there, a record that was never acknowledged may be half there. */
		if (s->how != HOW_RENAME)
			return fdr_err(e, -EINVAL, "ledger: its records are whole or not there, "
				       "hence \"write: rename\"");
	}
	if (s->direct && s->size % ALIGNMENT)
		return fdr_err(e, -EINVAL, "size: with \"direct\" it is to be a multiple of %d",
			       ALIGNMENT);
	s->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dirfd < 0)
		return fdr_err(e, -errno, "directory: %s: %s", dir, strerror(errno));
	return 0;
}

static int file_start(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		      void **ret_state, struct fdr_error *e)
{
	static const struct fdr_worker_ops ops = {
		.open = file_open, .run = file_run, .close = file_close,
		.free_shared = free_shared,
	};
	struct shared *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fdr_err(e, -ENOMEM, "out of memory");
	s->dirfd = -1;
	r = fill(env, opts, s, e);
	if (r < 0) {
		free_shared(s);
		return r;
	}
	return fdr_pooled_start(env, opts, &ops, s, ret_state, e);
}

/* "ID-SEQ"; what else begins like it is none of ours. */
static void on_file(void *userdata, const struct fdr_file_found *f)
{
	struct fdr_ledger_reading *r = userdata;
	const char *digits = f->name + strlen(r->ledger.id) + 1;
	char right[FDR_LEDGER_TEXT_MAX], *end;
	size_t n;
	uint64_t seq = strtoull(digits, &end, 10);

	if (*digits < '0' || *digits > '9' || *end) {
		fdr_ledger_found_foreign(&r->view, f->name, strlen(f->name));
		return;
	}
	n = fdr_ledger_text(&r->ledger, seq, right);
	if (!f->err && f->n > n && !memcmp(f->data, right, n) && f->data[n] == '\n')
		fdr_ledger_found_text(&r->view, &r->ledger, right, n);
	else
		fdr_ledger_found(&r->view, &r->ledger, seq, NULL, 0, NULL, 0);
}

static int file_read_back(struct fdr_ledger_reading *r, struct fdr_error *e)
{
	const char *dir = r->endpoint ? r->endpoint : fdr_opts_str(r->opts, "directory");
	char prefix[FDR_LEDGER_ID_TEXT + 1];
	int err;

	snprintf(prefix, sizeof(prefix), "%s-", r->ledger.id);
	err = fdr_file_child_read_all(dir, prefix, r->deadline_ns, on_file, r);
	return err < 0 ? fdr_err(e, err, "%s: %s", dir, strerror(-err)) : 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "directory", .type = FDR_OPT_PATH, .required = true,
	  .summary = "on the filesystem that is meant; on the controller's host" },
	FDR_OPEN_LOOP_OPTIONS,
	FDR_WORKER_POOL_OPTIONS,
	{ .name = "write", .type = FDR_OPT_CHOICE, .choices = "rename|write", .def = "rename",
	  .summary = "rename: to a new file, which then takes the old one's name; write: over "
		     "the old one" },
	{ .name = "sync", .type = FDR_OPT_CHOICE, .choices = "fsync|fdatasync|dsync|none",
	  .def = "fsync",
	  .summary = "what makes it last (after a rename the directory too); dsync: O_DSYNC" },
	{ .name = "direct", .type = FDR_OPT_BOOL, .def = "no",
	  .summary = "past the page cache (O_DIRECT)" },
	{ .name = "size", .type = FDR_OPT_SIZE, .def = "4K", .min = 256, .max = 1073741824,
	  .summary = "bytes of a file" },
	{ .name = "files", .type = FDR_OPT_U64, .def = "1000", .min = 1, .max = 1000000000,
	  .summary = "so many files, NAME-N, are used in turn" },
	FDR_LEDGER_OPTIONS,
};

const struct fdr_workload_ops fdr_workload_file = {
	.kind = { .name = "file", .summary = "files written and made to last",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.start = file_start, .drain = fdr_pooled_drain, .stop = fdr_pooled_stop,
	.pending = fdr_pooled_pending, .read_back = file_read_back,
};
