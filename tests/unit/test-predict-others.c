// SPDX-License-Identifier: GPL-2.0-or-later
/* Monitoring and stores: ranges worked out by hand; and the files' grammar. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "common-predict.h"
#include "predict/conf.h"

static struct fdr_prediction one(const char *kind, const char *opts, const char *text)
{
	const char *const texts[] = { text, NULL };

	return test_predict(kind, opts, texts, NULL, 0);
}

/* What cannot be read is told, with @why. */
static void refused(const char *kind, const char *text, const char *why)
{
	const char *const texts[] = { text, NULL };
	char told[300];

	test_predict(kind, "config=x", texts, told, sizeof(told));
	assert_non_null(strstr(told, why));
}

#define NAGIOS \
	"interval_length=60\nservice_check_timeout=60\n" \
	"define host{\n name generic\n max_check_attempts 10\n check_command check-host-alive\n" \
	" register 0\n alias Somebody's {host}\n}\n" \
	"define host {\n use generic\n host_name web1\n address 10.0.0.1\n}\n" \
	"define service{\n name base\n check_interval 5\n retry_interval 1\n" \
	" max_check_attempts 4\n check_command check_http!-u \"/it's\n register 0\n}\n" \
	"define service{\n name quick\n use base\n retry_interval 2\n register 0\n}\n"

static void nagios_templates(void **state)
{
	struct fdr_prediction p;

	(void)state;
	/* check 5 min, retry 1 min, 4 attempts: refused HARD after 3 to 8 min (+ 2 s each). */
	p = one("nagios", "config=x;host=web1;service=HTTP port",
		NAGIOS "define service {\n use base\n host_name web0, web1\n"
		" service_description HTTP port ; the first\n}\n");
	test_range(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, 180000, 480000 + 2000);
	test_range(&p, FDR_FAILURE_REFUSED, FDR_SUSPECTED, 0, 300000 + 2000);
	/* The host is checked too: DOWN by the second attempt it makes the service HARD. */
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 60000, 300000 + 180000 + 11000);
	test_no_remark(&p, FDR_REMARK_CONTRADICTION);
	/* The nearer template counts: retry 2 min; 3 x 2. */
	p = one("nagios", "config=x;host=web1;service=S",
		NAGIOS "define service {\n use quick,base\n host_name web1\n"
		" service_description S\n}\n");
	test_range(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, 360000, 660000 + 2000);
}

static void nagios_others(void **state)
{
	struct fdr_prediction p;

	(void)state;
	/* As measured with a check that takes 2 s: SOFT after 2.95 s and HARD after 7.16 s. */
	p = one("nagios", "config=x;host=h;service=s;check_time=2s",
		"interval_length=1\ndefine service {\n host_name h\n service_description s\n"
		" check_interval 2\n retry_interval 1\n max_check_attempts 3\n check_command c\n}\n");
	/* Attempts follow each other by the longer of retry and check: 2 x 2 + 2, 2 + 2 x 3 + 3. */
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 6000, 11000);
	test_range(&p, FDR_FAILURE_SILENT, FDR_SUSPECTED, 2000, 5000);
	p = one("nagios", "config=x;host=h;check_time=40s",
		"define host {\n host_name h\n check_interval 1\n retry_interval 2\n"
		" max_check_attempts 3\n check_command c\n}\n");
	test_remark(&p, FDR_REMARK_CONTRADICTION, "retry_interval 120 s is longer");
	test_remark(&p, FDR_REMARK_CONTRADICTION, "may take 40 s, but Nagios kills it after 30 s");
	p = one("nagios", "config=x;host=h",
		"define host {\n host_name h\n active_checks_enabled 0\n max_check_attempts 1\n"
		" check_command c\n}\n");
	test_never(&p, FDR_FAILURE_SILENT, FDR_DETECTED, "passive");
	p = one("nagios", "config=x;host=h", "define host {\n host_name h\n max_check_attempts 1\n}\n");
	test_never(&p, FDR_FAILURE_SILENT, FDR_DETECTED, "no check_command");
}

