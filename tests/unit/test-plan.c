// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bad plans are data: tests/unit/plans/bad/NAME.yaml with the messages it must
 * give in NAME.expected, "line:column: text", all of them and no other.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <linux/faultdrill.h>

#include "common-vocabulary.h"

#define PLANS	"tests/unit/plans/"

static char *errors_text(const struct fdr_plan_errors *errors)
{
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	assert_non_null(f);
	for (size_t i = 0; i < errors->n; i++) {
		const struct fdr_place *at = &errors->v[i].place;

		/* What stands in the plan itself goes without its name. */
		if (at->file)
			fprintf(f, "%s:", at->file < errors->n_files ? errors->files[at->file] : "?");
		fprintf(f, "%u:%u: %s\n", at->line, at->column, errors->v[i].text);
	}
	fclose(f);
	return out;
}

static char *read_file(const char *path)
{
	char *text = calloc(1, 65536);
	FILE *f = fopen(path, "re");

	if (!f)
		fail_msg("%s: %s", path, strerror(errno));
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, f) < 65535);
	fclose(f);
	return text;
}

/* True if the plan gives the messages that it must. */
static bool check_bad(const char *name)
{
	char path[512], expected_path[512];
	struct fdr_plan_errors errors = { 0 };
	struct fdr_plan *plan = NULL;
	char *want, *got;
	bool same;
	int r;

	snprintf(path, sizeof(path), PLANS "bad/%s.yaml", name);
	snprintf(expected_path, sizeof(expected_path), PLANS "bad/%s.expected", name);
	r = fdr_plan_load(path, test_vocabulary(), NULL, 0, &plan, &errors);
	got = errors_text(&errors);
	want = read_file(expected_path);
	same = r == -EINVAL && !plan && errors.n && !strcmp(want, got);
	if (!same)
		print_error("%s: returned %d, wanted:\n%sgot:\n%s", name, r, want, got);
	free(want);
	free(got);
	fdr_plan_errors_clear(&errors);
	return same;
}

static void test_bad(void **state)
{
	DIR *dir = opendir(PLANS "bad");
	unsigned int n = 0, wrong = 0;
	struct dirent *d;

	(void)state;
	if (!dir)
		fail_msg("no %sbad here: run from the top of the tree", PLANS);
	while ((d = readdir(dir))) {
		char *dot = strstr(d->d_name, ".yaml");

		if (!dot)
			continue;
		*dot = '\0';
		n++;
		wrong += !check_bad(d->d_name);
	}
	closedir(dir);
	assert_true(n >= 40);
	assert_int_equal(wrong, 0);
}

static struct fdr_plan *load_good(const char *name, const char *const *sets, size_t n_sets)
{
	struct fdr_plan_errors errors = { 0 };
	struct fdr_plan *plan = NULL;
	char path[512], *text;
	int r;

	snprintf(path, sizeof(path), PLANS "good/%s.yaml", name);
	r = fdr_plan_load(path, test_vocabulary(), sets, n_sets, &plan, &errors);
	text = errors_text(&errors);
	if (r)
		fail_msg("%s: %d\n%s", name, r, text);
	free(text);
	fdr_plan_errors_clear(&errors);
	return plan;
}

static void test_good(void **state)
{
	struct fdr_plan *p = load_good("crash", NULL, 0);
	const struct fdr_plan_cond *c = p->milestones;

	(void)state;
	assert_string_equal(p->name, "crash");
	assert_int_equal(p->n_nodes, 2);
	assert_string_equal(fdr_opts_str(&p->nodes[0].transport, "config"), "/run/lab/ssh_config");
	assert_string_equal(p->nodes[1].transport.kind->name, "local");
	assert_int_equal(p->n_probes, 2);
	assert_int_equal(fdr_opts_num(&p->probes[0].opts, "interval"), 50000000);
	assert_string_equal(p->probes[0].states, "up|suspect|down");
	assert_null(p->probes[1].states);
	assert_int_equal(fdr_opts_num(&p->workloads[0].opts, "rate"), 100000);
	assert_int_equal(p->steady.n, 2);
	assert_string_equal(p->steady.conds[0].subject, "web/node1");
	assert_int_equal(p->steady.hold_ns, 1000000000);
	assert_string_equal(p->inject.steps->node, "node1");
	assert_string_equal(p->inject.steps->fault.kind->name, "panic");
	assert_true(p->inject.steps->fault_flags & FAULTDRILL_F_FATAL);
	assert_string_equal(fdr_opts_str(&p->inject.steps->fault, "message"), "a ${drill}");
	assert_int_equal(fdr_opts_num(&p->inject.steps->fault, "context"), 2);
	assert_string_equal(c[FDR_DETECTED].state, "down");
	assert_string_equal(c[FDR_SERVED].workload, "users");
	assert_null(c[FDR_ISOLATED].probe);
	assert_true(p->expect[FDR_DETECTED].given);
	assert_int_equal(p->expect[FDR_DETECTED].lo_ns, 1200000000);
	assert_int_equal(p->trials.count, 5);
	assert_int_equal(p->trials.seed, 42);
	assert_int_equal(p->trials.served_hold_ns, 500000000);
	assert_true(p->safety.allow_fatal);
	assert_string_equal(p->safety.beacon, "10.77.0.20:5150");
	fdr_plan_free(p);
}

