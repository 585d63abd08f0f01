// SPDX-License-Identifier: GPL-2.0-or-later
/* The live view of conditions and milestones, fed by hand on a made-up clock. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "common-vocabulary.h"
#include "engine/flow.h"
#include "engine/watch.h"

#define MS	FDR_NS_PER_MS

static const char plan_text[] =
	"apiVersion: faultdrill/v1\n"
	"drill: {name: watch}\n"
	"nodes: {node1: local}\n"
	"probes:\n"
	"  lb: {stats: {socket: /x}}\n"
	"workloads:\n"
	"  users: {web: {url: \"http://x/\", rate: 100/s}}\n"
	"steady_state:\n"
	"  hold: 100ms\n"
	"  conditions: [{probe: lb, state: up}, {workload: users}]\n"
	"inject: {node: node1, fault: panic}\n"
	"milestones:\n"
	"  suspected: {probe: lb, subject: a, state: suspect}\n"
	"  detected: {probe: lb, subject: a, state: down}\n"
	"  served: {workload: users}\n"
	"  redundant: {probe: lb, state: up}\n"
	"trials: {served_hold: 50ms}\n"
	"safety: {allow_fatal: true}\n";

struct fixture {
	struct fdr_plan *plan;
	struct fdr_watch *w;
	int64_t at_ms[FDR_MILESTONE_COUNT];	/* as told */
	unsigned int told[FDR_MILESTONE_COUNT];
	uint64_t seq;
};

static void on_milestone(void *userdata, enum fdr_milestone m, int64_t at_ns, const char *what)
{
	struct fixture *f = userdata;

	assert_non_null(what);
	f->at_ms[m] = at_ns / MS;
	f->told[m]++;
}

static const struct fdr_watch_ops ops = { .milestone = on_milestone };

static int begin(void **state, const char *text)
{
	struct fdr_plan_errors errors = { 0 };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	if (fdr_plan_parse("watch", text, strlen(text), test_vocabulary(), NULL, 0, &f->plan,
			   &errors))
		fail_msg("%s", errors.n ? errors.v[0].text : "?");
	assert_int_equal(fdr_watch_new(f->plan, &ops, f, &f->w), 0);
	*state = f;
	return 0;
}

static int setup(void **state)
{
	return begin(state, plan_text);
}

static const char expression_text[] =
	"apiVersion: faultdrill/v1\n"
	"drill: {name: watch}\n"
	"nodes: {node1: local}\n"
	"probes:\n"
	"  lb: {stats: {socket: /x}}\n"
	"  log: {follow: {path: /y, patterns: {gone: a, back: b}}}\n"
	"workloads:\n"
	"  users: {web: {url: \"http://x/\", rate: 100/s}}\n"
	"steady_state:\n"
	"  hold: 100ms\n"
	"  conditions:\n"
	"    - any: [{probe: lb, subject: a, state: up}, {probe: lb, subject: b, state: up}]\n"
	"    - not: {probe: lb, state: down}\n"
	"inject: {node: node1, fault: panic}\n"
	"milestones:\n"
	"  detected:\n"
	"    all: [{probe: lb, subject: a, states: [suspect, down]},\n"
	"          {probe: log, subject: a, state: gone}, {probe: lb, subject: b, state: up}]\n"
	"  promoted: {any: [{not: {probe: lb, subject: b, state: up}}, {workload: users}]}\n"
	"  served: {all: [{workload: users}, {not: {probe: lb, subject: a, state: down}}]}\n"
	"trials: {served_hold: 50ms}\n"
	"safety: {allow_fatal: true}\n";

static int setup_expressions(void **state)
{
	return begin(state, expression_text);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fdr_watch_free(f->w);
	fdr_plan_free(f->plan);
	free(f);
	return 0;
}

static void see(struct fixture *f, const char *subject, const char *word, int64_t at_ms)
{
	struct fdr_obs obs = { .source = "lb", .subject = subject, .state = word, .detail = "",
			       .when = { (at_ms - 5) * MS, at_ms * MS } };

	assert_int_equal(fdr_watch_obs(f->w, &obs), 0);
}

