// SPDX-License-Identifier: GPL-2.0-or-later
/* keepalived, corosync and Pacemaker: ranges worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "common-predict.h"
#include "predict/kinds.h"

#define VRRP(version, advert, priority, more) \
	"global_defs {\n  vrrp_version " version "\n}\n! a comment\n" \
	"vrrp_script alive {\n  script \"/bin/true\"\n  interval 2\n  fall 3\n}\n" \
	"vrrp_instance VI_1\n{\n  state BACKUP\n  interface eth0\n  virtual_router_id 51\n" \
	"  priority " priority "\n  advert_int " advert "\n" more \
	"  virtual_ipaddress {\n    10.0.0.9/24\n  }\n}\n"

static struct fdr_prediction vrrp(const char *mine, const char *its)
{
	const char *const texts[] = { mine, its, NULL };

	return test_predict("keepalived", "config=x", texts, NULL, 0);
}

static void vrrp_silent(void **state)
{
	/* Skew (256 - 100) / 256 s = 609.375 ms; 2 and 3 adverts more. */
	struct fdr_prediction p = vrrp(VRRP("2", "1", "100", ""), VRRP("2", "1", "150", ""));
	const struct fdr_predicted *x = &p.v[FDR_FAILURE_SILENT][FDR_PROMOTED];

	(void)state;
	assert_int_equal(x->lo_ns, 2609375000);
	assert_int_equal(x->hi_ns, 3609375000);
	assert_in_range(MS(3200), x->lo_ns, x->hi_ns);	/* what was measured */
	test_never(&p, FDR_FAILURE_REFUSED, FDR_PROMOTED, "no track_script");
	test_no_remark(&p, FDR_REMARK_CONTRADICTION);
	/* Version 3: the skew is in the interval's measure: 0.25 x 128 / 256 = 0.125 s. */
	p = vrrp(VRRP("3", "0.25", "128", ""), NULL);
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 625, 875);
	test_remark(&p, FDR_REMARK_NOTE, "without \"peer\"");
}

static void vrrp_scripts(void **state)
{
	struct fdr_prediction p;

	(void)state;
	/* No weight: priority 0 at once, the backup waits for its skew (0.5 s): 2 x 2, 3 x 2. */
	p = vrrp(VRRP("2", "1", "128", ""), VRRP("2", "1", "150", "  track_script {\n    alive\n  }\n"));
	test_range(&p, FDR_FAILURE_REFUSED, FDR_PROMOTED, 4500, 6500);
	/* 150 - 60 is below 128: at the next advertisement. */
	p = vrrp(VRRP("2", "1", "128", ""),
		 VRRP("2", "1", "150", "  track_script {\n    alive weight -60\n  }\n"));
	test_range(&p, FDR_FAILURE_REFUSED, FDR_PROMOTED, 4000, 7000);
	p = vrrp(VRRP("2", "1", "128", ""),
		 VRRP("2", "1", "150", "  track_script {\n    alive weight -10\n  }\n"));
	test_never(&p, FDR_FAILURE_REFUSED, FDR_PROMOTED, "stays above the backup's 128");
	p = vrrp(VRRP("2", "1", "128", "  nopreempt\n"),
		 VRRP("2", "1", "150", "  track_script {\n    alive weight -60\n  }\n"));
	test_never(&p, FDR_FAILURE_HANG, FDR_DETECTED, "nopreempt");
}

static void vrrp_contradictions(void **state)
{
	struct fdr_prediction p;

	(void)state;
	p = vrrp(VRRP("2", "1", "100", ""), VRRP("2", "3", "150", ""));
	test_remark(&p, FDR_REMARK_CONTRADICTION, "advert_int 1 s here and 3 s");
	test_never(&p, FDR_FAILURE_SILENT, FDR_PROMOTED, "both are master");
	/* Version 3 learns it: 2 x 3 + 3 x 156 / 256 = 7.828125 s. */
	p = vrrp(VRRP("3", "1", "100", ""), VRRP("3", "3", "150", ""));
	assert_int_equal(p.v[FDR_FAILURE_SILENT][FDR_PROMOTED].lo_ns, 7828125000);
	p = vrrp(VRRP("2", "0.5", "100", ""), VRRP("3", "1", "100", ""));
	test_remark(&p, FDR_REMARK_CONTRADICTION, "only VRRP version 3");
	test_remark(&p, FDR_REMARK_CONTRADICTION, "VRRP version 2 here and 3");
	test_remark(&p, FDR_REMARK_RISK, "both have priority 100");
}

static struct fdr_prediction corosync(const char *text)
{
	const char *const texts[] = { text, NULL };

	return test_predict("corosync", "config=x", texts, NULL, 0);
}

