// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes from the agent's pipe, in pieces whose length the first byte sets.
 * What is understood must not depend on how it was cut.
 */
#include <string.h>

#include "fuzz.h"
#include "sys/frame.h"

static size_t feed(const uint8_t *data, size_t size, size_t piece, int *ret_end)
{
	struct fdr_frames frames = { .want_preamble = true };
	struct fdr_error e = { 0 };
	size_t n = 0;
	json_t *msg;
	char noise[80];
	int r = 0;

	for (size_t at = 0; at < size && r >= 0; at += piece) {
		r = fdr_frames_feed(&frames, data + at, piece < size - at ? piece : size - at);
		while (r >= 0 && (r = fdr_frames_next(&frames, &msg, &e)) == 1) {
			FUZZ_CHECK(json_is_object(msg));
			json_decref(msg);
			n++;
		}
	}
	FUZZ_CHECK(r != -EPROTO || *e.text);
	fdr_frames_noise(&frames, noise, sizeof(noise));
	FUZZ_CHECK(memchr(noise, '\0', sizeof(noise)));
	fdr_frames_clear(&frames);
	*ret_end = r;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int end_whole, end_cut;
	size_t whole, cut;

	if (!size)
		return 0;
	whole = feed(data + 1, size - 1, size, &end_whole);
	cut = feed(data + 1, size - 1, data[0] + 1U, &end_cut);
	FUZZ_CHECK(whole == cut && (end_whole < 0) == (end_cut < 0));
	return 0;
}