/* The request that is meant for @at_ms and takes @took_ms. */
static void request(struct fixture *f, uint64_t seq, int64_t at_ms, int64_t took_ms,
		    enum fdr_request_status status)
{
	struct fdr_request r = { .source = "users", .seq = seq, .intended_ns = at_ms * MS,
				 .sent_ns = at_ms * MS, .done_ns = (at_ms + took_ms) * MS,
				 .status = status, .served_by = "", .detail = "" };

	assert_int_equal(fdr_watch_request(f->w, &r), 0);
}

/* Requests every 10 ms from @from_ms up to, not including, @to_ms. */
static void requests(struct fixture *f, int64_t from_ms, int64_t to_ms,
		     enum fdr_request_status status)
{
	for (int64_t t = from_ms; t < to_ms; t += 10)
		request(f, f->seq++, t, 1, status);
}

static int64_t since_ms(struct fixture *f, int64_t now_ms)
{
	char why[256] = "";
	int64_t t = fdr_watch_steady_since(f->w, now_ms * MS, why, sizeof(why));

	/* Either it holds, or something is said. */
	assert_true(t || *why);
	return t / MS;
}

static void test_steady(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(since_ms(f, 1000), 0);		/* nothing is known: no */
	see(f, "a", "up", 1010);
	see(f, "b", "down", 1010);
	assert_int_equal(since_ms(f, 1020), 0);		/* no requests, and b is down */
	requests(f, 1000, 1200, FDR_REQUEST_OK);
	assert_int_equal(since_ms(f, 1190), 0);
	see(f, "b", "up", 1100);
	assert_int_equal(since_ms(f, 1190), 1100);
	/* Requests are silent: what was, may be no more. */
	assert_true(since_ms(f, 1400) > 1190);
	assert_int_equal(since_ms(f, 4000), 0);
	/* A late one breaks it. */
	requests(f, 1200, 1210, FDR_REQUEST_LATE);
	assert_int_equal(since_ms(f, 1210), 0);
	requests(f, 1210, 1300, FDR_REQUEST_OK);
	assert_int_equal(since_ms(f, 1290), 1210);
	/* A probe that cannot see proves nothing. */
	see(f, "", "unreachable", 1295);
	assert_int_equal(since_ms(f, 1296), 0);
	see(f, "", "reachable", 1297);
	assert_int_equal(since_ms(f, 1297), 1217);
}

static void test_crash(void **state)
{
	struct fixture *f = *state;
	char missing[128];

	see(f, "a", "up", 900);
	see(f, "b", "up", 900);
	requests(f, 900, 1000, FDR_REQUEST_OK);
	fdr_watch_trial(f->w);
	assert_false(fdr_watch_caused(f->w));
	fdr_watch_onset(f->w, 1000 * MS);
	assert_false(fdr_watch_caused(f->w));
	assert_string_equal(fdr_watch_missing(f->w, true, missing, sizeof(missing)),
			    "suspected, detected, served");
	requests(f, 1000, 1100, FDR_REQUEST_ERROR);
	assert_int_equal(f->at_ms[FDR_FIRST_ERROR], 1000);
	see(f, "a", "suspect", 1200);
	see(f, "a", "down", 1300);
	see(f, "a", "down", 1301);			/* another witness */
	assert_int_equal(f->at_ms[FDR_SUSPECTED], 1200);
	assert_int_equal(f->at_ms[FDR_DETECTED], 1300);
	assert_int_equal(f->told[FDR_DETECTED], 1);
	requests(f, 1100, 1150, FDR_REQUEST_OK);
	assert_false(fdr_watch_seen(f->w, FDR_SERVED));	/* 40 ms: not yet */
	requests(f, 1150, 1160, FDR_REQUEST_TIMEOUT);
	requests(f, 1160, 1220, FDR_REQUEST_OK);
	assert_int_equal(f->at_ms[FDR_SERVED], 1161);
	assert_true(fdr_watch_caused(f->w));
	assert_false(fdr_watch_restored(f->w));
	see(f, "a", "up", 2000);
	assert_int_equal(f->at_ms[FDR_REDUNDANT], 2000);
	assert_true(fdr_watch_restored(f->w));
	/* The next trial knows nothing of it. */
	fdr_watch_trial(f->w);
	fdr_watch_onset(f->w, 3000 * MS);
	assert_false(fdr_watch_seen(f->w, FDR_DETECTED));
	assert_false(fdr_watch_restored(f->w));
}