#define NODES2	"nodelist {\n node {\n  ring0_addr: a\n  nodeid: 1\n }\n node {\n  nodeid: 2\n }\n}\n"
#define QUORUM2	"quorum {\n provider: corosync_votequorum\n two_node: 1\n}\n"

static void ring(void **state)
{
	/* retransmit 1050 / 4.2 = 250; token 1050; consensus 1.2 x 1050 = 1260; join 50. */
	struct fdr_prediction p = corosync("totem {\n version: 2\n token: 1050\n}\n" NODES2 QUORUM2);

	(void)state;
	test_range(&p, FDR_FAILURE_SILENT, FDR_SUSPECTED, 800, 1050);
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 800 + 1260, 1050 + 1260 + 100);
	test_no_remark(&p, FDR_REMARK_CONTRADICTION);
	test_never(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, "Pacemaker");
	/* Token 1000: membership was seen lost after 2.1 s. */
	p = corosync("totem {\n token: 1000\n}\n" NODES2 QUORUM2);
	assert_in_range(MS(2100), p.v[FDR_FAILURE_SILENT][FDR_DETECTED].lo_ns,
			p.v[FDR_FAILURE_SILENT][FDR_DETECTED].hi_ns);
	/* The defaults with four nodes: 3000 + 2 x 650 = 4300. */
	p = corosync("totem {\n}\nnodelist { node { nodeid: 1 }\n node { nodeid: 2 }\n"
		     "node { nodeid: 3 }\n node { nodeid: 4 }\n}\n"
		     "quorum { provider: corosync_votequorum\n}\n");
	assert_int_equal(p.v[FDR_FAILURE_SILENT][FDR_SUSPECTED].hi_ns, MS(4300));
	assert_int_equal(p.v[FDR_FAILURE_SILENT][FDR_DETECTED].hi_ns, MS(4300 + 5160 + 100));
}

static void ring_contradictions(void **state)
{
	struct fdr_prediction p;

	(void)state;
	p = corosync("totem {\n token: 2000\n consensus: 2100\n}\n"
		     "nodelist {\n node { nodeid: 1 }\n node { nodeid: 2 }\n node { nodeid: 3 }\n}\n"
		     QUORUM2);
	test_remark(&p, FDR_REMARK_CONTRADICTION, "consensus 2.1 s is less than 1.2 x token 2.65 s");
	test_remark(&p, FDR_REMARK_CONTRADICTION, "two_node: 1 with 3 nodes");
	p = corosync("totem {\n token: 100\n}\n" NODES2 "quorum {\n provider: corosync_votequorum\n}\n");
	test_remark(&p, FDR_REMARK_CONTRADICTION, "below the 30 ms");
	test_never(&p, FDR_FAILURE_SILENT, FDR_PROMOTED, "without two_node");
	p = corosync("totem {\n}\n" NODES2 "quorum {\n provider: corosync_votequorum\n two_node: 1\n"
		     " wait_for_all: 0\n}\n");
	test_remark(&p, FDR_REMARK_RISK, "wait_for_all: 0");
}

static void quorum_device(void **state)
{
	static const char device[] =
		"quorum {\n provider: corosync_votequorum\n device {\n model: net\n%s"
		" net {\n host: 10.0.0.9\n algorithm: ffsplit\n }\n }\n}\n";
	struct fdr_prediction p;
	char text[1024];
	int n = snprintf(text, sizeof(text), "totem {\n token: 1000\n}\n" NODES2);

	(void)state;
	snprintf(text + n, sizeof(text) - (size_t)n, device, " sync_timeout: 12000\n");
	p = corosync(text);
	test_remark(&p, FDR_REMARK_NOTE, "at most sync_timeout 12 s");
	assert_int_equal(p.v[FDR_FAILURE_SILENT][FDR_PROMOTED].is, FDR_PREDICTED_NOT);
	assert_int_equal(fdr_corosync_device_wait(text), MS(12000));
	snprintf(text + n, sizeof(text) - (size_t)n, device, " two_node: 1\n");
	assert_int_equal(fdr_corosync_device_wait(text), MS(30000));
	assert_int_equal(fdr_corosync_device_wait("totem {\n}\n" NODES2 QUORUM2), 0);
	assert_int_equal(fdr_corosync_device_wait("}"), 0);
	p = corosync("totem {\n}\n" NODES2 "quorum {\n provider: corosync_votequorum\n two_node: 1\n"
		     " device {\n model: net\n }\n}\n");
	test_remark(&p, FDR_REMARK_CONTRADICTION, "two_node: 1 with a quorum device");
}

