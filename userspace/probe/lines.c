// SPDX-License-Identifier: GPL-2.0-or-later
#include "lines.h"

#include <errno.h>
#include <string.h>

static const struct fdr_lines_ops *const sources[] = { &fdr_lines_file, &fdr_lines_udp };

struct fdr_lines {
	const struct fdr_lines_ops *ops;
	void *state;
};

static void hand_over(struct fdr_splitter *s, struct fdr_interval when, fdr_line_fn cb,
		      void *userdata)
{
	size_t len = s->len;

	if (len && s->buf[len - 1] == '\r')
		len--;
	for (size_t i = 0; i < len; i++)
		if (!s->buf[i])
			s->buf[i] = '?';
	s->buf[len] = '\0';
	fdr_split_reset(s);
	cb(userdata, s->buf, when);
}

void fdr_split(struct fdr_splitter *s, const char *data, size_t len, struct fdr_interval when,
	       fdr_line_fn cb, void *userdata)
{
	while (len) {
		const char *nl = memchr(data, '\n', len);
		size_t part = nl ? (size_t)(nl - data) : len;
		size_t room = FDR_LINE_MAX - s->len;
		size_t fits = part < room ? part : room;

		memcpy(s->buf + s->len, data, fits);
		s->len += fits;
		data += part + !!nl;
		len -= part + !!nl;
		if (nl)
			hand_over(s, when, cb, userdata);
	}
}

void fdr_split_end(struct fdr_splitter *s, struct fdr_interval when, fdr_line_fn cb,
		   void *userdata)
{
	if (s->len)
		hand_over(s, when, cb, userdata);
}

void fdr_split_reset(struct fdr_splitter *s)
{
	s->len = 0;
}

int fdr_lines_open(struct fdr_poller *p, const char *spec, fdr_line_fn cb, void *userdata,
		   struct fdr_lines **ret, struct fdr_error *e)
{
	struct fdr_lines *l FDR_CLEANUP_FREE = NULL;
	const char *where = strchr(spec, ':');
	int r;

	for (size_t i = 0; where && where[1] && i < FDR_ARRAY_LEN(sources); i++) {
		size_t n = strlen(sources[i]->scheme);

		if ((size_t)(where - spec) != n || strncmp(spec, sources[i]->scheme, n))
			continue;
		l = calloc(1, sizeof(*l));
		if (!l)
			return fdr_err(e, -ENOMEM, "out of memory");
		l->ops = sources[i];
		r = l->ops->open(p, where + 1, cb, userdata, &l->state, e);
		if (r < 0)
			return r;
		*ret = FDR_TAKE_PTR(l);
		return 0;
	}
	return fdr_err(e, -EINVAL,
		       "\"%.200s\" is no source of lines: write file:PATH or udp:ADDRESS:PORT", spec);
}

void fdr_lines_drain(struct fdr_lines *l)
{
	l->ops->drain(l->state);
}

struct fdr_lines *fdr_lines_close(struct fdr_lines *l)
{
	if (!l)
		return NULL;
	l->ops->close(l->state);
	free(l);
	return NULL;
}
