// SPDX-License-Identifier: GPL-2.0-or-later
/* The folder of a campaign. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "campaign.h"
#include "drill.h"
#include "engine/engine.h"
#include "open-run.h"
#include "report/figures.h"

#define FORMAT		"faultdrill-campaign/1"
#define STATE_FILE	"campaign.json"
#define ASIDE_MAX	1000

char *fdr_work_run_dir(const struct fdr_work *w, size_t index)
{
	char *path;

	return asprintf(&path, "%s/runs/%04zu", w->dir, index + 1) < 0 ? NULL : path;
}

static int render_text(FILE *f, const void *text)
{
	return fputs(text, f) < 0 ? -EIO : 0;
}

static int render_json(FILE *f, const void *j)
{
	return json_dumpf(j, f, JSON_INDENT(2)) < 0 || fputc('\n', f) == EOF ? -EIO : 0;
}

static int write_in(const char *dir, const char *name, int (*render)(FILE *f, const void *x),
		    const void *x, struct fdr_error *e)
{
	char *path FDR_CLEANUP_FREE = fdr_path_in(dir, name);

	return path ? fdr_write_whole(path, render, x, e) : fdr_err(e, -ENOMEM, "out of memory");
}

static int make_dir(const char *dir, const char *name, struct fdr_error *e)
{
	char *path FDR_CLEANUP_FREE = name ? fdr_path_in(dir, name) : strdup(dir);

	if (!path)
		return fdr_err(e, -ENOMEM, "out of memory");
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return fdr_err(e, -errno, "cannot make %s: %s", path, strerror(errno));
	return 0;
}

static int lock(struct fdr_work *w, struct fdr_error *e)
{
	/* By process: children that outlive a killed controller do not hold it. */
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *path FDR_CLEANUP_FREE = fdr_path_in(w->dir, "lock");

	if (!path)
		return fdr_err(e, -ENOMEM, "out of memory");
	w->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (w->lock_fd < 0)
		return fdr_err(e, -errno, "%s: %s", path, strerror(errno));
	if (fcntl(w->lock_fd, F_SETLK, &whole) == 0)
		return 0;
	if (errno == EACCES || errno == EAGAIN)
		return fdr_err(e, -EBUSY, "%s: another faultdrill carries this campaign out", w->dir);
	return fdr_err(e, -errno, "%s: cannot lock: %s", path, strerror(errno));
}

/* The very text that was checked: plans may change while a campaign runs. */
static int copy_plans(const struct fdr_work *w, struct fdr_error *e)
{
	const struct fdr_campaign *c = w->campaign;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < c->n_cells; i++) {
		struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;
		char *name FDR_CLEANUP_FREE = NULL;

		if (fdr_work_plan(w, i, &plan))
			return fdr_err(e, -EINVAL, "the plans have changed meanwhile");
		if (asprintf(&name, "plans/%s.yaml", c->plans.v[c->cells[i].plan].name) < 0) {
			name = NULL;
			return fdr_err(e, -ENOMEM, "out of memory");
		}
		r = write_in(w->dir, name, render_text, plan->text, e);
	}
	return r;
}

/* Written last: without it there is no campaign, and nothing has been done. */
static int write_state(const struct fdr_work *w, struct fdr_error *e)
{
	char *here FDR_CLEANUP_FREE = getcwd(NULL, 0);
	json_t *vars = json_array(), *j;
	char seed[24];
	int r;

	if (!here)
		return fdr_err(e, -errno, "cannot tell the present directory: %s", strerror(errno));
	snprintf(seed, sizeof(seed), "%" PRIu64, w->seed);
	for (size_t i = 0; i < w->campaign->vars.n; i++) {
		char *set FDR_CLEANUP_FREE = NULL;

		if (asprintf(&set, "%s=%s", w->campaign->vars.v[i].name,
			     w->campaign->vars.v[i].value) < 0)
			set = NULL;
		json_array_append_new(vars, json_string(set ? set : ""));
	}
	j = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "format", FORMAT, "version", FDR_VERSION,
		      "path", w->campaign->path, "directory", here, "seed", seed, "started_real_ns",
		      (json_int_t)w->started_real_ns, "sets", vars);
	if (!j)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = write_in(w->dir, STATE_FILE, render_json, j, e);
	json_decref(j);
	return r;
}

int fdr_work_create(struct fdr_work *w, const char *dir, struct fdr_error *e)
{
	char *state FDR_CLEANUP_FREE = fdr_path_in(dir, STATE_FILE);
	int r;

	w->dir = strdup(dir);
	if (!state || !w->dir)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = make_dir(dir, NULL, e);
	if (r >= 0)
		r = lock(w, e);
	if (r < 0)
		return r;
	if (access(state, F_OK) == 0)
		return fdr_err(e, -EEXIST, "%s holds a campaign already: go on with it (--resume --out "
			       "%s), or give another directory", dir, dir);
	w->started_real_ns = fdr_clock_ns(CLOCK_REALTIME);
	r = make_dir(dir, "plans", e);
	if (r >= 0)
		r = make_dir(dir, "runs", e);
	if (r >= 0)
		r = copy_plans(w, e);
	if (r >= 0)
		r = write_in(dir, "campaign.yaml", render_text, w->campaign->text, e);
	w->copied = r >= 0;
	return r < 0 ? r : write_state(w, e);
}

