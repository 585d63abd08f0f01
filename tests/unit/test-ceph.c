// SPDX-License-Identifier: GPL-2.0-or-later
/* The ceph probe on commands that print views, and the views themselves, sound and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "common-probe.h"
#include "probe/ceph-words.h"

#define SAYS(f, subject, state)	assert_true(await_state((f)->p, &(f)->rec, subject, state))

/* @rest begins with ", " or is empty. */
#define VIEW(since, osds, reported, pgs, health, checks) \
	"{\"since_us\": " since ", \"epoch\": 23, \"osds\": [" osds "], \"reported\": [" reported \
	"], \"pgs\": {" pgs "}, \"health\": \"" health "\", \"checks\": {" checks "}}"
#define OSD(n, up, in) "{\"osd\": " n ", \"up\": " up ", \"in\": " in "}"
#define CLEAN "\"active+clean\": 17"
#define GOOD VIEW("51000", OSD("0", "1", "1") ", " OSD("2", "1", "1"), "", CLEAN, "HEALTH_OK", "")

static void on_fact(void *userdata, const char *subject, const char *state, const char *detail)
{
	char *text = userdata;
	size_t n = strlen(text);

	(void)detail;
	/* Those that are always told, and are not raised, are left out. */
	if (strcmp(state, "cleared"))
		snprintf(text + n, 1024 - n, "%s=%s;", subject, state);
}

/* "SUBJECT=STATE;" of each fact. */
static int parse(const char *line, char text[1024], struct fdr_error *e)
{
	struct fdr_ceph_view v = { .fact = on_fact, .userdata = text };
	/* On the heap, so that reading past the end is seen. */
	char *copy = strdup(line);
	int r;

	*text = '\0';
	r = fdr_ceph_line(copy, &v, e);
	free(copy);
	return r;
}

#define READS(line, as) \
	do { \
		assert_int_equal(parse(line, text, &e), 0); \
		assert_string_equal(text, as); \
	} while (0)
/* The PGs' state of a view with these PGs. */
#define PGS(pgs, state) \
	READS(VIEW("0", "", "", pgs, "HEALTH_WARN", ""), "pgs=" state ";health=warning;")

static void views(void **state)
{
	struct fdr_ceph_view v = { 0 };
	struct fdr_error e = { "" };
	char text[1024];

	(void)state;
	READS(GOOD, "osd.0=up;osd.0/data=in;osd.0/reports=quiet;osd.2=up;osd.2/data=in;"
	      "osd.2/reports=quiet;pgs=clean;health=ok;");
	READS(VIEW("0", OSD("2", "0", "0"), "1, 2", CLEAN, "HEALTH_ERR",
		   "\"OSD_DOWN\": \"1 osds down\", \"SLOW_OPS\": \"3 slow ops\""),
	      "osd.2=down;osd.2/data=out;osd.2/reports=reported;pgs=clean;health=error;"
	      "health/OSD_DOWN=raised;health/SLOW_OPS=raised;");
	assert_int_equal(fdr_ceph_line(GOOD, &v, &e), 0);
	assert_int_equal(v.since_ns, 51000000);
}

/* One PG that is not well decides for all. */
static void placement_groups(void **state)
{
	struct fdr_error e = { "" };
	char text[1024];

	(void)state;
	PGS("", "none");
	PGS("\"active+clean\": 16, \"active+clean+scrubbing+deep\": 1", "clean");
	PGS("\"active+clean\": 16, \"peering\": 0", "clean");
	PGS("\"active+clean\": 16, \"active+remapped+backfilling\": 1", "recovering");
	PGS("\"active+clean\": 16, \"active+recovery_wait\": 1", "recovering");
	PGS("\"active+recovering\": 3, \"active+undersized+degraded\": 1", "degraded");
	PGS("\"active+clean+inconsistent\": 1", "degraded");
	PGS("\"active+clean\": 16, \"remapped+peering\": 1", "inactive");
	PGS("\"peering\": 1, \"active+undersized+degraded\": 1", "inactive");
	PGS("\"unknown\": 17", "inactive");
	/* What was well once is not known to be so now. */
	PGS("\"stale+active+clean\": 1, \"active+clean\": 16", "inactive");
	/* Words are whole ones. */
	PGS("\"reactive+clean\": 1", "inactive");
	PGS("\"active+unclean\": 1", "recovering");
	PGS("\"\": 1", "inactive");
}