static void test_defaults(void **state)
{
	struct fdr_plan *p = load_good("reversible", NULL, 0);

	(void)state;
	assert_int_equal(p->trials.count, 1);
	assert_int_equal(p->trials.phase_ns, 1000000000);
	assert_int_equal(p->trials.observe_ns, 30000000000);
	assert_int_equal(p->steady.hold_ns, 2000000000);
	assert_false(p->safety.allow_fatal);
	assert_string_equal(p->safety.beacon, "auto");
	assert_int_equal(p->inject.steps->duration_ns, 5000000000);
	assert_string_equal(fdr_opts_str(&p->inject.steps->fault, "ops"), "write,flush");
	assert_int_equal(fdr_opts_num(&p->inject.steps->fault, "probability"), 25000);
	fdr_plan_free(p);

	p = load_good("predict", NULL, 0);
	assert_int_equal(p->n_predicts, 1);
	assert_string_equal(p->predicts[0].name, "web");
	assert_string_equal(p->predicts[0].opts.kind->name, "balancer");
	assert_string_equal(fdr_opts_str(&p->predicts[0].opts, "config"), "/etc/lb.cfg");
	assert_int_equal(p->n_files, 2);
	assert_string_equal(p->files[1].node, "node1");
	assert_string_equal(p->files[1].path, "/run/lab/x");
	fdr_plan_free(p);
	p = load_good("power", NULL, 0);
	assert_string_equal(p->nodes[0].power.kind->name, "strip");
	assert_int_equal(fdr_opts_num(&p->nodes[0].power, "outlet"), 3);
	assert_null(p->nodes[1].power.kind);
	assert_true(p->safety.allow_power);
	assert_true(p->trials.rescue_ns == 20 * FDR_NS_PER_S);
	fdr_plan_free(p);
	p = load_good("exec", NULL, 0);
	assert_string_equal(p->inject.steps->command, "kill -STOP 1234");
	assert_string_equal(p->inject.steps->undo, "kill -CONT 1234");
	assert_null(p->inject.steps->node);
	fdr_plan_free(p);
}

static void test_expressions(void **state)
{
	struct fdr_plan *p = load_good("expressions", NULL, 0);
	const struct fdr_plan_cond *c = &p->milestones[FDR_DETECTED];
	struct fdr_plan_cond again;
	char *text = NULL;
	size_t size;
	json_t *j;
	FILE *f;

	(void)state;
	assert_int_equal(p->steady.n, 2);
	assert_int_equal(p->steady.conds[0].op, FDR_COND_ANY);
	assert_int_equal(p->steady.conds[0].parts[0].n_states, 2);
	assert_string_equal(p->steady.conds[0].parts[1].parts[0].states[0], "gone");
	assert_int_equal(c->op, FDR_COND_ANY);
	assert_int_equal(c->parts[1].op, FDR_COND_ALL);
	assert_string_equal(fdr_cond_first(c, true)->workload, "admins");
	/* What the resolved plan holds is the same condition. */
	j = fdr_cond_to_json(c);
	assert_int_equal(fdr_cond_from_json(j, &again), 0);
	json_decref(j);
	f = open_memstream(&text, &size);
	assert_non_null(f);
	fdr_cond_print(f, &again);
	fclose(f);
	assert_string_equal(text, "(lb says a is down, or (log says a is gone, and "
			    "not (all requests of admins succeed)))");
	free(text);
	fdr_cond_clear(&again);
	fdr_plan_free(p);
}

