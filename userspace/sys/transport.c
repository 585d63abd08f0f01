// SPDX-License-Identifier: GPL-2.0-or-later
#include "transport.h"

#include <errno.h>
#include <string.h>

#include "base/spawn.h"

/* The kinds, each with the option that a command line gives after the colon. */
static const struct {
	const struct fdr_transport_ops *ops;
	const char *rest;
} rows[] = {
	{ &fdr_transport_local, "agent" },
	{ &fdr_transport_ssh, "host" },
	{ &fdr_transport_exec, "command" },
	{ &fdr_transport_unix, "path" },
};

const struct fdr_transport_ops *const *fdr_transport_kinds(size_t *ret_n)
{
	static const struct fdr_transport_ops *kinds[FDR_ARRAY_LEN(rows)];

	for (size_t i = 0; i < FDR_ARRAY_LEN(rows); i++)
		kinds[i] = rows[i].ops;
	*ret_n = FDR_ARRAY_LEN(rows);
	return kinds;
}

const struct fdr_transport_ops *fdr_transport_kind(const char *name)
{
	for (size_t i = 0; i < FDR_ARRAY_LEN(rows); i++)
		if (!strcmp(rows[i].ops->kind.name, name))
			return rows[i].ops;
	return NULL;
}

static int add(struct fdr_opts *o, const char *name, const char *value, struct fdr_error *e)
{
	return fdr_opts_add(o, name, NULL, value, (struct fdr_place){ 0 }, e);
}

/* [USER@]HOST[:PORT], with an IPv6 address in brackets where a port follows */
static int add_host(struct fdr_opts *o, const char *text, struct fdr_error *e)
{
	char *copy FDR_CLEANUP_FREE = strdup(text);
	char *host = copy, *at, *port = NULL;
	int r = 0;

	if (!copy)
		return fdr_err(e, -ENOMEM, "out of memory");
	at = strchr(host, '@');
	if (at) {
		*at = '\0';
		r = add(o, "user", host, e);
		host = at + 1;
	}
	if (*host == '[') {
		char *close = strchr(host, ']');

		if (!close || (close[1] && close[1] != ':'))
			return fdr_err(e, -EINVAL, "\"%s\" is no [ADDRESS]:PORT", host);
		port = close[1] ? close + 2 : NULL;
		*close = '\0';
		host++;
	} else if (strchr(host, ':') && strchr(host, ':') == strrchr(host, ':')) {
		port = strchr(host, ':');
		*port++ = '\0';
	}
	if (r >= 0 && port)
		r = add(o, "port", port, e);
	return r < 0 ? r : add(o, "host", host, e);
}

static int unknown_kind(const char *name, struct fdr_error *e)
{
	const char *names[FDR_ARRAY_LEN(rows)], *near;

	for (size_t i = 0; i < FDR_ARRAY_LEN(rows); i++)
		names[i] = rows[i].ops->kind.name;
	near = fdr_nearest(name, names, FDR_ARRAY_LEN(rows));
	return fdr_err(e, -ENOENT, "there is no transport \"%.64s\"%s%s%s: local, ssh:[USER@]HOST[:PORT], "
		       "unix:PATH and exec:COMMAND are there", name, near ? " (did you mean \"" : "",
		       near ? near : "", near ? "\"?)" : "");
}

int fdr_transport_parse(const char *text, const struct fdr_transport_ops **ret,
			struct fdr_opts *ret_opts, struct fdr_error *e)
{
	char *name FDR_CLEANUP_FREE = strndup(text, strcspn(text, ":"));
	const char *rest = strchr(text, ':');
	struct fdr_opts o = { 0 };
	size_t i;
	int r = 0;

	if (!name)
		return fdr_err(e, -ENOMEM, "out of memory");
	for (i = 0; i < FDR_ARRAY_LEN(rows); i++)
		if (!strcmp(rows[i].ops->kind.name, name))
			break;
	if (i == FDR_ARRAY_LEN(rows))
		return unknown_kind(name, e);
	o.kind = &rows[i].ops->kind;
	if (rest && !rest[1])
		r = fdr_err(e, -EINVAL, "%s: nothing after the colon", text);
	else if (rest && rows[i].ops == &fdr_transport_ssh)
		r = add_host(&o, rest + 1, e);
	else if (rest)
		r = add(&o, rows[i].rest, rest + 1, e);
	if (r >= 0)
		r = fdr_opts_finish(&o, e);
	if (r < 0) {
		fdr_opts_clear(&o);
		return r;
	}
	*ret = rows[i].ops;
	*ret_opts = o;
	return 0;
}

int fdr_transport_spawn(const char *const *argv, struct fdr_pipe *ret, struct fdr_error *e)
{
	struct fdr_child child;
	int r = fdr_spawn(argv, &child, e);

	if (r < 0)
		return r;
	*ret = (struct fdr_pipe){ .rfd = child.out_fd, .wfd = child.in_fd, .efd = child.err_fd,
				  .pid = child.pid };
	return 0;
}