static void stores(void **state)
{
	struct fdr_prediction p;

	(void)state;
	p = one("drbd", "config=x", "resource r0 {\n net {\n timeout 9; ping-int 1;\n }\n}\n");
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 500, 2500);	/* 0.5; 2 x 1 + 0.5 */
	test_never(&p, FDR_FAILURE_HANG, FDR_DETECTED, "disk-timeout is 0");
	p = one("drbd", "config=x", "net { timeout 100; ping-int 10; ko-count 0; }\n"
				    "disk { disk-timeout 50; }\n");
	test_remark(&p, FDR_REMARK_CONTRADICTION, "timeout 10 s is not below ping-int 10 s");
	test_remark(&p, FDR_REMARK_RISK, "ko-count 0");
	test_range(&p, FDR_FAILURE_HANG, FDR_DETECTED, 5000, 15000);
	p = one("mariadb", "config=x", "[mysqld]\nslave-net-timeout = 20\n");
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 10000, 21000);
	p = one("mariadb", "config=x;heartbeat=60s", "[mysqld]\n");
	test_remark(&p, FDR_REMARK_CONTRADICTION, "heartbeats come every 60 s");
	p = one("galera", "config=x;nodes=3", "evs.keepalive_period = PT1S; evs.suspect_timeout = PT2.5S; "
		"evs.inactive_check_period = PT0.5S; evs.join_retrans_period = PT1S; ");
	test_range(&p, FDR_FAILURE_SILENT, FDR_SUSPECTED, 1500, 3000);
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 1500, 4000);
	test_no_remark(&p, FDR_REMARK_RISK);
	p = one("galera", "config=x;nodes=2", "[mariadbd]\n# evs.suspect_timeout=PT9S\n"
		"wsrep_provider_options = \"gcache.size=1M;evs.inactive_timeout=PT4S\"\n");
	test_never(&p, FDR_FAILURE_SILENT, FDR_DETECTED, "no majority");
	test_remark(&p, FDR_REMARK_CONTRADICTION, "inactive_timeout 4 s is not above");
	test_remark(&p, FDR_REMARK_RISK, "2 nodes");
	p = one("galera", "config=x", "evs.suspect_timeout=PT1M30S");
	test_range(&p, FDR_FAILURE_HANG, FDR_DETECTED, 89000, 91500);
	refused("galera", "evs.suspect_timeout=5", "evs.suspect_timeout = 5 is no time");
	refused("galera", "evs.suspect_timeout=P5S;", "write it as PT5S");
	refused("galera", "evs.suspect_timeout=PT5S3S;", "is no time");
	refused("galera", "evs.suspect_timeout=PT", "is no time");
	p = one("spider", "config=x;poll=1s", "[mariadbd]\nspider_connect_timeout = 9\n"
		"spider-connect_timeout = 6\nspider-connect-retry-count=2\nspider_connect_retry_interval = -1\n");
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 20000, 22000);	/* 20.2 to 21.0 s were measured */
	test_range(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, 2000, 4000);
	test_range(&p, FDR_FAILURE_HANG, FDR_DETECTED, 6000, 8000);
	test_no_remark(&p, FDR_REMARK_RISK);
	p = one("spider", "config=x", "[mariadbd]\n");
	test_remark(&p, FDR_REMARK_RISK, "try 1000 times");
	refused("spider", "spider_connect_timeout = six\n", "a number up to");
	p = one("ceph", "config=x;hosts=2", "[osd]\nosd heartbeat grace = 6\nosd_heartbeat_interval=2\n");
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 6000,
		   2300 + 6000 + 5000 + 1050 + 1000);	/* 13.5 s was measured */
	test_range(&p, FDR_FAILURE_SILENT, FDR_ISOLATED, 606000, 15350 + 605000);
	test_remark(&p, FDR_REMARK_CONTRADICTION, "1 hosts are left to report");
	test_remark(&p, FDR_REMARK_RISK, "osd_op_thread_timeout (15 s): not before 21 s");
	assert_int_equal(p.v[FDR_FAILURE_HANG][FDR_DETECTED].is, FDR_PREDICTED_NOT);
	p = one("glusterfs", "config=x", "Volume Name: v\nOptions Reconfigured:\n"
					 "network.ping-timeout: 5\n");
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 5000, 10000);	/* 8.8 s was measured */
	p = one("glusterfs", "config=x", "network.ping-timeout: 0\n");
	test_never(&p, FDR_FAILURE_SILENT, FDR_DETECTED, "waited for");
}

