// SPDX-License-Identifier: GPL-2.0-or-later
/* The nagios probe, on files as Nagios writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common-probe.h"
#include "probe/canary.h"

/* status.dat is the fixture's path. */
static char logged[110], source[120];

static int setup(void **state)
{
	int r = probe_setup(state);
	struct fixture *f = *state;

	snprintf(logged, sizeof(logged), "%s/nagios.log", f->dir);
	snprintf(source, sizeof(source), "file:%s", logged);
	return r;
}

static void options(struct fixture *f, const char *hosts)
{
	make_opts(&f->opts, probe_kind("nagios"), "status", f->path, "log", source,
		  "interval", "2ms", "timeout", "300ms", hosts ? "hosts" : NULL, hosts, NULL);
}

/* As Nagios does: a new file takes the old one's name.  @number: 0 up, 1 down. */
static void write_status(struct fixture *f, const char *host, int number, int64_t age_ns)
{
	int64_t at = fdr_clock_ns(CLOCK_REALTIME) - age_ns;
	struct timespec when[2] = { { at / FDR_NS_PER_S, at % FDR_NS_PER_S } };
	char tmp[120];
	FILE *out;

	snprintf(tmp, sizeof(tmp), "%s.tmp", f->path);
	out = fopen(tmp, "w");
	assert_non_null(out);
	fprintf(out, "programstatus {\n\t}\nhoststatus {\n\thost_name=%s\n\thas_been_checked=1\n"
		"\tcurrent_state=%d\n\tstate_type=1\n\tplugin_output=words\n\t}\n", host, number);
	fclose(out);
	when[1] = when[0];
	assert_int_equal(utimensat(AT_FDCWD, tmp, when, 0), 0);
	assert_int_equal(rename(tmp, f->path), 0);
}

static void write_log(const char *line)
{
	FILE *out = fopen(logged, "a");

	assert_non_null(out);
	fprintf(out, "%s\n", line);
	fclose(out);
}

static void the_file_then_the_log(void **state)
{
	struct fixture *f = *state;
	const struct seen_obs *o;
	int64_t before;

	write_log("[1] HOST ALERT: web1;DOWN;HARD;3;long ago");
	write_status(f, "web1", 0, 0);
	options(f, NULL);
	probe_start(f, "nagios");
	assert_true(await_state(f->p, &f->rec, "", "reachable"));
	assert_true(await_state(f->p, &f->rec, "web1", "up"));
	o = recorder_obs(&f->rec, "web1", 0);
	assert_false(o->pushed);
	assert_string_equal(o->detail, "words");
	before = fdr_now_ns();
	write_log("[2] HOST ALERT: web1;DOWN;SOFT;1;lost");
	assert_true(await_state(f->p, &f->rec, "web1", "suspect"));
	o = recorder_obs(&f->rec, "web1", 1);
	assert_true(o->pushed);
	assert_true(o->when.hi_ns >= before);
	assert_string_equal(o->detail, "HOST ALERT: web1;DOWN;SOFT;1;lost");
	/* What Nagios wrote before that, and what it does not write at all, is no news. */
	write_status(f, "web1", 0, 100 * MS);
	run_for(f->p, 50 * MS);
	assert_true(recorder_is(&f->rec, "web1", "suspect"));
}

/* The alert was lost: files that were written after it take over. */
static void files_take_over(void **state)
{
	struct fixture *f = *state;

	write_status(f, "web1", 0, 0);
	write_log("");
	options(f, NULL);
	probe_start(f, "nagios");
	assert_true(await_state(f->p, &f->rec, "web1", "up"));
	write_log("[2] HOST ALERT: web1;DOWN;SOFT;1;lost");
	assert_true(await_state(f->p, &f->rec, "web1", "suspect"));
	for (int i = 0; i < 8; i++) {
		run_for(f->p, 60 * MS);
		write_status(f, "web1", 0, 0);
	}
	assert_true(await_state(f->p, &f->rec, "web1", "up"));
}

static void not_seen(void **state)
{
	struct fixture *f = *state;

	options(f, NULL);
	probe_start(f, "nagios");
	assert_true(await_state(f->p, &f->rec, "", "unreachable"));
	write_status(f, "web1", 1, 0);
	assert_true(await_state(f->p, &f->rec, "web1", "down"));
	assert_true(await_state(f->p, &f->rec, "", "reachable"));
	/* Not renewed: Nagios has died. */
	assert_true(await_state(f->p, &f->rec, "", "unreachable"));
	write_status(f, "web1", 0, 0);
	assert_true(await_state(f->p, &f->rec, "web1", "up"));
	assert_true(await_state(f->p, &f->rec, "", "reachable"));
	write_status(f, "db1", 0, 0);
	assert_true(await_state(f->p, &f->rec, "web1", "gone"));
}

static void chosen_hosts(void **state)
{
	struct fixture *f = *state;

	write_status(f, "web10", 0, 0);
	write_log("");
	options(f, "web1, db1");
	probe_start(f, "nagios");
	assert_true(await_state(f->p, &f->rec, "", "reachable"));
	write_log("[2] HOST ALERT: web10;DOWN;HARD;3;lost");
	write_log("[2] SERVICE ALERT: db1;load;WARNING;HARD;3;high");
	assert_true(await_state(f->p, &f->rec, "db1/load", "warning"));
	assert_null(recorder_obs(&f->rec, "web10", 0));
}

static int wait_for(void *userdata, bool (*cond)(void *data), void *data, int64_t deadline_ns)
{
	struct fixture *f = userdata;

	while (!cond(data)) {
		if (fdr_now_ns() > deadline_ns)
			return -ETIMEDOUT;
		run_for(f->p, MS);
	}
	return 0;
}

static int canary(struct fixture *f, const char *subject, struct fdr_canary *ret,
		  struct fdr_error *e)
{
	struct fdr_canary_env env = { .name = "nagios", .poller = f->p, .subjects = &subject,
				      .n_subjects = 1, .wait = wait_for, .userdata = f };

	*ret = (struct fdr_canary){ "", "" };
	return fdr_probe_kind("nagios")->canary(&env, &f->opts, ret, e);
}

static void proven_beforehand(void **state)
{
	struct fixture *f = *state;
	struct fdr_canary c;
	struct fdr_error e = { "" };

	options(f, NULL);
	assert_true(canary(f, "web1", &c, &e) < 0);
	assert_non_null(strstr(e.text, "status: "));
	write_status(f, "web1", 0, -60 * FDR_NS_PER_S);	/* as if it were written all the time */
	assert_true(canary(f, "web1", &c, &e) < 0);	/* there is no log */
	write_log("");
	assert_int_equal(canary(f, "web1", &c, &e), 0);
	assert_non_null(strstr(c.proven, "what the plan names"));
	assert_true(canary(f, "web2", &c, &e) < 0);
	assert_non_null(strstr(e.text, "no host or service web2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_file_then_the_log, setup, probe_teardown),
		cmocka_unit_test_setup_teardown(files_take_over, setup, probe_teardown),
		cmocka_unit_test_setup_teardown(not_seen, setup, probe_teardown),
		cmocka_unit_test_setup_teardown(chosen_hosts, setup, probe_teardown),
		cmocka_unit_test_setup_teardown(proven_beforehand, setup, probe_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
