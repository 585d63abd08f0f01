// SPDX-License-Identifier: GPL-2.0-or-later
/* The judgement of what was read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "engine/ledger-found.h"
#include "engine/ledger-judge.h"

/* The judgement, in a notation: ranges "0-9 12", marks "3 5". */
struct judged {
	struct fdr_ledger_entry entries[32];
	struct fdr_ledger_range ranges[4][8];
	uint64_t corrupt[4][8], twice[4][8];
	struct fdr_ledger_copy copies[4];
	struct fdr_ledger_case c;
	struct fdr_ledger_known known;
	struct fdr_ledger_verdict v;
};

/* One letter a request, from 0: Acknowledged, Unknown, Not sent, "." = none has ended. */
static void requests(struct judged *j, const char *fates)
{
	j->c.entries = j->entries;
	j->c.n_entries = 0;
	for (size_t i = 0; fates[i]; i++)
		if (fates[i] != '.')
			j->entries[j->c.n_entries++] = (struct fdr_ledger_entry){
				.seq = i, .done_ns = (int64_t)i * 1000,
				.fate = fates[i] == 'A' ? FDR_LEDGER_ACKNOWLEDGED :
					fates[i] == 'U' ? FDR_LEDGER_UNKNOWN :
							  FDR_LEDGER_NEVER_SENT };
	j->c.cut = j->c.next = strlen(fates);
	j->c.copies = j->copies;
	j->c.n_copies = 0;
}

static size_t marks(const char *text, uint64_t *v)
{
	size_t n = 0;

	for (char *end; *text; text = end + (*end == ' '))
		v[n++] = strtoull(text, &end, 10);
	return n;
}

/* NULL: it was not read. */
static void copy(struct judged *j, const char *present, const char *corrupt, const char *twice)
{
	size_t i = j->c.n_copies++;
	struct fdr_ledger_copy *c = &j->copies[i];

	*c = (struct fdr_ledger_copy){ .name = "copy", .read = present, .present = j->ranges[i],
				       .corrupt = j->corrupt[i], .twice = j->twice[i] };
	for (char *end; present && *present; present = end + (*end == ' ')) {
		uint64_t first = strtoull(present, &end, 10), last = first;

		if (*end == '-')
			last = strtoull(end + 1, &end, 10);
		j->ranges[i][c->n_present++] = (struct fdr_ledger_range){ first,
									  last - first + 1 };
	}
	c->n_corrupt = marks(corrupt, j->corrupt[i]);
	c->n_twice = marks(twice, j->twice[i]);
}

static void judge(struct judged *j)
{
	fdr_ledger_verdict_clear(&j->v);
	assert_int_equal(fdr_ledger_judge(&j->c, &j->known, &j->v), 0);
}

static void over(struct judged *j)
{
	fdr_ledger_verdict_clear(&j->v);
	fdr_ledger_known_clear(&j->known);
}

static void nothing_wrong(void **state)
{
	struct judged j = { 0 };

	(void)state;
	requests(&j, "AAUNA");
	copy(&j, "0-2 4", "", "");
	judge(&j);
	assert_true(j.v.judged);
	assert_int_equal(j.v.acknowledged, 3);
	assert_int_equal(j.v.unknown, 1);
	assert_int_equal(j.v.unknown_there, 1);
	assert_int_equal(j.v.lost + j.v.phantom + j.v.corrupt + j.v.duplicate, 0);
	assert_int_equal(j.copies[0].records, 4);
	over(&j);
}

static void lost_once(void **state)
{
	struct judged j = { 0 };

	(void)state;
	requests(&j, "AAAAUAAA");
	copy(&j, "0-1 7", "", "");
	copy(&j, "0-3", "", "");
	judge(&j);
	assert_int_equal(j.v.lost, 4);
	assert_int_equal(j.v.recoverable, 2);
	assert_int_equal(j.v.oldest_lost_ns, 2000);
	assert_int_equal(j.v.newest_lost_ns, 6000);
	/* Each in the trial in which it was first missing, also where it returns. */
	judge(&j);
	assert_int_equal(j.v.lost, 0);
	assert_int_equal(j.v.acknowledged, 7);
	j.c.n_copies = 0;
	copy(&j, "1-7", "", "");
	judge(&j);
	assert_int_equal(j.v.lost, 1);
	assert_int_equal(j.v.oldest_lost_ns, 0);
	over(&j);
}

/* Of what had not ended when the reading began nothing is said. */
static void the_cut(void **state)
{
	struct judged j = { 0 };

	(void)state;
	requests(&j, "AA.AAA");
	j.c.cut = 2;
	j.c.next = 9;
	copy(&j, "0 2 4 8", "", "");
	judge(&j);
	assert_int_equal(j.v.acknowledged, 2);
	assert_int_equal(j.v.lost, 1);
	assert_int_equal(j.v.phantom, 0);
	over(&j);
}

static void phantoms(void **state)
{
	struct judged j = { 0 };

	(void)state;
	/* 1 never left, 9 and 10 nobody sent; 3 was sent by a controller that died. */
	requests(&j, "ANA.A");
	copy(&j, "0-4 9-10", "", "");
	copy(&j, "1 10-11", "", "");
	judge(&j);
	assert_int_equal(j.v.phantom, 4);
	judge(&j);
	assert_int_equal(j.v.phantom, 0);
	over(&j);
}

static void corrupt_and_twice(void **state)
{
	struct judged j = { 0 };

	(void)state;
	requests(&j, "AAAA");
	copy(&j, "0 2-3", "1", "3");
	copy(&j, "0-1 3", "2", "0 3");
	judge(&j);
	assert_int_equal(j.v.corrupt, 2);
	assert_int_equal(j.v.duplicate, 2);
	/* It is there, though not as it was written. */
	assert_int_equal(j.v.lost, 0);
	judge(&j);
	assert_int_equal(j.v.corrupt + j.v.duplicate, 0);
	over(&j);
}