static void clocks(void **state)
{
	static const char *const bad[] = { "server a maxpoll 25\n", NULL };
	struct fdr_prediction p;
	char why[256];

	(void)state;
	p = one("chrony", "config=x;poll=500ms", "# ours\nserver 10.0.0.1 iburst minpoll 0 maxpoll 1\n"
		"makestep 0.01 -1\n");
	test_range(&p, FDR_FAILURE_CLOCK, FDR_DETECTED, 0, 2040 + 500);
	assert_int_equal(p.v[FDR_FAILURE_SILENT][FDR_DETECTED].is, FDR_PREDICTED_NOT);
	test_no_remark(&p, FDR_REMARK_RISK);
	/* Debian's: up to 1024 s apart, and after three corrections it is slewed. */
	p = one("chrony", "config=x", "pool 2.debian.pool.ntp.org iburst\nmakestep 1 3\n");
	test_range(&p, FDR_FAILURE_CLOCK, FDR_DETECTED, 0, 1024000 + 20480);
	test_remark(&p, FDR_REMARK_RISK, "83333 ppm at most: 12 s for each second");
	/* The slowest source counts; a maxpoll below minpoll is none. */
	p = one("chrony", "config=x", "server a minpoll 3 maxpoll -2\n! no\npeer b maxpoll -1 minpoll -2\n");
	test_range(&p, FDR_FAILURE_CLOCK, FDR_DETECTED, 0, 8160);
	p = one("chrony", "config=x", "local stratum 3\nmaxchange 1 0 0\n");
	test_never(&p, FDR_FAILURE_CLOCK, FDR_DETECTED, "no server, pool or peer");
	test_predict("chrony", "config=x", bad, why, sizeof(why));
	assert_non_null(strstr(why, "line 1: 'maxpoll 25': from -7 to 24"));
}

static void electors(void **state)
{
	struct fdr_prediction p;

	(void)state;
	p = one("etcd", "config=x;nodes=3", "# as shipped\nname: a\n");
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 800, 1900);	/* 0.855 to 1.736 s were measured */
	test_range(&p, FDR_FAILURE_SILENT, FDR_PROMOTED, 800, 3800);
	p = one("etcd", "config=x", "ETCD_HEARTBEAT_INTERVAL=\"200\"\nETCD_ELECTION_TIMEOUT=2000\n");
	test_range(&p, FDR_FAILURE_HANG, FDR_DETECTED, 1600, 3800);
	p = one("etcd", "config=x", "etcd --name it's --heartbeat-interval 50 \\\n\t--election-timeout=1000 &\n");
	test_range(&p, FDR_FAILURE_REFUSED, FDR_DETECTED, 900, 1950);
	p = one("etcd", "config=x;nodes=2", "election-timeout: 1000\n");
	test_never(&p, FDR_FAILURE_SILENT, FDR_PROMOTED, "has no majority");
	p = one("etcd", "config=x", "heartbeat-interval: 300\n");
	test_remark(&p, FDR_REMARK_CONTRADICTION, "etcd does not start");
	assert_int_equal(p.v[FDR_FAILURE_SILENT][FDR_DETECTED].is, FDR_PREDICTED_NOT);
	refused("etcd", "election-timeout: 1s\n", "milliseconds, from 1 to 50000");
	refused("etcd", "heartbeat-interval: 0\n", "milliseconds");
	p = one("sentinel", "config=x;sentinels=3", "sentinel monitor mymaster 10.0.0.1 6379 2\n"
		"sentinel down-after-milliseconds mymaster 3000\n");
	test_range(&p, FDR_FAILURE_SILENT, FDR_SUSPECTED, 3000, 4100);
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 3000, 5200);
	test_range(&p, FDR_FAILURE_SILENT, FDR_PROMOTED, 3000, 5200 + 1000 + 10000);
	p = one("sentinel", "config=x;sentinels=3", "sentinel monitor mymaster 10.0.0.1 6379 4\n");
	test_never(&p, FDR_FAILURE_SILENT, FDR_DETECTED, "quorum 4 of 3");
	p = one("patroni", "config=x", "bootstrap:\n  dcs:\n    ttl: 20\n    loop_wait: 10\n"
				       "    retry_timeout: 10\n");
	test_range(&p, FDR_FAILURE_SILENT, FDR_PROMOTED, 10000, 31000);	/* 26 s was measured */
	test_remark(&p, FDR_REMARK_CONTRADICTION, "ttl 20 s is less than");
	test_remark(&p, FDR_REMARK_RISK, "no watchdog is required");
	p = one("patroni", "config=x", "watchdog:\n  mode: \"required\"  # or automatic\n");
	test_no_remark(&p, FDR_REMARK_RISK);
	p = one("patroni", "config=x", "watchdog: {mode: required, device: /dev/watchdog}\n");
	test_no_remark(&p, FDR_REMARK_RISK);
	p = one("ganglia", "config=x;poll=0s", "globals {\n  host_tmax = 20 /*secs */\n}\n"
		"collection_group {\n  time_threshold = 15\n  metric {\n    name = \"heartbeat\"\n  }\n}\n");
	test_range(&p, FDR_FAILURE_SILENT, FDR_DETECTED, 80000 - 15000, 81000);
	p = one("systemd", "config=x", "[Service]\nType=notify\nWatchdogSec=30s\nRestart=always\n");
	test_range(&p, FDR_FAILURE_HANG, FDR_DETECTED, 15000, 31000);
	p = one("systemd", "config=x", "[Service]\nExecStart=/bin/x\n");
	test_never(&p, FDR_FAILURE_HANG, FDR_DETECTED, "no WatchdogSec");
}

