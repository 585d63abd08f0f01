// SPDX-License-Identifier: GPL-2.0-or-later
/* The probe of Pacemaker, on commands that print as its logs and crm_mon do. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "common-probe.h"

#define SAYS(f, subject, state)	assert_true(await_state((f)->p, &(f)->rec, subject, state))
#define NOTICE		"Nov 28 12:00:00 n pacemaker-controld [7] (f) notice: "
#define STATUS(node, online, role) \
	"echo '<pacemaker-result><nodes><node name=\"" node "\" online=\"" online "\"/></nodes>" \
	"<resource id=\"web\" active=\"true\" role=\"" role "\"><node name=\"a\"/></resource>" \
	"<status code=\"0\"/></pacemaker-result>'"

static void two_nodes(void **state)
{
	struct fixture *f = *state;
	char command[500];

	/* The first run of a's log ends; the second one stays. */
	snprintf(command, sizeof(command),
		 "echo '" NOTICE "Result of start operation for vip on a: ok'; "
		 "echo '" NOTICE "Result of start operation for far on b: ok'; "
		 "[ -e %s/again ] && exec sleep 60; touch %s/again; sleep 0.3; echo lost it",
		 f->dir, f->dir);
	make_opts(&f->opts, probe_kind("pacemaker"), "nodes:a", command,
		  "nodes:b", "sleep 1; echo '" NOTICE "Node a state is now lost'; sleep 0.2; echo '"
		  NOTICE "Peer a was terminated (reboot) by b on behalf of x@b: OK'; exec sleep 60",
		  "status:b", STATUS("a", "true", "Started"), "interval", "200ms", NULL);
	probe_start(f, "pacemaker");
	SAYS(f, "a/resource/vip", "started");
	SAYS(f, "b/node/a", "online");
	/* It runs on a, as b sees it: b is where it does not. */
	SAYS(f, "b/resource/web", "stopped");
	SAYS(f, "b", "reachable");
	SAYS(f, "", "reachable");
	/* What a node said is out of date once it says no more. */
	SAYS(f, "a", "unreachable");
	assert_string_equal(recorder_obs(&f->rec, "a", 1)->detail, "lost it");
	assert_true(recorder_is(&f->rec, "a/resource/vip", "unknown"));
	SAYS(f, "a", "reachable");
	SAYS(f, "a/resource/vip", "started");
	SAYS(f, "b/member/a", "lost");
	SAYS(f, "b/fence/a", "fenced");
	assert_null(recorder_obs(&f->rec, "a/resource/far", 0));
	assert_true(recorder_is(&f->rec, "b/resource/web", "stopped"));
}

/* crm_mon answers, then does not, then answers again. */
static void no_answer(void **state)
{
	struct fixture *f = *state;
	char command[900];

	snprintf(command, sizeof(command), "if [ -e %s/2 ]; then " STATUS("a", "false", "Started")
		 "; elif [ -e %s/1 ]; then touch %s/2; echo 'curl: (7) Failed to connect'; exit 7; "
		 "else touch %s/1; " STATUS("a", "true", "Started") "; fi", f->dir, f->dir, f->dir, f->dir);
	make_opts(&f->opts, probe_kind("pacemaker"), "nodes:a", "exec sleep 60", "status:a", command,
		  "interval", "100ms", NULL);
	probe_start(f, "pacemaker");
	SAYS(f, "a/resource/web", "started");
	SAYS(f, "a/node/a", "unknown");
	SAYS(f, "a/node/a", "offline");
	assert_string_equal(recorder_obs(&f->rec, "a/node/a", 0)->state, "online");
	assert_true(recorder_is(&f->rec, "a", "reachable"));
}

/* One that hangs is killed, and asked again. */
static void hangs(void **state)
{
	struct fixture *f = *state;
	char command[400];

	snprintf(command, sizeof(command), "[ -e %s/1 ] || { touch %s/1; exec sleep 60; }; "
		 STATUS("a", "true", "Started"), f->dir, f->dir);
	make_opts(&f->opts, probe_kind("pacemaker"), "nodes:a", "exec sleep 60", "status:a", command,
		  "interval", "50ms", "timeout", "200ms", NULL);
	probe_start(f, "pacemaker");
	SAYS(f, "a/node/a", "online");
}

static void nobody(void **state)
{
	struct fixture *f = *state;
	struct fdr_error e = { "" };

	make_opts(&f->opts, probe_kind("pacemaker"), "nodes:a", "echo no route; exit 255",
		  "interval", "50ms", NULL);
	probe_start(f, "pacemaker");
	SAYS(f, "", "unreachable");
	assert_string_equal(recorder_obs(&f->rec, "", 0)->detail, "no route");
	fdr_probe_stop(f->probe);
	f->probe = NULL;
	fdr_opts_clear(&f->opts);
	make_opts(&f->opts, probe_kind("pacemaker"), "nodes:a", "true", "status:b", "true", NULL);
	assert_int_equal(probe_try(f, "pacemaker", &e), -EINVAL);
	assert_non_null(strstr(e.text, "status: b is none of \"nodes\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(two_nodes, probe_setup, probe_teardown),
		cmocka_unit_test_setup_teardown(no_answer, probe_setup, probe_teardown),
		cmocka_unit_test_setup_teardown(hangs, probe_setup, probe_teardown),
		cmocka_unit_test_setup_teardown(nobody, probe_setup, probe_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
