// SPDX-License-Identifier: GPL-2.0-or-later
#include "rrd.h"

#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <rrd.h>
#include <rrd_client.h>
#include <string.h>

static const char library[] = "librrd.so.8";

/* What is used of librrd. */
static struct {
	__typeof__(rrd_fetch_r) *fetch;
	__typeof__(rrd_get_error) *error;
	__typeof__(rrd_clear_error) *clear_error;
	__typeof__(rrd_freemem) *freemem;
	__typeof__(rrdc_connect) *connect;
	__typeof__(rrdc_flush) *flush;
	__typeof__(rrdc_disconnect) *disconnect;
} rrd;

/* It stays loaded: librrd's own libraries cannot be taken out again. */
static int load(struct fdr_error *e)
{
	const struct {
		const char *name;
		void **to;
	} symbols[] = {
		{ "rrd_fetch_r", (void **)&rrd.fetch },
		{ "rrd_get_error", (void **)&rrd.error },
		{ "rrd_clear_error", (void **)&rrd.clear_error },
		{ "rrd_freemem", (void **)&rrd.freemem },
		{ "rrdc_connect", (void **)&rrd.connect },
		{ "rrdc_flush", (void **)&rrd.flush },
		{ "rrdc_disconnect", (void **)&rrd.disconnect },
	};
	void *lib;

	if (rrd.disconnect)
		return 0;
	lib = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		return fdr_err(e, -ENOSYS, "cannot load %s (%s): install librrd8, which reads RRDs",
			       library, dlerror());
	for (size_t i = 0; i < FDR_ARRAY_LEN(symbols); i++) {
		*symbols[i].to = dlsym(lib, symbols[i].name);
		if (!*symbols[i].to)
			return fdr_err(e, -ENOSYS, "%s has no %s", library, symbols[i].name);
	}
	return 0;
}

/* librrd's own words, which begin with the name of the file at times. */
static int refused(struct fdr_error *e, int err, const char *file)
{
	const char *why = rrd.error();
	int r = fdr_err(e, err, "%s: %s", file, why && *why ? why : "librrd does not say why");

	rrd.clear_error();
	return r;
}

static int source_of(const char *file, const char *ds, char **names, size_t n, size_t *ret,
		     struct fdr_error *e)
{
	char list[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (ds ? !strcmp(names[i], ds) : n == 1) {
			*ret = i;
			return 0;
		}
		if (len < sizeof(list))
			len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
						i ? ", " : "", names[i]);
	}
	return ds ? fdr_err(e, -ENOKEY, "%s: no data source \"%s\" (it has %s)", file, ds, list) :
		    fdr_err(e, -ENOKEY, "%s: which data source? It has %s (give ds)", file, list);
}

static int keep(const char *file, const char *ds, char **names, size_t n_names,
		const rrd_value_t *data, struct fdr_rrd_series *s, struct fdr_error *e)
{
	size_t at = 0;
	int r = source_of(file, ds, names, n_names, &at, e);

	if (r < 0)
		return r;
	s->values = calloc(s->n ? s->n : 1, sizeof(*s->values));
	if (!s->values)
		return fdr_err(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < s->n; i++)
		s->values[i] = data[i * n_names + at];
	return 0;
}

/* Has rrdcached write down what it still holds back of a file. */
static int flush(const char *file, const char *daemon, struct fdr_error *e)
{
	int r = 0;

	if (rrd.connect(daemon))
		return refused(e, -EIO, daemon);
	if (rrd.flush(file))
		r = refused(e, -EIO, daemon);
	rrd.disconnect();
	return r;
}

int fdr_rrd_fetch(const char *file, const char *ds, const char *cf, const char *daemon,
		  int64_t from_s, int64_t to_s, struct fdr_rrd_series *ret, struct fdr_error *e)
{
	time_t start = (time_t)from_s, end = (time_t)to_s;
	unsigned long step = 1, n_names = 0;	/* 1: the finest that there is */
	char **names = NULL;
	rrd_value_t *data = NULL;
	int r = load(e);

	*ret = (struct fdr_rrd_series){ 0 };
	if (r < 0)
		return r;
	/* librrd's own message does not always name the file. */
	if (!daemon && access(file, R_OK) < 0)
		return fdr_err(e, -errno, "%s: %s", file, strerror(errno));
	rrd.clear_error();
	if (daemon)
		r = flush(file, daemon, e);
	if (r < 0)
		return r;
	if (rrd.fetch(file, cf, &start, &end, &step, &n_names, &names, &data))
		return refused(e, -EBADMSG, file);
	ret->start_s = start;
	ret->step_s = (int64_t)step;
	ret->n = step && end > start ? (size_t)(end - start) / step : 0;
	r = keep(file, ds, names, n_names, data, ret, e);
	for (unsigned long i = 0; i < n_names; i++)
		rrd.freemem(names[i]);
	rrd.freemem(names);
	rrd.freemem(data);
	return r;
}

void fdr_rrd_series_clear(struct fdr_rrd_series *s)
{
	free(s->values);
	*s = (struct fdr_rrd_series){ 0 };
}