static void damaged_views(void **state)
{
	static const char *const bad[] = {
		"", "{", "[]", "null", "{}", "ssh: connect to host mon port 22: Connection refused",
		"Traceback (most recent call last):",
		VIEW("-1", "", "", "", "HEALTH_OK", ""),
		VIEW("1.5", "", "", "", "HEALTH_OK", ""),
		VIEW("9223372036854775807", "", "", "", "HEALTH_OK", ""),
		VIEW("0", "1", "", "", "HEALTH_OK", ""),
		VIEW("0", OSD("0", "2", "1"), "", "", "HEALTH_OK", ""),
		VIEW("0", OSD("0", "true", "1"), "", "", "HEALTH_OK", ""),
		VIEW("0", OSD("-1", "1", "1"), "", "", "HEALTH_OK", ""),
		VIEW("0", OSD("4294967296", "1", "1"), "", "", "HEALTH_OK", ""),
		VIEW("0", OSD("0", "1", "1"), "", "\"active+clean\": -1", "HEALTH_OK", ""),
		VIEW("0", OSD("0", "1", "1"), "", "\"active+clean\": \"1\"", "HEALTH_OK", ""),
		VIEW("0", OSD("0", "1", "1"), "", CLEAN ", " CLEAN, "HEALTH_OK", ""),
		VIEW("0", OSD("0", "1", "1"), "", CLEAN, "HEALTH_FINE", ""),
		VIEW("0", OSD("0", "1", "1"), "", CLEAN, "HEALTH_OK", "\"OSD_DOWN\": 1"),
		GOOD " " GOOD,
	};
	struct fdr_error e = { "" };
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i], text, &e) != -EBADMSG)
			fail_msg("case %zu was read as \"%s\"", i, text);
		assert_string_equal(text, "");
	}
	assert_int_equal(parse("{\"error\": \"[errno 110] timed out\"}", text, &e), -EHOSTDOWN);
	assert_string_equal(e.text, "[errno 110] timed out");
}

/* Cut anywhere it is no view, and nothing is told; damaged anywhere it is never read past its end. */
static void every_damage(void **state)
{
	static const char bytes[] = { '\x01', '{', '}', '"', ',', ':', '+', '9', '\xff' };
	char text[1024], copy[sizeof(GOOD)];
	struct fdr_error e = { "" };

	(void)state;
	for (size_t n = 0; n < strlen(GOOD); n++) {
		snprintf(copy, sizeof(copy), "%.*s", (int)n, GOOD);
		assert_int_equal(parse(copy, text, &e), -EBADMSG);
		assert_string_equal(text, "");
	}
	for (size_t i = 0; i < sizeof(GOOD) - 1; i++) {
		for (size_t b = 0; b < sizeof(bytes); b++) {
			memcpy(copy, GOOD, sizeof(GOOD));
			copy[i] = bytes[b];
			parse(copy, text, &e);
		}
	}
}

static void changes(void **state)
{
	struct fixture *f = *state;
	const struct seen_obs *down;
	char command[2000];

	/* The first run ends; the second one stays. */
	snprintf(command, sizeof(command), "echo '%s'; [ -e %s/again ] && exec sleep 60; touch %s/again; "
		 "echo '{\"osds\": '; sleep 0.2; echo '%s'; sleep 0.2; echo no route", GOOD, f->dir, f->dir,
		 VIEW("150000", OSD("2", "0", "1"), "", "\"active+undersized+degraded\": 17",
		      "HEALTH_WARN", "\"POOL_FULL\": \"1 pool(s) full\""));
	make_opts(&f->opts, probe_kind("ceph"), "command", command, "interval", "300ms", NULL);
	probe_start(f, "ceph");
	SAYS(f, "osd.2", "up");
	SAYS(f, "pgs", "clean");
	SAYS(f, "health/SLOW_OPS", "cleared");
	SAYS(f, "osd.2", "down");
	down = recorder_obs(&f->rec, "osd.2", 1);
	assert_string_equal(down->detail, "osdmap e23: down, in");
	/* It may have come about as long before as the question before. */
	assert_true(down->when.hi_ns - down->when.lo_ns >= 150 * MS);
	assert_true(recorder_is(&f->rec, "pgs", "degraded"));
	assert_true(recorder_is(&f->rec, "health/POOL_FULL", "raised"));
	SAYS(f, "osd.0", "gone");
	SAYS(f, "", "unreachable");
	assert_string_equal(recorder_obs(&f->rec, "", 1)->detail, "no route");
	SAYS(f, "", "reachable");
	SAYS(f, "osd.0", "up");
	SAYS(f, "health/POOL_FULL", "cleared");
}

static void silence(void **state)
{
	struct fixture *f = *state;

	make_opts(&f->opts, probe_kind("ceph"), "command",
		  "echo '" GOOD "'; exec sleep 60", "interval", "20ms", "timeout", "200ms", NULL);
	probe_start(f, "ceph");
	SAYS(f, "", "reachable");
	SAYS(f, "", "unreachable");
	assert_string_equal(recorder_obs(&f->rec, "", 1)->detail, "no view in time");
	/* A cluster of which nothing is heard is not known to be well. */
	assert_true(recorder_is(&f->rec, "osd.0", "unknown"));
	assert_true(recorder_is(&f->rec, "pgs", "unknown"));
}

static void no_answer(void **state)
{
	struct fixture *f = *state;

	make_opts(&f->opts, probe_kind("ceph"), "command",
		  "echo '{\"error\": \"timed out\"}'; exec sleep 60", NULL);
	probe_start(f, "ceph");
	SAYS(f, "", "unreachable");
	assert_string_equal(recorder_obs(&f->rec, "", 0)->detail, "timed out");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views),
		cmocka_unit_test(placement_groups),
		cmocka_unit_test(damaged_views),
		cmocka_unit_test(every_damage),
		cmocka_unit_test_setup_teardown(changes, probe_setup, probe_teardown),
		cmocka_unit_test_setup_teardown(silence, probe_setup, probe_teardown),
		cmocka_unit_test_setup_teardown(no_answer, probe_setup, probe_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