static void grammar(void **state)
{
	static const struct fdr_conf_style style = { .comment = "#", .end = ";", .blank = "=",
						     .braces = true };
	struct fdr_error e = { "" };
	struct fdr_conf c;
	size_t block;
	int64_t ns;

	(void)state;
	assert_int_equal(fdr_conf_parse("a = \"b c\" d\\ e # f\nx\n{ y 1; y 2; z { q } } w 'it''s'",
					&style, &c, &e), 0);
	assert_string_equal(fdr_conf_word(&c, 0, 1), "b c");
	assert_string_equal(fdr_conf_word(&c, 0, 2), "d e");
	block = fdr_conf_next(&c, FDR_CONF_NONE, "x", FDR_CONF_NONE);
	assert_true(c.v[block].opens);
	assert_string_equal(fdr_conf_value(&c, block, "y"), "2");
	assert_null(fdr_conf_value(&c, FDR_CONF_NONE, "y"));
	assert_string_equal(fdr_conf_value(&c, FDR_CONF_NONE, "w"), "its");
	fdr_conf_clear(&c);
	assert_true(fdr_conf_parse("a {\nb\n", &style, &c, &e) < 0);
	assert_non_null(strstr(e.text, "line 1"));
	assert_true(fdr_conf_parse("a\n}\n", &style, &c, &e) < 0);
	assert_non_null(strstr(e.text, "line 2"));
	assert_int_equal(fdr_conf_time("1.5s", 1, &ns), 0);
	assert_int_equal(ns, MS(1500));
	assert_int_equal(fdr_conf_time("250", FDR_NS_PER_MS, &ns), 0);
	assert_int_equal(ns, MS(250));
	assert_true(fdr_conf_time("", 1, &ns) < 0 && fdr_conf_time("2x", 1, &ns) < 0 &&
		    fdr_conf_time("-1s", 1, &ns) < 0 && fdr_conf_time("1e30s", 1, &ns) < 0 &&
		    fdr_conf_time(NULL, 1, &ns) < 0);
}

static void faults(void **state)
{
	(void)state;
	assert_int_equal(fdr_failure_of("panic"), FDR_FAILURE_SILENT);
	assert_int_equal(fdr_failure_of("net-drop"), FDR_FAILURE_SILENT);
	assert_int_equal(fdr_failure_of("task-kill"), FDR_FAILURE_REFUSED);
	assert_int_equal(fdr_failure_of("clock-step"), FDR_FAILURE_CLOCK);
	assert_int_equal(fdr_failure_of("task-freeze"), FDR_FAILURE_HANG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nagios_templates),
		cmocka_unit_test(nagios_others),
		cmocka_unit_test(stores),
		cmocka_unit_test(clocks),
		cmocka_unit_test(electors),
		cmocka_unit_test(grammar),
		cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
