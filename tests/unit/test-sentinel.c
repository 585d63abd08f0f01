// SPDX-License-Identifier: GPL-2.0-or-later
/* Redis Sentinel: what it says, in its own words, and real ones whose master dies. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common-probe.h"
#include "probe/sentinel-words.h"

#define SAYS(f, subject, state)	assert_true(await_state((f)->p, &(f)->rec, subject, state))

static void collect(void *userdata, const struct fdr_sentinel_event *e)
{
	char *text = userdata;

	snprintf(text + strlen(text), 1000 - strlen(text), "%s=%s ", e->subject, e->state);
}

static void message(const char *channel, const char *text, const char *expected)
{
	char got[1000] = "";

	fdr_sentinel_message(channel, text, collect, got);
	assert_string_equal(got, expected);
}

static void messages(void **state)
{
	(void)state;
	message("+sdown", "master mymaster 10.82.0.13 6379", "mymaster=suspect ");
	message("-sdown", "master mymaster 10.82.0.13 6379", "mymaster=up ");
	message("+odown", "master mymaster 10.82.0.13 6379 #quorum 2/2", "mymaster=down ");
	message("+try-failover", "master mymaster 10.82.0.13 6379", "mymaster=failover ");
	message("-failover-abort-not-elected", "master mymaster 10.82.0.13 6379", "mymaster=down ");
	message("+switch-master", "mymaster 10.82.0.13 6379 10.82.0.11 6380",
		"mymaster/10.82.0.13:6379=stale mymaster/10.82.0.11:6380=master mymaster=switched ");
	message("+switch-master", "mymaster fd00::1 6379 fd00::2 6379",
		"mymaster/[fd00::1]:6379=stale mymaster/[fd00::2]:6379=master mymaster=switched ");
	message("+sdown", "slave 10.82.0.12:6379 10.82.0.12 6379 @ mymaster 10.82.0.11 6379",
		"mymaster/10.82.0.12:6379=lost ");
	message("+sdown", "sentinel 5e1f 10.82.0.12 26379 @ mymaster 10.82.0.11 6379", "");
	message("+tilt", "#tilt mode entered", "=tilt ");
	message("-tilt", "#tilt mode exited", "=reachable ");
	message("+switch-master", "mymaster 10.82.0.13", "");
	message("+sdown", "", "");
	message("+sdown", "master", "");
}

static redisReply *parsed(const char *text)
{
	redisReader *reader = redisReaderCreate();
	void *reply = NULL;

	assert_int_equal(redisReaderFeed(reader, text, strlen(text)), REDIS_OK);
	assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
	assert_non_null(reply);
	redisReaderFree(reader);
	return reply;
}

static void masters(const char *text, int error, const char *expected)
{
	redisReply *r = parsed(text);
	struct fdr_error e = { "" };
	char got[1000] = "";

	assert_int_equal(fdr_sentinel_masters(r, collect, got, &e), error);
	assert_string_equal(error ? e.text : got, expected);
	freeReplyObject(r);
}

#define MASTER(flags, len) \
	"*1\r\n*8\r\n$4\r\nname\r\n$2\r\nmy\r\n$2\r\nip\r\n$9\r\n10.82.0.1\r\n$4\r\nport\r\n" \
	"$4\r\n6379\r\n$5\r\nflags\r\n$" #len "\r\n" flags "\r\n"

static void answers(void **state)
{
	static const char replica[] =
		"*1\r\n*8\r\n$2\r\nip\r\n$9\r\n10.82.0.2\r\n$4\r\nport\r\n$4\r\n6379\r\n$5\r\nflags\r\n"
		"$5\r\nslave\r\n$18\r\nmaster-link-status\r\n$3\r\nerr\r\n";
	redisReply *r = parsed(replica);
	char got[1000] = "";

	(void)state;
	assert_int_equal(fdr_sentinel_replicas(r, "my", collect, got, NULL), 0);
	assert_string_equal(got, "my/10.82.0.2:6379=stale ");
	freeReplyObject(r);
	masters(MASTER("master", 6), 0, "my=up my/10.82.0.1:6379=master ");
	masters(MASTER("master,s_down", 13), 0, "my=suspect my/10.82.0.1:6379=master ");
	masters(MASTER("s_down,o_down,master", 20), 0, "my=down my/10.82.0.1:6379=master ");
	masters(MASTER("master,o_down,failover_in_progress", 34), 0,
		"my=failover my/10.82.0.1:6379=master ");
	masters("*0\r\n", 0, "");
	masters("-NOAUTH Authentication required.\r\n", -EBADMSG, "NOAUTH Authentication required.");
	masters(":7\r\n", -EBADMSG, "no list: is it a Sentinel?");
	masters("*1\r\n:7\r\n", -EBADMSG, "element 0 of the list has no flags");
	masters("*1\r\n*1\r\n$5\r\nflags\r\n", -EBADMSG, "element 0 of the list has no flags");
}

/* Two Redis and a Sentinel of quorum 1, on ports of their own; the first is the master. */
static const char start[] =
	"cd '%1$s' && base=$((20000 + $$ %% 12000)); mkdir a b s; "
	"printf 'port %%s\\nsentinel monitor my 127.0.0.1 %%s 1\\nsentinel down-after-milliseconds my 500\\n"
	"sentinel failover-timeout my 3000\\n' $((base + 2)) $base > s/sentinel.conf; "
	"run() { redis-server \"$@\" --bind 127.0.0.1 --daemonize yes --save '' > /dev/null; }; "
	"run --port $base --dir '%1$s/a' --pidfile '%1$s/a/pid' && "
	"run --port $((base + 1)) --dir '%1$s/b' --pidfile '%1$s/b/pid' --replicaof 127.0.0.1 $base && "
	"run s/sentinel.conf --sentinel --dir '%1$s/s' --pidfile '%1$s/s/pid' && echo $base";

