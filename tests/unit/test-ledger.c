// SPDX-License-Identifier: GPL-2.0-or-later
/* Records, and the reading of copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>

#include "common-peer.h"
#include "workload/ledger.h"
#include "workload/read-back.h"

#define MS	FDR_NS_PER_MS

static const struct fdr_ledger ledger = { .id = "0123456789abcdef", .payload = 64 };

static void records(void **state)
{
	struct fdr_ledger_record a, b;
	char text[FDR_LEDGER_TEXT_MAX], want[FDR_LEDGER_TEXT_MAX], sum[FDR_SHA256_TEXT];
	struct fdr_ledger other = ledger;

	(void)state;
	fdr_ledger_make(&ledger, 42, &a);
	fdr_ledger_make(&ledger, 42, &b);
	assert_string_equal(a.payload, b.payload);
	assert_int_equal(strlen(a.payload), 64);
	snprintf(text, sizeof(text), "0123456789abcdef 42 %s", a.payload);
	fdr_sha256_text(text, strlen(text), sum);
	assert_string_equal(a.sum, sum);
	fdr_ledger_make(&ledger, 43, &b);
	assert_string_not_equal(a.payload, b.payload);
	other.id[0] = '1';
	fdr_ledger_make(&other, 42, &b);
	assert_string_not_equal(a.sum, b.sum);
	snprintf(want, sizeof(want), "0123456789abcdef 42 %s %s", a.sum, a.payload);
	assert_int_equal(fdr_ledger_text(&ledger, 42, text), strlen(want));
	assert_string_equal(text, want);
}

static void biggest_record(void **state)
{
	struct fdr_ledger big = { .id = "ffffffffffffffff", .payload = FDR_LEDGER_PAYLOAD_MAX };
	char text[FDR_LEDGER_TEXT_MAX];
	struct fdr_ledger_view v = { 0 };
	size_t n = fdr_ledger_text(&big, UINT64_MAX, text);

	(void)state;
	assert_int_equal(n, strlen(text));
	assert_int_equal(n, FDR_LEDGER_TEXT_MAX - 1);
	fdr_ledger_found_text(&v, &big, text, n);
	assert_int_equal(v.n, 1);
	assert_true(v.seqs[0] == UINT64_MAX);
	fdr_ledger_view_clear(&v);
}

static void found(struct fdr_ledger_view *v, const char *text)
{
	fdr_ledger_found_text(v, &ledger, text, strlen(text));
}

/* What a store gives back may be anything. */
static void texts(void **state)
{
	static const char *const foreign[] = {
		"", " ", "noise", "0123456789abcdef", "0123456789abcdef ", "0123456789abcdef 7",
		"0123456789abcdef x 00 y", "0123456789abcdef 07 00 y", "0123456789abcdef -7 00 y",
		"0123456789abcdef 18446744073709551616 00 y", "0123456789abcde 7 00 y",
	};
	struct fdr_ledger_view v = { 0 };
	char text[FDR_LEDGER_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(foreign); i++) {
		found(&v, foreign[i]);
		assert_int_equal(v.foreign, i + 1);
	}
	assert_int_equal(v.n + v.n_corrupt, 0);
	assert_string_equal(v.foreign_text, "");
	/* Another run's. */
	found(&v, "fedcba9876543210 7 00 y");
	assert_int_equal(v.foreign + v.n + v.n_corrupt, FDR_ARRAY_LEN(foreign));
	fdr_ledger_text(&ledger, 7, text);
	found(&v, text);
	found(&v, text);
	assert_int_equal(v.n, 2);
	/* Each of its bytes counts. */
	for (size_t i = strlen(ledger.id) + 3; i < strlen(text); i++) {
		char c = text[i];

		text[i] = c == '0' ? '1' : '0';
		found(&v, text);
		text[i] = c;
	}
	assert_int_equal(v.n, 2);
	assert_true(v.n_corrupt > 100);
	fdr_ledger_view_clear(&v);
}

static void foreign_text_is_shown_clean(void **state)
{
	struct fdr_ledger_view v = { 0 };

	(void)state;
	fdr_ledger_found_foreign(&v, "a\033[31m\n\xff", 8);
	assert_string_equal(v.foreign_text, "a?[31m??");
	fdr_ledger_view_clear(&v);
}

