// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bad campaigns are data, as bad plans are: tests/unit/campaigns/bad/NAME.yaml with all
 * its messages in NAME.expected.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "plan/campaign.h"
#include "report/campaign.h"

#define CAMPAIGNS	"tests/unit/campaigns/"

static char *errors_text(const struct fdr_plan_errors *errors)
{
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	assert_non_null(f);
	for (size_t i = 0; i < errors->n; i++)
		fprintf(f, "%u:%u: %s\n", errors->v[i].place.line, errors->v[i].place.column,
			errors->v[i].text);
	fclose(f);
	return out;
}

static bool check_bad(const char *name)
{
	struct fdr_plan_errors errors = { 0 };
	struct fdr_campaign *c = NULL;
	char path[512], want[4096] = "", *got;
	FILE *f;
	bool same;
	int r;

	snprintf(path, sizeof(path), CAMPAIGNS "bad/%s.yaml", name);
	r = fdr_campaign_load(path, NULL, 0, &c, &errors);
	got = errors_text(&errors);
	snprintf(path, sizeof(path), CAMPAIGNS "bad/%s.expected", name);
	f = fopen(path, "re");
	if (f) {
		want[fread(want, 1, sizeof(want) - 1, f)] = '\0';
		fclose(f);
	}
	same = f && r == -EINVAL && !c && errors.n && !strcmp(want, got);
	if (!same)
		print_error("%s: returned %d, wanted:\n%sgot:\n%s", name, r, want, got);
	free(got);
	fdr_plan_errors_clear(&errors);
	return same;
}

static void test_bad(void **state)
{
	DIR *dir = opendir(CAMPAIGNS "bad");
	unsigned int n = 0, wrong = 0;
	struct dirent *d;

	(void)state;
	if (!dir)
		fail_msg("no %sbad here: run from the top of the tree", CAMPAIGNS);
	while ((d = readdir(dir))) {
		char *dot = strstr(d->d_name, ".yaml");

		if (!dot)
			continue;
		*dot = '\0';
		n++;
		wrong += !check_bad(d->d_name);
	}
	closedir(dir);
	assert_true(n >= 20);
	assert_int_equal(wrong, 0);
}

static struct fdr_campaign *load_good(const char *name, const char *const *sets, size_t n)
{
	struct fdr_plan_errors errors = { 0 };
	struct fdr_campaign *c = NULL;
	char path[512], *text;
	int r;

	snprintf(path, sizeof(path), CAMPAIGNS "good/%s.yaml", name);
	r = fdr_campaign_load(path, sets, n, &c, &errors);
	text = errors_text(&errors);
	if (r)
		fail_msg("%s: %d\n%s", name, r, text);
	free(text);
	fdr_plan_errors_clear(&errors);
	return c;
}

static void test_matrix(void **state)
{
	static const char *const labels[] = {
		"plan=crash, fault=panic, node=node1",
		"plan=crash, fault=soft-lockup cpus=1, node=node1",
		"plan=crash, fault=soft-lockup cpus=1, node=node2",
		"plan=hang, node=node3",
	};
	static const char *const sets[] = { "lab=/tmp/lab" };
	struct fdr_campaign *c = load_good("matrix", sets, 1);

	(void)state;
	assert_int_equal(c->n_cells, FDR_ARRAY_LEN(labels));
	for (size_t i = 0; i < c->n_cells; i++)
		assert_string_equal(c->cells[i].label, labels[i]);
	/* The campaign's own variables first, as the command line has them; no plan among them. */
	assert_int_equal(c->cells[1].n_sets, 3);
	assert_string_equal(c->cells[1].sets[0], "lab=/tmp/lab");
	assert_string_equal(c->cells[1].sets[1], "fault=soft-lockup cpus=1");
	assert_string_equal(c->cells[1].sets[2], "node=node1");
	assert_int_equal(c->cells[3].plan, 1);
	assert_int_equal(c->cells[3].place.line, 12);
	assert_int_equal(c->cells[0].place.line, 5);
	assert_int_equal(c->trials, 20);
	assert_int_equal(c->block, 5);
	assert_int_equal(c->seed, 7);
	assert_int_equal(c->order, FDR_ORDER_RANDOM);
	assert_int_equal(c->on_abort, FDR_ABORT_STOP);
	assert_false(fdr_campaign_soaks(c));
	fdr_campaign_free(c);
}

static void test_soak(void **state)
{
	struct fdr_campaign *c = load_good("soak", NULL, 0);

	(void)state;
	assert_int_equal(c->n_cells, 2);
	assert_string_equal(c->cells[0].label, "plan=crash");
	assert_true(fdr_campaign_soaks(c));
	assert_int_equal(c->soak.time_ns, INT64_C(7200000000000));
	assert_int_equal(c->soak.trials, 100);
	assert_int_equal(c->soak.failures, 3);
	assert_int_equal(c->soak.pause_ns, INT64_C(10000000000));
	assert_int_equal(c->order, FDR_ORDER_AS_WRITTEN);
	fdr_campaign_free(c);
}

static void test_sets(void **state)
{
	static const char *const sets[] = { "lib=x" };
	struct fdr_plan_errors errors = { 0 };
	struct fdr_campaign *c = NULL;

	(void)state;
	assert_int_equal(fdr_campaign_load(CAMPAIGNS "good/matrix.yaml", sets, 1, &c, &errors),
			 -EINVAL);
	assert_int_equal(errors.n, 1);
	assert_non_null(strstr(errors.v[0].text, "did you mean \"lab\"?"));
	fdr_plan_errors_clear(&errors);
}

