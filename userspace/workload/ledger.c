// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger.h"

#include <inttypes.h>
#include <string.h>

#define SUM_CHARS	(FDR_SHA256_TEXT - 1)

/* SplitMix64: a payload that looks like data, and differs from record to record. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void checksum(const struct fdr_ledger *l, uint64_t seq, const char *payload, size_t size,
		     char ret[FDR_SHA256_TEXT])
{
	char text[FDR_LEDGER_ID_TEXT + 21 + FDR_LEDGER_PAYLOAD_MAX];
	size_t n = (size_t)snprintf(text, sizeof(text), "%s %" PRIu64 " ", l->id, seq);

	memcpy(text + n, payload, size);
	fdr_sha256_text(text, n + size, ret);
}

void fdr_ledger_make(const struct fdr_ledger *l, uint64_t seq, struct fdr_ledger_record *ret)
{
	static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	uint64_t state = strtoull(l->id, NULL, 16) ^ seq;

	ret->seq = seq;
	for (size_t i = 0; i < l->payload; i++)
		ret->payload[i] = letters[next(&state) % (sizeof(letters) - 1)];
	ret->payload[l->payload] = '\0';
	checksum(l, seq, ret->payload, l->payload, ret->sum);
}

size_t fdr_ledger_text(const struct fdr_ledger *l, uint64_t seq, char ret[FDR_LEDGER_TEXT_MAX])
{
	struct fdr_ledger_record r;

	fdr_ledger_make(l, seq, &r);
	return (size_t)snprintf(ret, FDR_LEDGER_TEXT_MAX, "%s %" PRIu64 " %s %s", l->id, seq, r.sum,
				r.payload);
}

/* Arrays grow at the powers of two. */
static void append(struct fdr_ledger_view *view, uint64_t **v, size_t *n, uint64_t seq)
{
	if (!(*n & (*n - 1))) {
		uint64_t *more = reallocarray(*v, *n ? *n * 2 : 1, sizeof(**v));

		if (!more) {
			view->failed = true;
			return;
		}
		*v = more;
	}
	(*v)[(*n)++] = seq;
}

void fdr_ledger_found(struct fdr_ledger_view *v, const struct fdr_ledger *l, uint64_t seq,
		      const char *payload, size_t size, const char *sum, size_t sum_size)
{
	char right[FDR_SHA256_TEXT];

	if (payload && sum && size <= FDR_LEDGER_PAYLOAD_MAX && sum_size == SUM_CHARS) {
		checksum(l, seq, payload, size, right);
		if (!memcmp(right, sum, SUM_CHARS)) {
			append(v, &v->seqs, &v->n, seq);
			return;
		}
	}
	append(v, &v->corrupt, &v->n_corrupt, seq);
}

void fdr_ledger_found_foreign(struct fdr_ledger_view *v, const char *text, size_t size)
{
	if (v->foreign++)
		return;
	snprintf(v->foreign_text, sizeof(v->foreign_text), "%.*s", (int)(size < 79 ? size : 79), text);
	for (char *c = v->foreign_text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

/* Takes a word off the front of @text; false: there is none with a space behind it. */
static bool take_word(const char **text, size_t *size, const char **ret, size_t *ret_size)
{
	const char *end = memchr(*text, ' ', *size);

	if (!end || end == *text)
		return false;
	*ret = *text;
	*ret_size = (size_t)(end - *text);
	*size -= *ret_size + 1;
	*text = end + 1;
	return true;
}

static bool read_seq(const char *text, size_t size, uint64_t *ret)
{
	uint64_t seq = 0;

	if (!size || (size > 1 && *text == '0'))
		return false;
	for (size_t i = 0; i < size; i++)
		if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(seq, 10, &seq) ||
		    __builtin_add_overflow(seq, (uint64_t)(text[i] - '0'), &seq))
			return false;
	*ret = seq;
	return true;
}

void fdr_ledger_found_text(struct fdr_ledger_view *v, const struct fdr_ledger *l,
			   const char *text, size_t size)
{
	const char *all = text, *id, *number, *sum;
	size_t n = size, id_size, number_size, sum_size;
	uint64_t seq;

	if (!take_word(&text, &size, &id, &id_size) || id_size != strlen(l->id) ||
	    !take_word(&text, &size, &number, &number_size) ||
	    !read_seq(number, number_size, &seq) || !take_word(&text, &size, &sum, &sum_size)) {
		fdr_ledger_found_foreign(v, all, n);
		return;
	}
	if (memcmp(id, l->id, id_size))
		return;
	fdr_ledger_found(v, l, seq, text, size, sum, sum_size);
}

void fdr_ledger_view_clear(struct fdr_ledger_view *v)
{
	free(v->seqs);
	free(v->corrupt);
	*v = (struct fdr_ledger_view){ 0 };
}

bool fdr_ledger_wanted(const struct fdr_opts *opts)
{
	return fdr_opts_num(opts, "ledger");
}