/* A kind whose copies this test provides. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool hang;
	unsigned int refuse, calls;
} copies = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static int read_copy(struct fdr_ledger_reading *r, struct fdr_error *e)
{
	struct fdr_ledger_record x;
	int err = 0;

	pthread_mutex_lock(&copies.lock);
	copies.calls++;
	while (copies.hang && r->endpoint)
		pthread_cond_wait(&copies.changed, &copies.lock);
	if (!r->endpoint && copies.refuse) {
		copies.refuse--;
		err = fdr_err(e, -ECONNREFUSED, "not yet");
	}
	pthread_cond_broadcast(&copies.changed);
	pthread_mutex_unlock(&copies.lock);
	for (uint64_t i = 0; i < 5; i++) {
		fdr_ledger_make(&r->ledger, i, &x);
		fdr_ledger_found(&r->view, &r->ledger, i, x.payload, strlen(x.payload), x.sum,
				 strlen(x.sum));
	}
	return err;
}

static const struct fdr_opt_desc options[] = { FDR_LEDGER_OPTIONS };
static const struct fdr_workload_ops ops = {
	.kind = { .name = "test", .summary = "", .opts = options,
		  .n_opts = FDR_ARRAY_LEN(options) },
	.read_back = read_copy,
};

struct fixture {
	struct fdr_poller *p;
	struct fdr_opts opts;
	struct fdr_read_back *b;
};

static void begin(struct fixture *f, int64_t within_ns)
{
	struct fdr_error e = { "" };

	f->opts.kind = &ops.kind;
	assert_int_equal(fdr_opts_add(&f->opts, "read_from", "old", "there",
				      (struct fdr_place){ 0 }, &e), 0);
	assert_int_equal(fdr_opts_add(&f->opts, "ledger", NULL, "yes", (struct fdr_place){ 0 }, &e),
			 0);
	assert_int_equal(fdr_opts_finish(&f->opts, &e), 0);
	assert_true(fdr_ledger_wanted(&f->opts));
	assert_int_equal(fdr_poller_new(&f->p), 0);
	if (fdr_read_back_start(&ops, &f->opts, &ledger, fdr_now_ns() + within_ns, f->p, &f->b,
				&e) < 0)
		fail_msg("%s", e.text);
	/* The threads have their own. */
	fdr_opts_clear(&f->opts);
	assert_int_equal(fdr_read_back_copies(f->b), 2);
}

static void wait_for_copies(struct fixture *f, int64_t within_ns)
{
	int64_t until = fdr_now_ns() + within_ns;

	while (!fdr_read_back_over(f->b) && fdr_now_ns() < until)
		fdr_poller_run_once(f->p, 10 * MS);
}

static void end(struct fixture *f)
{
	fdr_read_back_end(f->b);
	fdr_poller_free(f->p);
}

static void all_copies_are_read(void **state)
{
	struct fixture f = { 0 };
	struct fdr_read_copy c;

	(void)state;
	copies.refuse = 2;
	begin(&f, 20 * FDR_NS_PER_S);
	wait_for_copies(&f, 20 * FDR_NS_PER_S);
	fdr_read_back_copy(f.b, 0, &c);
	assert_true(c.done);
	assert_string_equal(c.name, "service");
	/* Refused twice, and nothing of those attempts is left. */
	assert_int_equal(c.attempts, 3);
	assert_int_equal(c.view->n, 5);
	assert_true(c.begun_ns <= c.ended_ns);
	fdr_read_back_copy(f.b, 1, &c);
	assert_true(c.done);
	assert_string_equal(c.name, "old");
	assert_int_equal(c.attempts, 1);
	end(&f);
}

static void a_copy_is_given_up(void **state)
{
	struct fixture f = { 0 };
	struct fdr_read_copy c;

	(void)state;
	copies.refuse = 1000;
	begin(&f, 500 * MS);
	wait_for_copies(&f, 20 * FDR_NS_PER_S);
	fdr_read_back_copy(f.b, 0, &c);
	assert_false(c.done);
	assert_null(c.view);
	assert_string_equal(c.error, "not yet");
	assert_in_range(c.attempts, 2, 4);
	copies.refuse = 0;
	end(&f);
}

/* A reader that hangs holds up nobody, and what it uses outlives us. */
static void a_copy_that_hangs_is_left_behind(void **state)
{
	struct fixture f = { 0 };
	struct fdr_read_copy c;

	(void)state;
	copies.hang = true;
	begin(&f, 100 * MS);
	wait_for_copies(&f, 300 * MS);
	fdr_read_back_copy(f.b, 0, &c);
	assert_true(c.done);
	fdr_read_back_copy(f.b, 1, &c);
	assert_false(c.done);
	assert_string_equal(c.error, "no answer within the time for reading back");
	end(&f);
	pthread_mutex_lock(&copies.lock);
	copies.hang = false;
	pthread_cond_broadcast(&copies.changed);
	pthread_mutex_unlock(&copies.lock);
}

int main(void)
{
#define T(f)	cmocka_unit_test(f)
	const struct CMUnitTest tests[] = {
		T(records), T(biggest_record), T(texts), T(foreign_text_is_shown_clean),
		T(all_copies_are_read), T(a_copy_is_given_up), T(a_copy_that_hangs_is_left_behind),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
