// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranges worked out by hand: the sums stand beside what is wanted. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "common-predict.h"

#define WHO	"config=x;backend=web;server=node1"

static struct fdr_prediction haproxy(const char *text)
{
	const char *const texts[] = { text, NULL };

	return test_predict("haproxy", WHO, texts, NULL, 0);
}

static void defaults(void **state)
{
	struct fdr_prediction p = haproxy(
		"global\n\tstats socket /run/haproxy.sock mode 600\n"
		"defaults\n\tmode http\n\ttimeout connect 5s\n\ttimeout client 30s\n"
		"\ttimeout server 30s\n"
		"backend web\n\tserver node1 10.0.0.1:80 check\n\tserver node2 10.0.0.2:80\n");

	(void)state;
	/* No timeout check: a silent check takes inter.  3 x 2 + 2 x 2 = 10, and up to 2 before. */
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 10000, 12000);
	test_range(&p, FDR_FAILURE_SILENT, FDR_SUSPECTED, 2000, 4000);
	/* Refused at once: 2 x 2 = 4, and up to 2 before. */
	test_range(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, 4000, 6000);
	test_range(&p, FDR_FAILURE_REFUSED, FDR_SUSPECTED, 0, 2000);
	/* A check that only connects does not see a service that hangs. */
	test_never(&p, FDR_FAILURE_HANG, FDR_DETECTED, "only opens a connection");
	test_remark(&p, FDR_REMARK_NEVER, "hang, never detected");
	test_no_remark(&p, FDR_REMARK_CONTRADICTION);
}

static void inherited(void **state)
{
	/* The server's own words, then default-server of the backend, then of the defaults. */
	struct fdr_prediction p = haproxy(
		"defaults\n\ttimeout connect 300ms\n\ttimeout check 1s\n"
		"\tdefault-server inter 9s fall 5 fastinter 200ms\n"
		"backend other\n\tdefault-server inter 1s\n\tserver node1 10.0.0.9:80 check\n"
		"listen web\n\tbind :80\n\toption httpchk GET /health\n"
		"\tdefault-server inter 1s check\n"
		"\tserver node1 10.0.0.1:80 fall 2 # the first\n");

	(void)state;
	/* inter 1 s, fastinter 0.2, fall 2; a connection may take min(0.3, 1). */
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 2 * 300 + 200, 1000 + 2 * 300 + 200);
	test_range(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, 200, 1200);
	/* An answer may take timeout check. */
	test_range(&p, FDR_FAILURE_HANG, FDR_DETECTED, 2 * 1000 + 200, 1000 + 2 * 1000 + 200);
	test_range(&p, FDR_FAILURE_HANG, FDR_SUSPECTED, 1000, 2000);
}

static void measured_in_labs(void **state)
{
	struct fdr_prediction p;

	(void)state;
	/* Black holes that were measured: 11.8 s, 1.99 s, 1.08 s and 0.35 s. */
	p = haproxy("backend web\n server node1 a:80 check inter 2s fall 3\n");
	assert_in_range(MS(11800), p.v[FDR_FAILURE_SILENT][FDR_DETECTED].lo_ns,
			p.v[FDR_FAILURE_SILENT][FDR_DETECTED].hi_ns);
	p = haproxy("backend web\n server node1 a:80 check inter 500 fall 2\n");
	assert_in_range(MS(1990), p.v[FDR_FAILURE_SILENT][FDR_DETECTED].lo_ns,
			p.v[FDR_FAILURE_SILENT][FDR_DETECTED].hi_ns);
	p = haproxy("backend web\n server node1 a:80 check inter 300ms fall 2\n");
	assert_in_range(MS(1080), p.v[FDR_FAILURE_SILENT][FDR_DETECTED].lo_ns,
			p.v[FDR_FAILURE_SILENT][FDR_DETECTED].hi_ns);
	p = haproxy("backend web\n server node1 a:80 check inter 100ms fall 2\n");
	assert_in_range(MS(350), p.v[FDR_FAILURE_SILENT][FDR_DETECTED].lo_ns,
			p.v[FDR_FAILURE_SILENT][FDR_DETECTED].hi_ns);
}

