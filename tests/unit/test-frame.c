// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/frame.h"

static void feed(struct fdr_frames *f, const char *data, size_t n)
{
	assert_int_equal(fdr_frames_feed(f, data, n), 0);
}

/* A frame of @json's very bytes. */
static void feed_frame(struct fdr_frames *f, const char *json)
{
	size_t n = strlen(json);
	char head[4] = { (char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n };

	feed(f, head, 4);
	feed(f, json, n);
}

static void goes_there_and_back(void **state)
{
	struct fdr_frames f = { 0 };
	json_t *msg = json_pack("{sI ss}", "id", (json_int_t)INT64_MAX, "op", "clock \xc3\xa9"), *got;
	char *data;
	size_t n;

	(void)state;
	assert_int_equal(fdr_frame_encode(msg, &data, &n), 0);
	/* Byte by byte, three times over. */
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(fdr_frames_next(&f, &got, NULL), 0);
			feed(&f, data + i, 1);
		}
		assert_int_equal(fdr_frames_next(&f, &got, NULL), 1);
		assert_true(json_equal(msg, got));
		json_decref(got);
	}
	/* Several at once, and a part of one more. */
	feed(&f, data, n);
	feed(&f, data, n);
	feed(&f, data, n - 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fdr_frames_next(&f, &got, NULL), 1);
		json_decref(got);
	}
	assert_int_equal(fdr_frames_next(&f, &got, NULL), 0);
	free(data);
	json_decref(msg);
	fdr_frames_clear(&f);
}

static void skips_noise(void **state)
{
	static const char *const noises[] = {
		"", "Welcome to node1!\n", "no newline", "FAULTDRILL-\n", "\x01\xff\n\n",
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(noises); i++) {
		struct fdr_frames f = { .want_preamble = true };
		json_t *got;

		feed(&f, noises[i], strlen(noises[i]));
		assert_int_equal(fdr_frames_next(&f, &got, NULL), 0);
		for (const char *c = FDR_PREAMBLE; *c; c++) {
			assert_true(f.want_preamble);
			feed(&f, c, 1);
			assert_int_equal(fdr_frames_next(&f, &got, NULL), 0);
		}
		assert_false(f.want_preamble);
		feed_frame(&f, "{\"a\":1}");
		assert_int_equal(fdr_frames_next(&f, &got, NULL), 1);
		json_decref(got);
		fdr_frames_clear(&f);
	}
}

static void bounds_noise(void **state)
{
	char line[1024], noise[64];

	(void)state;
	memset(line, 'x', sizeof(line));
	/* Exactly as much as is allowed, then one byte more. */
	for (size_t extra = 0; extra < 2; extra++) {
		struct fdr_frames f = { .want_preamble = true };
		struct fdr_error e;
		json_t *got;

		for (size_t i = 0; i < FDR_NOISE_MAX / sizeof(line); i++)
			feed(&f, line, sizeof(line));
		feed(&f, line, extra);
		feed(&f, FDR_PREAMBLE, strlen(FDR_PREAMBLE));
		assert_int_equal(fdr_frames_next(&f, &got, &e), extra ? -EPROTO : 0);
		if (extra) {
			assert_non_null(strstr(e.text, "no agent answers there"));
			assert_memory_equal(fdr_frames_noise(&f, noise, sizeof(noise)), "xxx", 3);
		}
		fdr_frames_clear(&f);
	}
}

static void refuses_other_versions(void **state)
{
	static const char *const words[] = { "FAULTDRILL-AGENT 2\n", "FAULTDRILL-AGENT 10\n",
					     "FAULTDRILL-AGENT \n", "FAULTDRILL-AGENT 1\r\n",
					     "FAULTDRILL-AGENT 11111111111111111111" };

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(words); i++) {
		struct fdr_frames f = { .want_preamble = true };
		struct fdr_error e;
		json_t *got;

		feed(&f, words[i], strlen(words[i]));
		assert_int_equal(fdr_frames_next(&f, &got, &e), -EPROTO);
		assert_non_null(strstr(e.text, "install the same release"));
		fdr_frames_clear(&f);
	}
}

static void refuses_what_is_no_message(void **state)
{
	static const struct { const char *json, *want; } cases[] = {
		{ "[1]", "no object" }, { "7", "no JSON" }, { "{\"a\":1", "no JSON" },
		{ "{\"a\":1,\"a\":2}", "no JSON" }, { "{\"a\":\"\xff\"}", "no JSON" },
		{ "{} {}", "no JSON" }, { "{\"a\":\"\\u0000\"}", "no JSON" },
		 { "", "no JSON" }, { "{\"a\":1e999}", "no JSON" },
		{ "{\"a\":9223372036854775808}", "no JSON" },
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		struct fdr_frames f = { 0 };
		struct fdr_error e;
		json_t *got;

		feed_frame(&f, cases[i].json);
		assert_int_equal(fdr_frames_next(&f, &got, &e), -EPROTO);
		assert_non_null(strstr(e.text, cases[i].want));
		fdr_frames_clear(&f);
	}
}

static void bounds_frames(void **state)
{
	struct fdr_frames f = { 0 };
	struct fdr_error e;
	json_t *got, *msg;
	char *text = calloc(1, FDR_FRAME_MAX + 1), *data;
	size_t n;

	(void)state;
	/* {"a":"xx…"} of the greatest length, and one byte more. */
	memset(text, 'x', FDR_FRAME_MAX - 8);
	msg = json_pack("{ss}", "a", text);
	assert_int_equal(fdr_frame_encode(msg, &data, &n), 0);
	assert_int_equal(n, FDR_FRAME_MAX + 4);
	feed(&f, data, n);
	assert_int_equal(fdr_frames_next(&f, &got, &e), 1);
	assert_true(json_equal(got, msg));
	json_decref(got);
	json_decref(msg);
	free(data);
	text[FDR_FRAME_MAX - 8] = 'x';
	msg = json_pack("{ss}", "a", text);
	assert_int_equal(fdr_frame_encode(msg, &data, &n), -EMSGSIZE);
	json_decref(msg);
	/* Announced is enough to refuse it: nothing is waited for. */
	feed(&f, "\x00\x10\x00\x01", 4);
	assert_int_equal(fdr_frames_next(&f, &got, &e), -EPROTO);
	assert_string_equal(e.text, "a frame of 1048577 bytes was announced; the most is 1048576");
	free(text);
	fdr_frames_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_there_and_back),
		cmocka_unit_test(skips_noise),
		cmocka_unit_test(bounds_noise),
		cmocka_unit_test(refuses_other_versions),
		cmocka_unit_test(refuses_what_is_no_message),
		cmocka_unit_test(bounds_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