static void fencing(void **state)
{
	static const char cib[] =
		"<cib><configuration><crm_config><cluster_property_set id=\"b\">\n"
		"<nvpair id=\"x\" name=\"stonith-enabled\" value=\"%s\"/>\n"
		"<nvpair id=\"y\" name=\"stonith-watchdog-timeout\" value=\"6s\"/>\n"
		"</cluster_property_set></crm_config><resources>\n"
		"<primitive id=\"ip\" class=\"ocf\" provider=\"heartbeat\" type=\"IPaddr2\">\n"
		"<operations><op id=\"m\" name=\"monitor\" interval=\"10s\" timeout=\"20s\"/>"
		"</operations></primitive>\n<primitive id=\"db\" class=\"ocf\"></primitive>"
		"</resources></configuration></cib>\n";
	const char *const totem = "totem {\n token: 1050\n}\n" NODES2 QUORUM2;
	const char *const sbd = "SBD_WATCHDOG_TIMEOUT=5\n";
	const char *texts[] = { NULL, totem, sbd, NULL };
	struct fdr_prediction p;
	char text[2048];

	(void)state;
	snprintf(text, sizeof(text), cib, "true");
	texts[0] = text;
	p = test_predict("pacemaker", "config=x;resource=ip", texts, NULL, 0);
	/* Membership lost after 2.06 to 2.41 s; the watchdog was last fed up to a second ago. */
	test_range(&p, FDR_FAILURE_SILENT, FDR_ISOLATED, 2060, 8410);
	/* No agent here has a time to start in. */
	test_range(&p, FDR_FAILURE_SILENT, FDR_PROMOTED, 8060, 8410);
	test_range(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, 0, 30000);
	test_range(&p, FDR_FAILURE_HANG, FDR_DETECTED, 20000, 50000);
	test_remark(&p, FDR_REMARK_CONTRADICTION, "6 s is less than 2 x SBD_WATCHDOG_TIMEOUT 5 s");
	p = test_predict("pacemaker", "config=x;resource=db", texts, NULL, 0);
	test_never(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, "no monitor operation");
	snprintf(text, sizeof(text), cib, "false");
	p = test_predict("pacemaker", "config=x", texts, NULL, 0);
	test_never(&p, FDR_FAILURE_SILENT, FDR_ISOLATED, "stonith-enabled is false");
	test_remark(&p, FDR_REMARK_NEVER, "never isolated");
}

/* By messages on a disk: 2.06 to 2.41 s, msgwait at least, stonith-timeout at most. */
static void fencing_by_disk(void **state)
{
	static const char cib[] =
		"<cib><configuration><crm_config>\n"
		"<nvpair id=\"y\" name=\"stonith-timeout\" value=\"%s\"/>\n"
		"</crm_config><resources>\n"
		"<primitive id=\"d\" class=\"stonith\" type=\"fence_sbd\"><operations>\n"
		"<op id=\"t\" name=\"start\" interval=\"0\" timeout=\"60s\"/></operations></primitive>\n"
		"<primitive id=\"ip\" class=\"ocf\" provider=\"heartbeat\" type=\"IPaddr2\"><operations>\n"
		"<op id=\"s\" name=\"start\" interval=\"0\" timeout=\"30s\"/></operations></primitive>\n"
		"</resources></configuration></cib>\n";
	const char *const totem = "totem {\n token: 1050\n}\n" NODES2 QUORUM2;
	const char *const sbd = "SBD_WATCHDOG_TIMEOUT=2\nTimeout (watchdog) : 2\n"
				"Timeout (msgwait)  : 10\n";
	const char *texts[] = { NULL, totem, sbd, NULL };
	struct fdr_prediction p;
	char text[2048];

	(void)state;
	snprintf(text, sizeof(text), cib, "40s");
	texts[0] = text;
	p = test_predict("pacemaker", "config=x", texts, NULL, 0);
	test_range(&p, FDR_FAILURE_SILENT, FDR_ISOLATED, 1000, 42410);
	test_range(&p, FDR_FAILURE_SILENT, FDR_PROMOTED, 12060, 72410);
	assert_string_equal(p.v[FDR_FAILURE_SILENT][FDR_PROMOTED].why, "membership lost, msgwait 10 s,"
			    " and what the agents take to start");
	snprintf(text, sizeof(text), cib, "11s");
	p = test_predict("pacemaker", "config=x", texts, NULL, 0);
	test_remark(&p, FDR_REMARK_CONTRADICTION, "stonith-timeout 11 s is less than 1.2 x msgwait");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vrrp_silent),
		cmocka_unit_test(vrrp_scripts),
		cmocka_unit_test(vrrp_contradictions),
		cmocka_unit_test(ring),
		cmocka_unit_test(ring_contradictions),
		cmocka_unit_test(quorum_device),
		cmocka_unit_test(fencing),
		cmocka_unit_test(fencing_by_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