static void diverged(void **state)
{
	struct judged j = { 0 };

	(void)state;
	requests(&j, "AAAAAAAAAA");
	copy(&j, "0-4 7-9", "", "");
	copy(&j, "0-6", "", "");
	copy(&j, "0-2", "", "");
	judge(&j);
	assert_int_equal(j.v.n_splits, 1);
	assert_int_equal(j.v.splits[0].a, 0);
	assert_int_equal(j.v.splits[0].b, 1);
	assert_int_equal(j.v.splits[0].only_a, 3);
	assert_int_equal(j.v.splits[0].only_b, 2);
	/* The third only lags. */
	assert_int_equal(j.copies[2].behind, 5);
	assert_int_equal(j.copies[2].ahead, 0);
	/* What came after the cut is not compared. */
	j.c.cut = 7;
	judge(&j);
	assert_int_equal(j.v.n_splits, 0);
	assert_int_equal(j.copies[1].ahead, 2);
	over(&j);
}

static void not_read(void **state)
{
	struct judged j = { 0 };

	(void)state;
	requests(&j, "AAA");
	copy(&j, NULL, "", "");
	copy(&j, "0-2 7", "", "");
	judge(&j);
	assert_false(j.v.judged);
	assert_int_equal(j.v.lost, 0);
	assert_int_equal(j.v.n_splits, 0);
	/* A copy that was read tells what it holds. */
	assert_int_equal(j.v.phantom, 1);
	over(&j);
}

/* Any three sets against what a walk over each number says. */
static void against_a_walk(void **state)
{
	uint64_t x = 88172645463325252;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct judged j = { 0 };
		bool in[2][24];
		uint64_t only[2] = { 0, 0 };

		requests(&j, "AAAAAAAAAAAAAAAAAAAAAAAA");
		j.c.n_copies = 2;
		for (size_t c = 0; c < 2; c++) {
			j.copies[c] = (struct fdr_ledger_copy){ .read = true,
								.present = j.ranges[c] };
			for (uint64_t n = 0; n < 24; n++) {
				x ^= x << 13;
				x ^= x >> 7;
				x ^= x << 17;
				/* Ranges of some length, and no more than there is room for. */
				in[c][n] = n && x % 3 ? in[c][n - 1] :
					   x % 2 && j.copies[c].n_present < 8;
				if (!in[c][n])
					continue;
				if (n && in[c][n - 1])
					j.ranges[c][j.copies[c].n_present - 1].n++;
				else
					j.ranges[c][j.copies[c].n_present++] =
						(struct fdr_ledger_range){ n, 1 };
			}
		}
		j.c.cut = x % 25;
		for (uint64_t n = 0; n < j.c.cut; n++) {
			only[0] += in[0][n] && !in[1][n];
			only[1] += in[1][n] && !in[0][n];
		}
		judge(&j);
		assert_int_equal(j.copies[1].behind, only[0]);
		assert_int_equal(j.copies[1].ahead, only[1]);
		assert_int_equal(j.v.n_splits, only[0] && only[1]);
		over(&j);
	}
}

/* What a damaged database may hold where a reading should be. */
static void bad_events(void **state)
{
	static const char *const bad[] = {
		"{}", "[]", "{\"copy\": \"a\", \"cut\": -1, \"next\": 1, \"error\": \"x\"}",
		"{\"copy\": \"a\", \"cut\": 1, \"next\": 1, \"error\": null}",
#define REST	"\"cut\": 1, \"next\": 1, \"error\": null, \"foreign\": 0"
		"{\"copy\": \"a\", " REST ", \"present\": 7, \"duplicates\": [], \"corrupt\": []}",
		"{\"copy\": \"a\", " REST ", \"present\": [[0]], \"duplicates\": [], \"corrupt\": []}",
		"{\"copy\": \"a\", " REST ", \"present\": [[5, 2], [6, 1]], \"duplicates\": [], "
		"\"corrupt\": []}",
		"{\"copy\": \"a\", " REST ", \"present\": [[0, 2000000000]], \"duplicates\": [], "
		"\"corrupt\": []}",
		"{\"copy\": \"a\", " REST ", \"present\": [], \"duplicates\": [[3, 0]], "
		"\"corrupt\": []}",
		"{\"copy\": \"a\", " REST ", \"present\": [], \"duplicates\": [], "
		"\"corrupt\": [\"x\"]}",
	};
	json_t *good = json_loads("{\"copy\": \"a\", " REST ", \"present\": [[5, 2], [9, 1]], "
				  "\"duplicates\": [[5, 2]], \"corrupt\": [-1]}", 0, NULL);
	struct fdr_ledger_readings r = { 0 };

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(bad); i++) {
		json_t *data = json_loads(bad[i], 0, NULL);

		assert_non_null(data);
		if (fdr_ledger_readings_add(&r, data) != -EBADMSG)
			fail_msg("%s", bad[i]);
		fdr_ledger_readings_clear(&r);
		json_decref(data);
	}
	assert_int_equal(fdr_ledger_readings_add(&r, good), 0);
	assert_int_equal(r.copies[0].n_present, 2);
	fdr_ledger_readings_clear(&r);
	json_decref(good);
}

int main(void)
{
#define T(f)	cmocka_unit_test(f)
	const struct CMUnitTest tests[] = {
		T(nothing_wrong), T(lost_once), T(the_cut), T(phantoms), T(corrupt_and_twice),
		T(diverged), T(not_read), T(against_a_walk), T(bad_events),
	};

	return cmocka_run_group_tests_name("ledger-judge", tests, NULL, NULL);
}