static void test_included(void **state)
{
	struct fdr_plan *p = load_good("included", NULL, 0), *again = NULL;
	struct fdr_plan_errors errors = { 0 };
	const char *text;
	char *whole;
	json_t *j;

	(void)state;
	assert_int_equal(p->n_nodes, 2);
	assert_string_equal(fdr_opts_str(&p->nodes[1].transport, "config"), "/run/lab/ssh_config");
	assert_int_equal(p->nodes[1].place.file, 1);
	assert_string_equal(fdr_opts_str(&p->workloads[0].opts, "url"), "http://10.77.0.10/");
	assert_int_equal(p->steady.hold_ns, 1000000000);
	assert_int_equal(p->steady.n, 1);
	assert_int_equal(json_array_size(p->included), 2);
	text = json_string_value(json_object_get(json_array_get(p->included, 1), "path"));
	assert_string_equal(text, PLANS "parts/more/users.yaml");
	whole = fdr_plan_whole_text(p);
	assert_non_null(strstr(whole, "drill: {name: included}"));
	assert_non_null(strstr(whole, "# ---- included: " PLANS "parts/more/users.yaml ----"));
	free(whole);
	/* From the texts that a run keeps, and from nowhere else. */
	assert_int_equal(fdr_plan_parse_kept(p->path, p->text, strlen(p->text), p->included,
					     test_vocabulary(), NULL, 0, &again, &errors), 0);
	assert_int_equal(again->n_nodes, 2);
	fdr_plan_free(again);
	j = json_array();
	json_array_append(j, json_array_get(p->included, 0));
	assert_int_equal(fdr_plan_parse_kept(p->path, p->text, strlen(p->text), j,
					     test_vocabulary(), NULL, 0, &again, &errors), -EINVAL);
	assert_non_null(strstr(errors.v[0].text, "the run does not hold"));
	json_decref(j);
	fdr_plan_errors_clear(&errors);
	fdr_plan_free(p);
}

static void test_judgement(void **state)
{
	struct fdr_plan *p = load_good("expressions", NULL, 0);
	json_t *j = fdr_plan_to_json(p), *x;

	(void)state;
	assert_int_equal(p->n_gates, 5);
	assert_true(p->gates[0].p == 0.5 && p->gates[0].limit == 2e9);
	assert_true(p->gates[1].p > 0.9989 && p->gates[1].p < 0.9991);
	assert_true(p->gates[3].limit == 0.1);
	assert_int_equal(p->trials.stop.m, FDR_DETECTED);
	assert_true(p->trials.stop.p == 0.5);
	assert_int_equal(p->trials.stop.within_ppm, 25000);
	assert_int_equal(p->trials.stop.min, 30);
	assert_string_equal(p->trials.draw, "uniform");
	assert_int_equal(p->trials.cooldown_ns, 5000000000);
	x = json_array_get(json_object_get(j, "gates"), 4);
	assert_string_equal(json_string_value(json_object_get(x, "kind")), "false_positives");
	x = json_object_get(json_object_get(j, "trials"), "stop");
	assert_true(json_number_value(json_object_get(x, "within")) == 0.025);
	json_decref(j);
	fdr_plan_free(p);
}

static void test_no_condition(void **state)
{
	static const char *const broken[] = {
		"{\"all\": []}", "{\"any\": [1]}", "{\"not\": []}", "{\"probe\": \"a\"}",
		"{\"state\": \"a\"}", "{\"probe\": \"a\", \"states\": [1]}", "{}",
		"{\"not\": {\"not\": {\"not\": {\"not\": {\"not\": {\"not\": {\"not\": {}}}}}}}}",
	};
	struct fdr_plan_cond c;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(broken); i++) {
		json_t *j = json_loads(broken[i], 0, NULL);

		assert_non_null(j);
		assert_int_equal(fdr_cond_from_json(j, &c), -EBADMSG);
		assert_false(fdr_cond_given(&c));
		json_decref(j);
	}
	assert_int_equal(fdr_cond_from_json(NULL, &c), 0);
	assert_false(fdr_cond_given(&c));
}

static void test_words(void **state)
{
	static const char *const sets[] = { "fault=panic context=hardirq" };
	struct fdr_plan *p = load_good("words", NULL, 0);

	(void)state;
	assert_string_equal(p->inject.steps[0].fault.kind->name, "disk-error");
	assert_string_equal(fdr_opts_str(&p->inject.steps[0].fault, "device"), "/dev/vdb");
	assert_string_equal(fdr_opts_str(&p->inject.steps[0].fault, "ops"), "write,flush");
	assert_string_equal(fdr_opts_str(&p->nodes[0].transport, "host"), "db");
	fdr_plan_free(p);
	/* What the new fault may do is checked as if it had been written there. */
	p = NULL;
	{
		struct fdr_plan_errors errors = { 0 };

		assert_int_equal(fdr_plan_load(PLANS "good/words.yaml", test_vocabulary(), sets, 1,
					       &p, &errors), -EINVAL);
		assert_int_equal(errors.n, 1);
		assert_non_null(strstr(errors.v[0].text, "allow_fatal"));
		fdr_plan_errors_clear(&errors);
	}
}