static int parse_state(struct fdr_work *w, const json_t *j, bool read, struct fdr_error *e)
{
	char *here FDR_CLEANUP_FREE = getcwd(NULL, 0);
	const char *seed = json_string_value(json_object_get(j, "seed"));
	const char *directory = json_string_value(json_object_get(j, "directory"));
	const char *format = json_string_value(json_object_get(j, "format"));

	if (!format || strcmp(format, FORMAT) || !seed || !directory)
		return fdr_err(e, -EBADMSG, "%s/" STATE_FILE ": is not of this faultdrill", w->dir);
	/* Paths in plans count from there. */
	if (!read && (!here || strcmp(here, directory)))
		return fdr_err(e, -EINVAL, "%s was begun in %s, from which paths in its plans count: "
			       "go on with it there", w->dir, directory);
	w->seed = strtoull(seed, NULL, 10);
	w->started_real_ns = json_integer_value(json_object_get(j, "started_real_ns"));
	return 0;
}

/* The copy of the campaign with the variables that it was begun with. */
static int read_copy(struct fdr_work *w, const json_t *j, struct fdr_error *e)
{
	char *path FDR_CLEANUP_FREE = fdr_path_in(w->dir, "campaign.yaml");
	const json_t *list = json_object_get(j, "sets");
	size_t n = json_array_size(list);
	const char **v FDR_CLEANUP_FREE = calloc(n + 1, sizeof(*v));
	struct fdr_strings sets = { v, n };

	if (!path || !v)
		return fdr_err(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		v[i] = json_string_value(json_array_get(list, i));
		if (!v[i])
			return fdr_err(e, -EBADMSG, "%s/" STATE_FILE ": is damaged", w->dir);
	}
	return fdr_work_read(w, path, &sets) ? fdr_err(e, -EBADMSG, "%s: the copy of the campaign is "
						       "damaged", w->dir) : 0;
}

int fdr_work_open(struct fdr_work *w, const char *dir, bool read, struct fdr_error *e)
{
	char *path FDR_CLEANUP_FREE = fdr_path_in(dir, STATE_FILE);
	json_error_t why;
	json_t *j;
	int r = 0;

	w->dir = strdup(dir);
	w->copied = true;
	if (!path || !w->dir)
		return fdr_err(e, -ENOMEM, "out of memory");
	if (access(path, F_OK) < 0)
		return fdr_err(e, -ENOENT, "%s holds no campaign (no " STATE_FILE "): %s", dir,
			       read ? "give the folder that 'campaign run --out' wrote" :
			       "nothing was begun there; start it with its file");
	if (!read)
		r = lock(w, e);
	if (r < 0)
		return r;
	j = json_load_file(path, 0, &why);
	if (!j)
		return fdr_err(e, -EBADMSG, "%s:%d:%d: %s", path, why.line, why.column, why.text);
	r = parse_state(w, j, read, e);
	if (r >= 0)
		r = read_copy(w, j, e);
	json_decref(j);
	return r;
}

/* Nothing but a heading: the controller died while it made the database. */
static bool is_bare(const char *db)
{
	char *wal FDR_CLEANUP_FREE = NULL;
	struct stat st;

	if (stat(db, &st) < 0 || !st.st_size)
		return true;
	if (st.st_size > 4096 || asprintf(&wal, "%s-wal", db) < 0)
		return false;
	/* A log without a frame is its heading alone. */
	return stat(wal, &st) < 0 || st.st_size <= 32;
}

/* What cannot be read is kept, under another name. */
static int move_aside(const char *dir, const struct fdr_error *why, struct fdr_error *e)
{
	for (unsigned int i = 1; i < ASIDE_MAX; i++) {
		char *to FDR_CLEANUP_FREE = NULL;

		if (asprintf(&to, "%s.unreadable-%u", dir, i) < 0) {
			to = NULL;
			return fdr_err(e, -ENOMEM, "out of memory");
		}
		if (access(to, F_OK) == 0)
			continue;
		if (rename(dir, to) < 0)
			return fdr_err(e, -errno, "cannot rename %s: %s", dir, strerror(errno));
		fdr_warn("%s; it is kept as %s, and done anew", why->text, to);
		return 0;
	}
	return fdr_err(e, -EEXIST, "%s: too many that cannot be read", dir);
}

/* What resuming needs, all of it written before anything was broken. */
static bool has_begun(struct fdr_store *store)
{
	static const char *const keys[] = { "plan_path", "plan", "seed", "sets", "plan_json",
					    "started_ns" };

	for (size_t i = 0; i < FDR_ARRAY_LEN(keys); i++)
		if (!fdr_store_meta(store, keys[i]))
			return false;
	return true;
}

int fdr_work_look(const struct fdr_work *w, size_t index, bool repair, enum fdr_run_state *ret,
		  struct fdr_result **ret_result, struct fdr_error *e)
{
	struct fdr_store *store FDR_CLEANUP(fdr_store_closep) = NULL;
	char *dir FDR_CLEANUP_FREE = fdr_work_run_dir(w, index);
	char *db FDR_CLEANUP_FREE = dir ? fdr_path_in(dir, "run.db") : NULL;
	struct fdr_error why = { "" };
	const char *outcome;
	int r;

	*ret = FDR_RUN_NONE;
	if (!db)
		return fdr_err(e, -ENOMEM, "out of memory");
	if (is_bare(db))
		return 0;
	r = fdr_store_open(db, &store, &why);
	if (r == -EBADMSG && repair)
		return move_aside(dir, &why, e);
	if (r < 0) {
		*e = why;
		return r;
	}
	if (!has_begun(store))
		return 0;
	outcome = fdr_store_meta(store, "outcome");
	*ret = outcome && !strcmp(outcome, "complete") ? FDR_RUN_COMPLETE : FDR_RUN_BEGUN;
	/* One that is gone on with need not be computed first. */
	if (*ret == FDR_RUN_BEGUN && repair)
		return 0;
	return ret_result ? fdr_analyse(store, ret_result, e) : 0;
}
