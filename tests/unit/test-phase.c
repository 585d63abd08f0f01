// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/sha256.h"
#include "engine/phase.h"

#define N	20
#define PERIOD	UINT64_C(1000000007)

static void test_strata(void **state)
{
	uint64_t v[N];

	(void)state;
	for (uint64_t seed = 1; seed <= 500; seed++) {
		unsigned int hits[N] = { 0 };

		fdr_phase_draw(seed, PERIOD, v, N);
		for (size_t i = 0; i < N; i++) {
			assert_true(v[i] < PERIOD);
			/* The part that holds it: parts begin at floor(period * k / n). */
			for (size_t k = 0; k < N; k++)
				hits[k] += v[i] >= PERIOD * k / N && v[i] < PERIOD * (k + 1) / N;
		}
		for (size_t k = 0; k < N; k++)
			assert_int_equal(hits[k], 1);
	}
}

static void test_repeatable(void **state)
{
	uint64_t a[N], b[N], c[N];

	(void)state;
	fdr_phase_draw(42, PERIOD, a, N);
	fdr_phase_draw(42, PERIOD, b, N);
	fdr_phase_draw(43, PERIOD, c, N);
	assert_memory_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, c, sizeof(a));
}

/* Any trial may get any part, and lie anywhere in it. */
static void test_uniform(void **state)
{
	unsigned int part[4] = { 0 }, tenth[10] = { 0 };
	uint64_t v[4];

	(void)state;
	for (uint64_t seed = 0; seed < 8000; seed++) {
		fdr_phase_draw(seed, PERIOD, v, 4);
		part[v[2] * 4 / PERIOD]++;
		tenth[v[2] * 40 / PERIOD % 10]++;
	}
	/* 4.5 standard deviations: 2000 +- 174, 800 +- 121. */
	for (size_t i = 0; i < 4; i++)
		assert_in_range(part[i], 1826, 2174);
	for (size_t i = 0; i < 10; i++)
		assert_in_range(tenth[i], 679, 921);
}

static void test_edges(void **state)
{
	uint64_t v[3] = { 9, 9, 9 };

	(void)state;
	fdr_phase_draw(1, 0, v, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(v[i], 0);
	fdr_phase_draw(1, 2, v, 3);	/* fewer instants than trials */
	for (size_t i = 0; i < 3; i++)
		assert_in_range(v[i], 0, 1);
	fdr_phase_draw(1, UINT64_MAX, v, 3);
	fdr_phase_draw(1, PERIOD, v, 0);
}

static void test_sha256(void **state)
{
	static const struct {
		const char *text, *sum;
	} known[] = {
		/* FIPS 180-4's examples, and the empty text. */
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	char sum[FDR_SHA256_TEXT], *million = malloc(1000000);

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(known); i++) {
		fdr_sha256_text(known[i].text, strlen(known[i].text), sum);
		assert_string_equal(sum, known[i].sum);
	}
	assert_non_null(million);
	memset(million, 'a', 1000000);
	fdr_sha256_text(million, 1000000, sum);
	assert_string_equal(sum, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(million);
}

/* Each by itself: within the period, reproducible, and not one in each part. */
static void test_unstratified(void **state)
{
	uint64_t v[200], again[200];
	unsigned int parts[200] = { 0 }, empty = 0;
	double sum = 0;

	(void)state;
	fdr_phase_draw_uniform(7, 1000000, v, 200);
	fdr_phase_draw_uniform(7, 1000000, again, 200);
	assert_memory_equal(v, again, sizeof(v));
	for (size_t i = 0; i < 200; i++) {
		assert_true(v[i] < 1000000);
		sum += (double)v[i];
		parts[v[i] / 5000]++;
	}
	for (size_t i = 0; i < 200; i++)
		empty += !parts[i];
	/* A share of 1/e is expected to be empty: 74, give or take 5. */
	assert_true(empty > 50 && empty < 95);
	assert_true(sum / 200 > 430000 && sum / 200 < 570000);
	fdr_phase_draw_uniform(7, 0, v, 200);
	assert_int_equal(v[0] + v[199], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unstratified), cmocka_unit_test(test_strata), cmocka_unit_test(test_repeatable),
		cmocka_unit_test(test_uniform), cmocka_unit_test(test_edges),
		cmocka_unit_test(test_sha256),
	};

	return cmocka_run_group_tests_name("phase", tests, NULL, NULL);
}
