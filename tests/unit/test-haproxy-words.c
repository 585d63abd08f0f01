// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "probe/haproxy-words.h"

struct rows {
	char text[1024];
	size_t n;
};

static void on_row(void *userdata, const struct fdr_haproxy_row *r)
{
	struct rows *rows = userdata;
	size_t n = strlen(rows->text);

	snprintf(rows->text + n, sizeof(rows->text) - n, "%s/%s=%s(%s:%s);", r->backend, r->server,
		 r->status, r->check_status, r->last_check);
	rows->n++;
}

static int parse(const char *csv, struct rows *rows, struct fdr_error *e)
{
	/* On the heap, so that reading past the end is seen. */
	char *copy = strdup(csv);
	int r;

	*rows = (struct rows){ "", 0 };
	r = fdr_haproxy_csv(copy, on_row, rows, e);
	free(copy);
	return r;
}

static void columns_by_name(void **state)
{
	struct rows rows;
	struct fdr_error e = { "" };

	(void)state;
	assert_int_equal(parse("# pxname,svname,qcur,status,check_status,last_chk,\n"
			       "f,FRONTEND,,OPEN,,,\n"
			       "web,a,0,UP 1/3,L4CON,Connection refused,\n"
			       "web,b,0,\"UP\",\"L7OK\",\"say \"\"hi\"\", twice\",\n"
			       "web,BACKEND,0,UP,,,\n\n", &rows, &e), 0);
	assert_string_equal(rows.text, "web/a=UP 1/3(L4CON:Connection refused);"
				       "web/b=UP(L7OK:say \"hi\", twice);");
	/* Another version: another order, more columns, none of those that are not needed. */
	assert_int_equal(parse("# status,new,svname,newer,pxname\r\nDOWN,,a,,web\r\n", &rows, &e),
			 0);
	assert_string_equal(rows.text, "web/a=DOWN(:);");
	/* No server at all is an answer. */
	assert_int_equal(parse("# pxname,svname,status\n\n", &rows, &e), 0);
	assert_int_equal(rows.n, 0);
}

