// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * systemd's drop-ins for the units faultdrill-campaign@.timer and .service, whose
 * instance is the campaign's file: when, and from which directory.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "campaign.h"
#include "command.h"
#include "report/figures.h"

#define UNIT	"faultdrill-campaign"
#define SYSTEM	"/etc/systemd/system"

/* As systemd-escape --path does it. */
static char *escape_path(const char *path)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	path += *path == '/';
	for (size_t i = 0; path[i]; i++) {
		unsigned char c = (unsigned char)path[i];

		if (c == '/')
			fputc('-', f);
		else if (isalnum(c) || c == '_' || c == ':' || (c == '.' && i))
			fputc(c, f);
		else
			fprintf(f, "\\x%02x", c);
	}
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

struct drop_in {
	const char *section, *key, *value;
	const char *path;		/* where it goes, below the directory of units */
};

static int render(FILE *f, const void *x)
{
	const struct drop_in *d = x;

	fprintf(f, "[%s]\n%s=", d->section, d->key);
	/* A unit's own value has % for its specifiers. */
	for (const char *c = d->value; *c; c++)
		fprintf(f, *c == '%' ? "%%%c" : "%c", *c);
	return fputc('\n', f) == EOF ? -EIO : 0;
}

static int put(const struct drop_in *d, const char *dir, struct fdr_error *e)
{
	char *path FDR_CLEANUP_FREE = NULL;
	char *slash;

	if (!dir) {
		printf("# " SYSTEM "/%s\n", d->path);
		render(stdout, d);
		putchar('\n');
		return 0;
	}
	if (asprintf(&path, "%s/%s", dir, d->path) < 0) {
		path = NULL;
		return fdr_err(e, -ENOMEM, "out of memory");
	}
	slash = strrchr(path, '/');
	*slash = '\0';
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return fdr_err(e, -errno, "cannot make %s: %s", path, strerror(errno));
	*slash = '/';
	return fdr_write_whole(path, render, d, e);
}

int fdr_work_schedule(const struct fdr_work *w, const char *when, const char *dir)
{
	char *file FDR_CLEANUP_FREE = realpath(w->campaign->path, NULL);
	char *here FDR_CLEANUP_FREE = getcwd(NULL, 0);
	char *name FDR_CLEANUP_FREE = file ? escape_path(file) : NULL;
	char *timer FDR_CLEANUP_FREE = NULL, *service FDR_CLEANUP_FREE = NULL;
	struct fdr_error e = { "" };
	int r;

	if (!name || !here)
		return fdr_fail(-errno, &e);
	if (asprintf(&timer, UNIT "@%s.timer.d/when.conf", name) < 0)
		timer = NULL;
	if (asprintf(&service, UNIT "@%s.service.d/where.conf", name) < 0)
		service = NULL;
	if (!timer || !service)
		return fdr_fail(-ENOMEM, &e);
	r = put(&(struct drop_in){ "Timer", "OnCalendar", when, timer }, dir, &e);
	if (r >= 0)
		r = put(&(struct drop_in){ "Service", "WorkingDirectory", here, service }, dir, &e);
	if (r < 0)
		return fdr_fail(r, &e);
	printf("%ssystemctl enable --now '" UNIT "@%s.timer'\n", dir ? "" : "# then: ", name);
	return FDR_EXIT_PASS;
}