static void blind(void **state)
{
	struct fdr_prediction p;

	(void)state;
	p = haproxy("backend web\n server node1 a:80 inter 1s fall 2\n");
	test_never(&p, FDR_FAILURE_SILENT, FDR_DETECTED, "no \"check\"");
	p = haproxy("backend web\n default-server check\n server node1 a:80 no-check\n");
	test_never(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, "no \"check\"");
	p = haproxy("backend web\n server node1 a:80 check disabled\n");
	test_never(&p, FDR_FAILURE_SILENT, FDR_DETECTED, "disabled");
	/* tcp-check that expects nothing is a connection; one that does is more. */
	p = haproxy("backend web\n option tcp-check\n tcp-check connect\n server node1 a:80 check\n");
	test_never(&p, FDR_FAILURE_HANG, FDR_DETECTED, "only opens a connection");
	p = haproxy("backend web\n option tcp-check\n server node1 a:80 check inter 1s fall 2\n"
		    " tcp-check expect string +PONG\n");
	test_range(&p, FDR_FAILURE_HANG, FDR_DETECTED, 2000 + 1000, 1000 + 2000 + 1000);
}

/* Sections that name the one they inherit from; servers that are made by the dozen. */
static void named(void **state)
{
	static const char defaults[] = "defaults fast\n default-server check inter 1s fall 2\n"
				       "defaults faster from fast\n default-server inter 500ms\n"
				       "defaults\n default-server check inter 4s fall 1\n";
	struct fdr_prediction p;
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), "%sbackend web from fast\n server node1 a:80\n", defaults);
	p = haproxy(text);
	test_range(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, 1000, 2000);
	snprintf(text, sizeof(text), "%sbackend web from faster\n server node1 a:80\n", defaults);
	p = haproxy(text);
	test_range(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, 500, 1000);
	snprintf(text, sizeof(text), "%sbackend web\n server-template node 3 a:80 fall 2\n", defaults);
	p = haproxy(text);
	test_range(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, 4000, 8000);
}

static void remarks(void **state)
{
	struct fdr_prediction p;

	(void)state;
	p = haproxy("backend web\n server node1 a:80 check inter 1s fastinter 3s\n");
	test_remark(&p, FDR_REMARK_CONTRADICTION, "fastinter 3 s is longer than inter 1 s");
	p = haproxy("backend web\n timeout check 2s\n server node1 a:80 check fall 1\n");
	test_remark(&p, FDR_REMARK_RISK, "timeout check without timeout connect");
	test_remark(&p, FDR_REMARK_RISK, "fall 1");
	assert_int_equal(p.v[FDR_FAILURE_SILENT][FDR_SUSPECTED].is, FDR_PREDICTED_NOT);
	/* spread-checks moves each interval by so much either way: 10 % of 2 x 2 and of 3 x 2. */
	p = haproxy("global\n spread-checks 10\nbackend web\n server node1 a:80 check\n");
	test_range(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, 3600, 6600);
}

static void what_is_not_there(void **state)
{
	static const struct { const char *text, *error; } bad[] = {
		{ "backend api\n server node1 a:80 check\n", "no backend or listen section \"web\"" },
		{ "backend web\n server node2 a:80 check\n", "no server \"node1\"" },
		{ "backend web\n server node1 a:80 check inter fast\n", "line 2: \"fast\" is no time" },
		{ "backend web\n server node1 a:80 check inter \"${INTER}\"\n", "environment" },
		{ "backend web\n server node1 a:80 check fall 0\n", "no number of checks" },
		{ "backend web from fast\n server node1 a:80 check\n",
		  "line 1: there is no defaults section \"fast\"" },
		{ "backend web\n server-template node 2-5 a:80 check\n", "no server \"node1\"" },
		{ "backend \"web\n", "line 1: a quote" },
		{ "", "no backend" },
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(bad); i++) {
		const char *const texts[] = { bad[i].text, NULL };
		char error[512];

		test_predict("haproxy", WHO, texts, error, sizeof(error));
		if (!strstr(error, bad[i].error))
			fail_msg("\"%s\" instead of \"%s\"", error, bad[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(inherited),
		cmocka_unit_test(measured_in_labs),
		cmocka_unit_test(blind),
		cmocka_unit_test(named),
		cmocka_unit_test(remarks),
		cmocka_unit_test(what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