/* Nobody noticed: then "served" is settled once that is certain. */
static void test_unnoticed(void **state)
{
	struct fixture *f = *state;

	see(f, "a", "up", 900);
	requests(f, 900, 1000, FDR_REQUEST_OK);
	fdr_watch_onset(f->w, 1000 * MS);
	see(f, "a", "down", 1300);			/* without a suspicion */
	requests(f, 1000, 1340, FDR_REQUEST_OK);
	assert_false(fdr_watch_caused(f->w));
	requests(f, 1340, 1360, FDR_REQUEST_OK);
	assert_true(fdr_watch_caused(f->w));
	assert_int_equal(f->told[FDR_FIRST_ERROR], 0);
	assert_int_equal(f->told[FDR_SUSPECTED], 0);
}

/* A request that hangs keeps everything after it from being settled. */
static void test_hanging_request(void **state)
{
	struct fixture *f = *state;

	see(f, "a", "up", 900);
	fdr_watch_onset(f->w, 1000 * MS);
	see(f, "a", "down", 1100);
	f->seq = 1;
	requests(f, 1010, 1400, FDR_REQUEST_OK);
	assert_false(fdr_watch_caused(f->w));
	request(f, 0, 1000, 2000, FDR_REQUEST_TIMEOUT);
	assert_int_equal(f->at_ms[FDR_FIRST_ERROR], 1000);
	assert_int_equal(f->at_ms[FDR_SERVED], 1011);
	assert_true(fdr_watch_caused(f->w));
}

/* A flap before the verdict is no return, and one of two back is not both. */
static void test_redundant(void **state)
{
	struct fixture *f = *state;

	see(f, "a", "up", 900);
	see(f, "b", "up", 900);
	fdr_watch_onset(f->w, 1000 * MS);
	see(f, "a", "suspect", 1100);
	see(f, "a", "up", 1150);
	assert_false(fdr_watch_seen(f->w, FDR_REDUNDANT));
	see(f, "a", "down", 1200);
	see(f, "b", "down", 1210);
	see(f, "a", "up", 1500);
	assert_false(fdr_watch_seen(f->w, FDR_REDUNDANT));
	see(f, "b", "up", 1600);
	assert_int_equal(f->at_ms[FDR_REDUNDANT], 1600);
	/* It does not last: then it has not come yet. */
	see(f, "b", "suspect", 1650);
	assert_false(fdr_watch_restored(f->w));
	see(f, "b", "up", 1700);
	assert_int_equal(f->at_ms[FDR_REDUNDANT], 1700);
	assert_true(fdr_watch_restored(f->w));
}

static void say(struct fixture *f, const char *source, const char *subject, const char *word,
		int64_t at_ms)
{
	struct fdr_obs obs = { .source = source, .subject = subject, .state = word, .detail = "",
			       .when = { (at_ms - 5) * MS, at_ms * MS } };

	assert_int_equal(fdr_watch_obs(f->w, &obs), 0);
}

/* any, not, and what is not known, of which the opposite is not known either. */
static void test_steady_expression(void **state)
{
	struct fixture *f = *state;
	char why[256];

	assert_int_equal(since_ms(f, 1000), 0);
	say(f, "log", "a", "back", 1000);		/* nobody asked */
	assert_int_equal(since_ms(f, 1000), 0);
	see(f, "a", "suspect", 1010);
	assert_int_equal(since_ms(f, 1010), 0);
	see(f, "b", "up", 1020);
	assert_int_equal(since_ms(f, 1030), 1020);
	see(f, "a", "up", 1040);			/* one more: it goes on as before */
	assert_int_equal(since_ms(f, 1050), 1020);
	see(f, "b", "suspect", 1060);
	assert_int_equal(since_ms(f, 1070), 1040);
	see(f, "b", "down", 1080);
	assert_int_equal(fdr_watch_steady_since(f->w, 1090 * MS, why, sizeof(why)), 0);
	assert_string_equal(why, "lb says b is down");
	see(f, "b", "up", 1100);
	assert_int_equal(since_ms(f, 1110), 1100);
	/* Blind: neither "up" nor "not down" is known. */
	see(f, "", "unreachable", 1120);
	assert_int_equal(fdr_watch_steady_since(f->w, 1130 * MS, why, sizeof(why)), 0);
	assert_string_equal(why, "lb is unreachable");
	assert_int_equal(fdr_watch_since(f->w, &f->plan->steady.conds[1], true, 1130 * MS, why,
					 sizeof(why)), 0);
	see(f, "", "reachable", 1140);
	assert_int_equal(since_ms(f, 1150), 1100);
}

