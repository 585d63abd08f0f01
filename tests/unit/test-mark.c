// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mark.h"
#include "common-peer.h"
#include "probe/kinds.h"

static void there_and_back(void **state)
{
	struct fdr_mark m = { .name = "web/lb1", .state = "MASTER", .mono_ns = 123456789,
			      .real_ns = 1795871406762673083, .text = "two\nlines" }, got;
	char line[256];

	(void)state;
	fdr_mark_boot(m.boot);
	assert_int_equal(strlen(m.boot), 36);
	assert_int_equal(fdr_mark_write(line, sizeof(line), &m), 0);
	assert_true(fdr_mark_read(line, &got));
	assert_string_equal(got.name, m.name);
	assert_string_equal(got.state, m.state);
	assert_string_equal(got.boot, m.boot);
	assert_int_equal(got.mono_ns, m.mono_ns);
	assert_int_equal(got.real_ns, m.real_ns);
	assert_string_equal(got.text, "two lines");
	assert_int_equal(fdr_mark_write(line, 40, &m), -ENOSPC);
	strcpy(m.name, "two words");
	assert_int_equal(fdr_mark_write(line, sizeof(line), &m), -EINVAL);
	*m.name = '\0';
	assert_int_equal(fdr_mark_write(line, sizeof(line), &m), -EINVAL);
}

static void lines(void **state)
{
	static const struct {
		const char *line, *name, *state;	/* NULL: no mark */
		int64_t mono;
	} cases[] = {
		{ "<13>Nov 28 12:50:54 lb1 root: faultdrill-mark lb1 MASTER", "lb1", "MASTER", 0 },
		{ "<13>faultdrill-mark a b mono=1 real=2 boot=0-f: text", "a", "b", 1 },
		{ "faultdrill-mark a b mono=-1 real=2 boot=0-f: text", "a", "b", 0 },
		{ "faultdrill-mark a b mono=99999999999999999999 real=2 boot=0: x", "a", "b", 0 },
		{ "faultdrill-mark a b mono=1 real=2 boot=XYZ: x", "a", "b", 0 },
		{ "faultdrill-mark a b mono=1", "a", "b", 0 },
		{ "no-faultdrill-mark a b", NULL, NULL, 0 },
		{ "faultdrill-mark", NULL, NULL, 0 },
		{ "faultdrill-mark ", NULL, NULL, 0 },
		{ "faultdrill-mark a", NULL, NULL, 0 },
		{ "faultdrill-mark a b\x01", NULL, NULL, 0 },
		{ "", NULL, NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *copy = strdup(cases[i].line);
		struct fdr_mark m;

		if (fdr_mark_read(copy, &m) != !!cases[i].name)
			fail_msg("case %zu", i);
		if (cases[i].name) {
			assert_string_equal(m.name, cases[i].name);
			assert_string_equal(m.state, cases[i].state);
			assert_int_equal(m.mono_ns, cases[i].mono);
		}
		free(copy);
	}
}

/* The writer's stamp counts where it is of this boot, else the instant of the arrival. */
static void instants(void **state)
{
	struct fdr_mark m = { .name = "a", .state = "up", .real_ns = 1, .text = "" };
	struct fdr_probe_env env = { .name = "marks" };
	struct fdr_error e = { "" };
	struct fdr_poller *poller;
	struct fdr_probe *probe;
	struct fdr_opts opts;
	struct recorder rec;
	char *dir = make_dir(), path[128], source[160], line[256];
	int64_t began;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/marks", dir);
	snprintf(source, sizeof(source), "file:%s", path);
	f = fopen(path, "a");
	assert_non_null(f);
	assert_int_equal(fdr_poller_new(&poller), 0);
	recorder_init(&rec);
	make_opts(&opts, &fdr_probe_mark.kind, "source", source, NULL);
	env.poller = poller;
	env.sink = &rec.sink;
	if (fdr_probe_start(&fdr_probe_mark, &env, &opts, &probe, &e) < 0)
		fail_msg("%s", e.text);
	run_for(poller, 20 * MS);
	began = m.mono_ns = fdr_now_ns();
	fdr_mark_boot(m.boot);
	run_for(poller, 50 * MS);
	assert_int_equal(fdr_mark_write(line, sizeof(line), &m), 0);
	fprintf(f, "%s\n", line);
	fflush(f);
	assert_true(await_state(poller, &rec, "a", "up"));
	assert_int_equal(recorder_obs(&rec, "a", 0)->when.lo_ns, m.mono_ns);
	assert_int_equal(recorder_obs(&rec, "a", 0)->when.hi_ns, m.mono_ns);
	/* Another boot's clock, and one from the future. */
	m.boot[0] = m.boot[0] == 'a' ? 'b' : 'a';
	strcpy(m.state, "down");
	assert_int_equal(fdr_mark_write(line, sizeof(line), &m), 0);
	fprintf(f, "%s\n", line);
	fflush(f);
	assert_true(await_state(poller, &rec, "a", "down"));
	assert_true(recorder_obs(&rec, "a", 1)->when.lo_ns > began + 40 * MS);
	fdr_mark_boot(m.boot);
	m.mono_ns = fdr_now_ns() + 3600 * FDR_NS_PER_S;
	strcpy(m.state, "up");
	assert_int_equal(fdr_mark_write(line, sizeof(line), &m), 0);
	fprintf(f, "%s\n", line);
	fclose(f);
	assert_true(await_state(poller, &rec, "a", "up"));
	assert_true(recorder_obs(&rec, "a", 2)->when.hi_ns < m.mono_ns);
	fdr_probe_stop(probe);
	fdr_opts_clear(&opts);
	recorder_clear(&rec);
	fdr_poller_free(poller);
	remove_dir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(lines),
		cmocka_unit_test(instants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
