// SPDX-License-Identifier: GPL-2.0-or-later
#include "common-probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

int probe_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->dir = make_dir();
	snprintf(f->path, sizeof(f->path), "%s/x", f->dir);
	recorder_init(&f->rec);
	*state = f;
	return fdr_poller_new(&f->p);
}

int probe_teardown(void **state)
{
	struct fixture *f = *state;

	fdr_probe_stop(f->probe);
	peer_close(f->peer);
	fdr_poller_free(f->p);
	fdr_opts_clear(&f->opts);
	recorder_clear(&f->rec);
	remove_dir(f->dir);
	free(f);
	return 0;
}

int probe_try(struct fixture *f, const char *kind, struct fdr_error *e)
{
	struct fdr_probe_env env = { .name = "p", .poller = f->p, .sink = &f->rec.sink };

	return fdr_probe_start(fdr_probe_kind(kind), &env, &f->opts, &f->probe, e);
}

void probe_start(struct fixture *f, const char *kind)
{
	struct fdr_error e = { "" };

	if (probe_try(f, kind, &e) < 0)
		fail_msg("%s", e.text);
}

const struct fdr_kind *probe_kind(const char *name)
{
	return &fdr_probe_kind(name)->kind;
}