static pid_t pid_of(const struct fixture *f, const char *which)
{
	char path[200];
	int pid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/pid", f->dir, which);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%d", &pid) != 1)
		pid = 0;
	fclose(file);
	return pid;
}

static int stop_servers(void **state)
{
	static const char *const which[] = { "s", "a", "b" };
	char command[200];

	for (size_t i = 0; i < FDR_ARRAY_LEN(which); i++) {
		pid_t pid = pid_of(*state, which[i]);

		if (pid > 0)
			kill(pid, SIGKILL);
	}
	snprintf(command, sizeof(command), "rm -rf '%.100s'/[abs]", ((struct fixture *)*state)->dir);
	if (system(command))
		return -1;
	return probe_teardown(state);
}

static int start_servers(const struct fixture *f)
{
	char command[2000];
	int base = 0;
	FILE *p;

	snprintf(command, sizeof(command), start, f->dir);
	p = popen(command, "r");
	assert_non_null(p);
	if (fscanf(p, "%d", &base) != 1)
		base = 0;
	pclose(p);
	return base;
}

static const struct seen_obs *said(const struct fixture *f, const char *subject, const char *what)
{
	const struct seen_obs *o;

	for (size_t i = 0; (o = recorder_obs(&f->rec, subject, i)); i++)
		if (!strcmp(o->state, what))
			return o;
	return NULL;
}

static void real(void **state)
{
	struct fixture *f = *state;
	char address[40], subject[100], first[100], second[100];
	int base = start_servers(f);

	if (!base)
		fail_msg("redis-server does not start: is it installed?");
	snprintf(address, sizeof(address), "127.0.0.1:%d", base + 2);
	snprintf(subject, sizeof(subject), "%s/my", address);
	snprintf(first, sizeof(first), "%s/my/127.0.0.1:%d", address, base);
	snprintf(second, sizeof(second), "%s/my/127.0.0.1:%d", address, base + 1);
	make_opts(&f->opts, probe_kind("sentinel"), "address", address, "interval", "100ms", NULL);
	probe_start(f, "sentinel");
	SAYS(f, address, "reachable");
	SAYS(f, subject, "up");
	SAYS(f, first, "master");
	/* The Sentinel learns of it when it asks the master for its replicas. */
	SAYS(f, second, "replica");
	assert_int_equal(kill(pid_of(f, "a"), SIGKILL), 0);
	SAYS(f, second, "master");
	/* In one breath: whoever only polled would have missed the second and the third. */
	assert_non_null(said(f, subject, "suspect"));
	assert_non_null(said(f, subject, "down"));
	assert_non_null(said(f, subject, "failover"));
	assert_true(said(f, second, "master")->pushed);
	assert_true(said(f, subject, "switched")->pushed);
	SAYS(f, subject, "up");
	SAYS(f, first, "lost");
	/* One that has been stopped for longer than 2 s does not trust its clock for 30 s. */
	assert_int_equal(kill(pid_of(f, "s"), SIGSTOP), 0);
	SAYS(f, address, "unreachable");
	nanosleep(&(struct timespec){ .tv_sec = 2, .tv_nsec = 500000000 }, NULL);
	assert_int_equal(kill(pid_of(f, "s"), SIGCONT), 0);
	SAYS(f, address, "tilt");
	assert_int_equal(kill(pid_of(f, "s"), SIGKILL), 0);
	SAYS(f, address, "unreachable");
	assert_true(recorder_is(&f->rec, second, "unknown"));
}

static void nobody(void **state)
{
	struct fixture *f = *state;

	make_opts(&f->opts, probe_kind("sentinel"), "address", "127.0.0.1:1", "interval", "50ms", NULL);
	probe_start(f, "sentinel");
	SAYS(f, "127.0.0.1:1", "unreachable");
	assert_string_equal(recorder_obs(&f->rec, "127.0.0.1:1", 0)->detail, "Connection refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages), cmocka_unit_test(answers),
		cmocka_unit_test_setup_teardown(real, probe_setup, stop_servers),
		cmocka_unit_test_setup_teardown(nobody, probe_setup, probe_teardown),
	};

	return cmocka_run_group_tests_name("sentinel", tests, NULL, NULL);
}
