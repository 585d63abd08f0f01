// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

int fdr_frames_feed(struct fdr_frames *f, const void *data, size_t n)
{
	if (!n)
		return 0;
	if (f->start && f->start + f->len + n > f->size) {
		memmove(f->buf, f->buf + f->start, f->len);
		f->start = 0;
	}
	if (f->len + n > f->size) {
		size_t size = f->size ? f->size : 4096;
		char *buf;

		while (size < f->len + n)
			size *= 2;
		buf = realloc(f->buf, size);
		if (!buf)
			return -ENOMEM;
		f->buf = buf;
		f->size = size;
	}
	memcpy(f->buf + f->start + f->len, data, n);
	f->len += n;
	return 0;
}

static void consume(struct fdr_frames *f, size_t n)
{
	f->start += n;
	f->len -= n;
	if (!f->len)
		f->start = 0;
}

const char *fdr_frames_noise(const struct fdr_frames *f, char *buf, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; f->want_preamble && i < f->len && n + 1 < size && n < 160; i++) {
		unsigned char c = (unsigned char)f->buf[f->start + i];

		buf[n++] = isprint(c) ? (char)c : ' ';
	}
	while (n && buf[n - 1] == ' ')
		n--;
	buf[n] = '\0';
	return buf;
}

/* 1 when the preamble is behind us. */
static int skip_preamble(struct fdr_frames *f, struct fdr_error *e)
{
	const char *word, *eol, *version, *end = f->buf + f->start + f->len;
	char noise[200];

	if (!f->len)
		return 0;
	word = memmem(f->buf + f->start, f->len, FDR_PREAMBLE_WORD, strlen(FDR_PREAMBLE_WORD));
	if (!word || word - (f->buf + f->start) > (ptrdiff_t)FDR_NOISE_MAX) {
		if (f->len <= FDR_NOISE_MAX + strlen(FDR_PREAMBLE_WORD))
			return 0;
		return fdr_err(e, -EPROTO, "no agent answers there, but something that says \"%s\"",
			       fdr_frames_noise(f, noise, sizeof(noise)));
	}
	version = word + strlen(FDR_PREAMBLE_WORD);
	eol = memchr(version, '\n', (size_t)(end - version));
	if (!eol && end - version < 16)
		return 0;
	if (!eol || eol - version != 1 || *version != '1')
		return fdr_err(e, -EPROTO, "the agent speaks version %.*s of the protocol, this "
			       "program version 1: install the same release on both sides",
			       (int)((eol ? eol : end) - version > 16 ? 16 :
				     (eol ? eol : end) - version), version);
	consume(f, (size_t)(eol + 1 - (f->buf + f->start)));
	f->want_preamble = false;
	return 1;
}

int fdr_frames_next(struct fdr_frames *f, json_t **ret_msg, struct fdr_error *e)
{
	json_error_t je;
	uint32_t len;
	json_t *msg;

	if (f->want_preamble) {
		int r = skip_preamble(f, e);

		if (r <= 0)
			return r;
	}
	if (f->len < sizeof(len))
		return 0;
	memcpy(&len, f->buf + f->start, sizeof(len));
	len = be32toh(len);
	if (len > FDR_FRAME_MAX)
		return fdr_err(e, -EPROTO, "a frame of %u bytes was announced; the most is %u",
			       len, FDR_FRAME_MAX);
	if (f->len - sizeof(len) < len)
		return 0;
	msg = json_loadb(f->buf + f->start + sizeof(len), len, JSON_REJECT_DUPLICATES, &je);
	if (!msg)
		return fdr_err(e, -EPROTO, "a frame is no JSON object: %s", je.text);
	if (!json_is_object(msg)) {
		json_decref(msg);
		return fdr_err(e, -EPROTO, "a frame is JSON but no object");
	}
	consume(f, sizeof(len) + len);
	*ret_msg = msg;
	return 1;
}

void fdr_frames_clear(struct fdr_frames *f)
{
	free(f->buf);
	*f = (struct fdr_frames){ 0 };
}

int fdr_frame_encode(const json_t *msg, char **ret, size_t *ret_len)
{
	size_t n = json_dumpb(msg, NULL, 0, JSON_COMPACT);
	uint32_t len = htobe32((uint32_t)n);
	char *buf;

	if (!n)
		return -EINVAL;
	if (n > FDR_FRAME_MAX)
		return -EMSGSIZE;
	buf = malloc(sizeof(len) + n);
	if (!buf)
		return -ENOMEM;
	memcpy(buf, &len, sizeof(len));
	json_dumpb(msg, buf + sizeof(len), n, JSON_COMPACT);
	*ret = buf;
	*ret_len = sizeof(len) + n;
	return 0;
}