static void test_milestone_expression(void **state)
{
	struct fixture *f = *state;

	see(f, "a", "up", 900);
	see(f, "b", "up", 900);
	requests(f, 900, 1000, FDR_REQUEST_OK);
	fdr_watch_trial(f->w);
	fdr_watch_onset(f->w, 1000 * MS);
	see(f, "a", "suspect", 1100);
	assert_false(fdr_watch_seen(f->w, FDR_DETECTED));	/* the log is silent */
	requests(f, 1000, 1100, FDR_REQUEST_ERROR);
	see(f, "a", "down", 1150);
	say(f, "log", "a", "gone", 1200);
	assert_int_equal(f->at_ms[FDR_DETECTED], 1200);		/* the last of them */
	/* Users succeeded before, which is no news; now they do again. */
	assert_false(fdr_watch_seen(f->w, FDR_PROMOTED));
	requests(f, 1100, 1160, FDR_REQUEST_OK);
	assert_int_equal(f->at_ms[FDR_PROMOTED], 1101);
	/* Service is back when a is, too. */
	assert_false(fdr_watch_seen(f->w, FDR_SERVED));
	assert_false(fdr_watch_caused(f->w));
	see(f, "a", "up", 1300);
	assert_int_equal(f->at_ms[FDR_SERVED], 1300);
	assert_true(fdr_watch_caused(f->w));
	assert_int_equal(f->told[FDR_DETECTED], 1);
}

struct order {
	int64_t v[4096];
	size_t n;
};

static void on_settled(void *userdata, const struct fdr_flow_request *r)
{
	struct order *o = userdata;

	o->v[o->n++] = r->intended_ns;
}

static void test_flow(void **state)
{
	struct order o = { .n = 0 };
	struct fdr_flow flow = { .settled = on_settled, .userdata = &o };
	struct fdr_request r = { .seq = 0 };

	(void)state;
	/* Blocks of 200, each backwards: the buffer grows and wraps. */
	for (uint64_t block = 0; block < 10; block++) {
		for (uint64_t i = 200; i-- > 0;) {
			r.seq = block * 200 + i;
			r.intended_ns = (int64_t)r.seq;
			assert_int_equal(fdr_flow_add(&flow, &r), 0);
			assert_int_equal(o.n, i ? block * 200 : (block + 1) * 200);
		}
	}
	for (size_t i = 0; i < o.n; i++)
		assert_int_equal(o.v[i], i);
	assert_int_equal(fdr_flow_add(&flow, &r), -EINVAL);	/* once more */
	r.seq = 2005;
	assert_int_equal(fdr_flow_add(&flow, &r), 0);
	assert_int_equal(fdr_flow_add(&flow, &r), -EINVAL);
	r.seq = UINT64_MAX;
	assert_int_equal(fdr_flow_add(&flow, &r), -EINVAL);
	fdr_flow_clear(&flow);
}

static void test_strangers(void **state)
{
	struct fixture *f = *state;
	struct fdr_obs obs = { .source = "nobody", .subject = "", .state = "up", .detail = "" };
	struct fdr_request r = { .source = "nobody" };

	assert_int_equal(fdr_watch_obs(f->w, &obs), -ENOENT);
	assert_int_equal(fdr_watch_request(f->w, &r), -ENOENT);
}

#define TEST(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_steady), TEST(test_crash), TEST(test_unnoticed),
		TEST(test_hanging_request), TEST(test_redundant), TEST(test_strangers),
		cmocka_unit_test(test_flow),
		cmocka_unit_test_setup_teardown(test_steady_expression, setup_expressions, teardown),
		cmocka_unit_test_setup_teardown(test_milestone_expression, setup_expressions,
						teardown),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