static void test_schema(void **state)
{
	json_t *j = fdr_campaign_schema(), *p = json_object_get(j, "properties");

	(void)state;
	assert_string_equal(json_string_value(json_array_get(json_object_get(json_object_get(p,
		"order"), "enum"), 1)), "as-written");
	assert_non_null(json_object_get(json_object_get(json_object_get(p, "soak"), "properties"),
					"budget"));
	assert_int_equal(json_array_size(json_object_get(j, "required")), 3);
	json_decref(j);
}

static struct fdr_result *result_of(enum fdr_verdict verdict, int64_t detected_ns, unsigned int n)
{
	struct fdr_result *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->n_planned = n;
	r->n_trials = n;
	r->trials = calloc(n, sizeof(*r->trials));
	assert_non_null(r->trials);
	r->verdict = verdict;
	strcpy(r->reason, verdict == FDR_PASS ? "" : "because");
	for (unsigned int i = 0; i < n; i++) {
		struct fdr_result_trial *t = &r->trials[i];
		const struct fdr_result_point point = { 0 };

		t->n = i + 1;
		t->verdict = verdict;
		t->milestones[FDR_ONSET].present = true;
		t->milestones[FDR_DETECTED] = (struct fdr_result_milestone){
			.present = true, .when = { detected_ns + i, detected_ns + i } };
		assert_int_equal(fdr_result_add_point(t, &point), 0);
	}
	fdr_result_summarise(r);
	return r;
}

static void test_merge(void **state)
{
	struct fdr_result *a = result_of(FDR_PASS, 1000, 3), *b = result_of(FDR_FAIL, 2000, 4);
	struct fdr_result *c = result_of(FDR_INCONCLUSIVE, 3000, 1);

	(void)state;
	assert_int_equal(fdr_result_merge(a, b), 0);
	assert_int_equal(fdr_result_merge(a, c), 0);
	assert_int_equal(b->n_trials, 0);
	assert_int_equal(a->n_trials, 8);
	assert_int_equal(a->n_planned, 8);
	assert_int_equal(a->n_runs, 3);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(a->trials[i].n, i + 1);
		assert_null(a->trials[i].points);
	}
	/* Fail is worse than inconclusive. */
	assert_int_equal(a->verdict, FDR_FAIL);
	assert_string_equal(a->reason, "4 of 8 trials failed");
	assert_int_equal(a->summary[FDR_DETECTED].n, 8);
	assert_int_equal(a->summary[FDR_DETECTED].min_ns, 1000);
	assert_int_equal(a->summary[FDR_DETECTED].max_ns, 3000);
	fdr_result_free(a);
	fdr_result_free(b);
	fdr_result_free(c);
}

static char *rendered(int (*render)(FILE *f, const struct fdr_campaign_results *x),
		      const struct fdr_campaign_results *x)
{
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	assert_non_null(f);
	assert_int_equal(render(f, x), 0);
	fclose(f);
	return out;
}

static int html(FILE *f, const struct fdr_campaign_results *x)
{
	fdr_campaign_html(f, x);
	return 0;
}

static int text(FILE *f, const struct fdr_campaign_results *x)
{
	fdr_campaign_text(f, x, false);
	return 0;
}

static void has(char *out, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strstr(out, words[i]))
			fail_msg("no %s in:\n%s", words[i], out);
	free(out);
}
#define HAS(out, ...) \
	has(out, (const char *const[]){ __VA_ARGS__ }, \
	    FDR_ARRAY_LEN(((const char *const[]){ __VA_ARGS__ })))

static void test_reports(void **state)
{
	struct fdr_campaign_row rows[] = {
		{ .label = "message=a \"b\", <i>", .plan = "p", .page = "runs/0001/report.html",
		  .result = result_of(FDR_PASS, 1000000, 6), .runs = 1, .trials_planned = 6 },
		{ .label = "message=c", .plan = "p", .result = result_of(FDR_FAIL, 2000000, 2),
		  .runs = 1, .trials_planned = 2 },
		{ .label = "message=d", .plan = "p", .trials_planned = 2 },
	};
	struct fdr_campaign_results x = { .name = "x & y", .version = "1", .rows = rows, .n = 3,
					  .runs = 2, .runs_planned = 3, .trials = 8 };

	(void)state;
	fdr_campaign_judge(&x, true);
	assert_int_equal(x.verdict, FDR_FAIL);
	assert_string_equal(x.reason, "message=c: because");
	/* What is not done is worse than a failure. */
	fdr_campaign_judge(&x, false);
	assert_int_equal(x.verdict, FDR_ABORTED);
	assert_non_null(strstr(x.reason, "--resume"));
	HAS(rendered(fdr_campaign_csv, &x), "\n1,\"message=a \"\"b\"\", <i>\",\"p\",pass,detected,6,0,",
	    "\n2,\"message=c\",\"p\",fail,detected,2,0,");
	HAS(rendered(fdr_campaign_junit, &x), "name=\"x &amp; y\" tests=\"3\" failures=\"1\" errors=\"1\"",
	    "name=\"message=a &quot;b&quot;, &lt;i&gt;\"", "<failure type=\"fail\" message=\"because",
	    "<error type=\"unfinished\" message=\"not begun\"/>");
	HAS(rendered(html, &x), "<a href=\"runs/0001/report.html\">message=a &quot;b&quot;, &lt;i&gt;</a>",
	    "not begun");
	HAS(rendered(text, &x), "6 of 6", "1.000 – 1.000", "not begun", "message=c  fail");
	HAS(rendered(fdr_campaign_json, &x), "\"verdict\": \"aborted\"", "\"trials_planned\": 2");
	fdr_result_free(rows[0].result);
	fdr_result_free(rows[1].result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_matrix),
		cmocka_unit_test(test_soak),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_reports),
	};

	return cmocka_run_group_tests_name("campaign", tests, NULL, NULL);
}