static void damaged_answers(void **state)
{
	static const struct {
		const char *csv, *words;
	} cases[] = {
		{ "", "an empty answer" },
		{ "\n\n", "an empty answer" },
		{ "Unknown command: 'show stat'", "no answer to \"show stat\": \"Unknown command" },
		{ "pxname,svname,status\nweb,a,UP\n", "no answer to" },
		{ "# pxname,svname,statu", "no column \"status\"" },
		{ "# svname,status\na,UP\n", "no column \"pxname\"" },
		{ "# pxname,svname,status\nweb,a,UP\nweb,b", "a broken line" },
		{ "# pxname,svname,status\nweb\n", "a broken line" },
		{ "# pxname,svname,status\n,,\n", "a broken line" },
		{ "# pxname,svname,status\n\"web,a,UP\n", "a broken line" },
		{ "# pxname,svname,status\n\"", "a broken line" },
		{ "# pxname,svname,status\n\"\"\"\"\"\n", "a broken line" },
		{ "\x01\x02\xff\xfe", "no answer to" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rows rows;
		struct fdr_error e = { "" };

		assert_int_equal(parse(cases[i].csv, &rows, &e), -EBADMSG);
		if (!strstr(e.text, cases[i].words))
			fail_msg("case %zu: \"%s\" lacks \"%s\"", i, e.text, cases[i].words);
	}
}

/* A good answer with every kind of damage a byte can do: anything but a crash. */
static void mutated_answers(void **state)
{
	static const char good[] = "# pxname,svname,status,check_status,last_chk\n"
				   "web,a,UP 2/3,L4CON,\"Connection \"\"refused\"\"\"\n"
				   "web,b,DOWN,L4TOUT,\n\n";
	static const char bytes[] = { ',', '"', '\n', '\r', '#', ' ', '\x80', 'x' };
	struct rows rows;
	struct fdr_error e;
	size_t ok = 0;
	char bad[sizeof(good)];

	(void)state;
	for (size_t cut = 0; cut < sizeof(good); cut++) {
		snprintf(bad, sizeof(bad), "%.*s", (int)cut, good);
		ok += parse(bad, &rows, &e) == 0;
	}
	for (size_t at = 0; at + 1 < sizeof(good); at++)
		for (size_t b = 0; b < sizeof(bytes); b++) {
			memcpy(bad, good, sizeof(good));
			bad[at] = bytes[b];
			ok += parse(bad, &rows, &e) == 0;
		}
	assert_true(ok > 0);
}

static void statuses(void **state)
{
	static const struct {
		const char *status, *want;
	} cases[] = {
		{ "UP", "up" }, { "UP 1/3", "suspect" }, { "UP 2/3", "suspect" },
		{ "UP 1/2 ", "suspect" }, { "DOWN", "down" }, { "DOWN 1/2", "down" },
		{ "DOWN (agent)", "down" }, { "MAINT", "maint" },
		{ "MAINT (via web/a)", "maint" }, { "MAINT (resolution)", "maint" },
		{ "DRAIN", "drain" }, { "DRAIN 1/3", "drain" }, { "DRAIN (agent)", "drain" },
		{ "NOLB", "drain" }, { "NOLB 1/3", "drain" }, { "no check", "up" },
		{ "", NULL }, { "UPPER", NULL }, { "OPEN", NULL }, { "up", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *got = fdr_haproxy_status(cases[i].status);

		if (!cases[i].want != !got || (got && strcmp(got, cases[i].want)))
			fail_msg("\"%s\" is %s, not %s", cases[i].status, got ? got : "(unknown)",
				 cases[i].want ? cases[i].want : "(unknown)");
	}
}

static const struct {
	const char *line, *subject, *state;	/* NULL: no news */
} log_cases[] = {
	{ "<133>Nov 20 20:37:24 haproxy[14297]: Health check for server web/node1 failed, reason: "
	  "Layer4 connection problem, info: \"Connection refused\", check duration: 0ms, "
	  "status: 2/3 UP.", "web/node1", "suspect" },
	{ "<133>Nov 20 20:37:24 haproxy[14297]: Health check for server web/node1 succeeded, "
	  "reason: Layer7 check passed, code: 200, check duration: 2ms, status: 3/3 UP.",
	  "web/node1", "up" },
	{ "Health check for backup server web/b failed, reason: Layer4 timeout, check duration: "
	  "300ms, status: 1/2 UP.", "web/b", "suspect" },
	/* The verdict follows in a line of its own. */
	{ "Health check for server web/node1 failed, reason: x, status: 0/2 DOWN.", NULL, NULL },
	{ "Health check for server web/node1 succeeded, reason: x, status: 1/2 DOWN.", NULL, NULL },
	{ "<129>Nov 20 20:37:25 haproxy[14297]: Server web/node1 is DOWN. 2 active and 0 backup "
	  "servers left.", "web/node1", "down" },
	{ "Server web/node1 is DOWN, reason: Layer4 timeout, check duration: 301ms. 1 active ...",
	  "web/node1", "down" },
	{ "<5>Server web/node1 is UP. 3 active and 0 backup servers online.", "web/node1", "up" },
	{ "[WARNING]  (14297) : Server web/node1 is DOWN, reason: x", "web/node1", "down" },
	{ "Nov 20 20:37:25 lb haproxy[1]: [WARNING]  (1) : Backup Server web/node1 is UP. 1",
	  "web/node1", "up" },
	{ "<129>1 2026-11-20T20:37:25.1+00:00 lb haproxy 12 - - Server web/node1 is DOWN, reason: x",
	  "web/node1", "down" },
	{ "Server web/node1 is going DOWN for maintenance. 1 active", "web/node1", "maint" },
	{ "Server web/node1 was DOWN and now enters maintenance.", "web/node1", "maint" },
	{ "Server web/node1 is stopping. 1 active", "web/node1", "drain" },
	{ "Server web/node1 is DOWNRIGHT odd", NULL, NULL },
	/* What a client wrote is no verdict. */
	{ "<134>Nov 20 20:37:25 haproxy[1]: 10.0.0.1:3 [x] f web/node2 0/0 200 \"GET /: Server "
	  "web/node1 is DOWN, HTTP/1.1\"", NULL, NULL },
	{ "<134>Nov 20 20:37:25 haproxy[1]: 10.0.0.1:3 {Server web/node1 is DOWN.}", NULL, NULL },
	{ "10.0.0.1 Server web/node1 is DOWN.", NULL, NULL },
	{ "backend web has no server available!", NULL, NULL },
	{ "Server node1 is DOWN.", NULL, NULL },
	{ "Server /node1 is DOWN.", NULL, NULL },
	{ "Server web/ is DOWN.", NULL, NULL },
	{ "Server web/node1", NULL, NULL },
	{ "Server ", NULL, NULL },
	{ "Health check for server web/a failed, status: ", NULL, NULL },
	{ "Health check for server web/a failed, status: 99999999999/2 UP", NULL, NULL },
	{ "<", NULL, NULL }, { "<1", NULL, NULL }, { "<13>", NULL, NULL }, { "<13>1 ", NULL, NULL },
	{ "", NULL, NULL }, { ": ", NULL, NULL }, { ": [", NULL, NULL }, { ": [ : ", NULL, NULL },
};

static void log_lines(void **state)
{
	char huge[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(log_cases) / sizeof(log_cases[0]); i++) {
		const char *line = log_cases[i].line, *got = "", *message = NULL;
		char subject[64] = "";
		bool news = fdr_haproxy_log(line, subject, sizeof(subject), &got, &message);

		if (news != !!log_cases[i].state)
			fail_msg("\"%s\" is %s news", line, news ? "taken for" : "no");
		if (!news)
			continue;
		assert_string_equal(subject, log_cases[i].subject);
		assert_string_equal(got, log_cases[i].state);
		assert_true(message >= line && message < line + strlen(line));
		assert_true(strchr("SHB", *message));
	}
	/* A name that does not fit. */
	snprintf(huge, sizeof(huge), "Server web/%0*d is DOWN.", 3000, 1);
	assert_false(fdr_haproxy_log(huge, (char[64]){ "" }, 64, &(const char *){ NULL },
				     &(const char *){ NULL }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_by_name), cmocka_unit_test(damaged_answers),
		cmocka_unit_test(mutated_answers), cmocka_unit_test(statuses),
		cmocka_unit_test(log_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