static void test_sets(void **state)
{
	static const char *const good[] = { "lab=/tmp/a=b", "victim=node2" };
	static const char *const bad[] = { "lib=x", "lab", "=x" };
	struct fdr_plan_errors errors = { 0 };
	struct fdr_plan *p = load_good("crash", good, 2);
	char *text;

	(void)state;
	assert_string_equal(fdr_opts_str(&p->nodes[0].transport, "config"),
			    "/tmp/a=b/ssh_config");
	assert_string_equal(p->inject.steps->node, "node2");
	fdr_plan_free(p);

	p = NULL;
	assert_int_equal(fdr_plan_load(PLANS "good/crash.yaml", test_vocabulary(), bad, 3, &p,
				       &errors), -EINVAL);
	assert_null(p);
	assert_int_equal(errors.n, 3);
	text = errors_text(&errors);
	assert_non_null(strstr(text, "did you mean \"lab\"?"));
	assert_non_null(strstr(text, "--set lab: give it as name=value"));
	assert_non_null(strstr(text, "--set =x: give it as name=value"));
	free(text);
	fdr_plan_errors_clear(&errors);
}

static void test_files(void **state)
{
	struct fdr_plan_errors errors = { 0 };
	struct fdr_plan *p = NULL;
	char path[] = "/tmp/test-plan-XXXXXX";
	FILE *f;

	(void)state;
	assert_int_equal(fdr_plan_load("/nonexistent/plan.yaml", test_vocabulary(), NULL, 0, &p,
				       &errors), -ENOENT);
	assert_int_equal(fdr_plan_load("/tmp", test_vocabulary(), NULL, 0, &p, &errors), -EISDIR);
	assert_int_equal(errors.n, 0);

	f = fdopen(mkstemp(path), "w");
	assert_non_null(f);
	for (int i = 0; i < 40000; i++)
		fputs("# thirty-two bytes of a comment\n", f);
	fclose(f);
	assert_int_equal(fdr_plan_load(path, test_vocabulary(), NULL, 0, &p, &errors), -EINVAL);
	unlink(path);
	assert_int_equal(errors.n, 1);
	assert_string_equal(errors.v[0].text, "larger than 1024 KiB: this is not a plan");
	fdr_plan_errors_clear(&errors);
}

static void test_json(void **state)
{
	struct fdr_plan *p = load_good("crash", NULL, 0);
	json_t *j = fdr_plan_to_json(p), *x;

	(void)state;
	assert_non_null(j);
	assert_string_equal(json_string_value(json_object_get(j, "name")), "crash");
	x = json_object_get(json_object_get(j, "milestones"), "detected");
	assert_string_equal(json_string_value(json_object_get(x, "state")), "down");
	x = json_object_get(json_object_get(j, "expect"), "detected");
	assert_int_equal(json_integer_value(json_array_get(x, 1)), 1700000000);
	x = json_object_get(json_object_get(j, "inject"), "params");
	assert_string_equal(json_string_value(json_object_get(x, "context")), "hardirq");
	json_decref(j);
	fdr_plan_free(p);
}

static const json_t *schema_of(const json_t *schema, const char *a, const char *b)
{
	const json_t *p = json_object_get(schema, "properties");

	p = json_object_get(p, a);
	return b ? json_object_get(json_object_get(p, "properties"), b) : p;
}

static void test_schema(void **state)
{
	json_t *j = fdr_plan_schema(test_vocabulary());
	const json_t *s;
	char *text;

	(void)state;
	assert_non_null(j);
	assert_non_null(schema_of(j, "milestones", "failed_back"));
	s = schema_of(j, "trials", "count");
	assert_int_equal(json_integer_value(json_object_get(s, "maximum")), 10000);
	assert_string_equal(json_string_value(json_object_get(s, "default")), "1");
	assert_int_equal(json_array_size(json_object_get(j, "required")), 5);
	assert_true(json_is_false(json_object_get(j, "additionalProperties")));
	text = json_dumps(j, 0);
	assert_non_null(strstr(text, "\"hardirq\""));
	free(text);
	json_decref(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad), cmocka_unit_test(test_good),
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_sets),
		cmocka_unit_test(test_files), cmocka_unit_test(test_json),
		cmocka_unit_test(test_schema), cmocka_unit_test(test_expressions),
		cmocka_unit_test(test_no_condition), cmocka_unit_test(test_judgement),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_included),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
