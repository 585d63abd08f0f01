// SPDX-License-Identifier: GPL-2.0-or-later
/* The probe of DRBD, on commands that print as drbdsetup does. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "common-probe.h"

#define SAYS(f, subject, state)	assert_true(await_state((f)->p, &(f)->rec, subject, state))

static void two_nodes(void **state)
{
	struct fixture *f = *state;
	char command[300];

	/* The first run of a ends; the second one stays. */
	snprintf(command, sizeof(command),
		 "echo exists resource name:r0 role:Primary; echo exists resource name:other "
		 "role:Primary; [ -e %s/again ] && exec sleep 60; touch %s/again; sleep 0.2; "
		 "echo lost it", f->dir, f->dir);
	make_opts(&f->opts, probe_kind("drbd"), "nodes:a", command, "nodes:b",
		  "echo exists connection name:r0 conn-name:a connection:Connected role:Primary; "
		  "sleep 0.5; echo change connection name:r0 conn-name:a connection:Timeout "
		  "role:Unknown; exec sleep 60", "resources", "r0", "interval", "300ms", NULL);
	probe_start(f, "drbd");
	SAYS(f, "a/r0", "primary");
	SAYS(f, "b/r0/connection/a", "connected");
	SAYS(f, "", "reachable");
	/* What a node said is out of date once it says no more. */
	SAYS(f, "a", "unreachable");
	assert_string_equal(recorder_obs(&f->rec, "a", 1)->detail, "lost it");
	assert_true(recorder_is(&f->rec, "a/r0", "unknown"));
	assert_true(recorder_is(&f->rec, "", "reachable"));
	SAYS(f, "a", "reachable");
	SAYS(f, "a/r0", "primary");
	SAYS(f, "b/r0/connection/a", "lost");
	assert_true(recorder_is(&f->rec, "b/r0/peer-role/a", "unknown"));
	assert_null(recorder_obs(&f->rec, "a/other", 0));
}

static void nobody(void **state)
{
	struct fixture *f = *state;

	make_opts(&f->opts, probe_kind("drbd"), "nodes:a", "echo no route; exit 255",
		  "interval", "50ms", NULL);
	probe_start(f, "drbd");
	SAYS(f, "", "unreachable");
	assert_string_equal(recorder_obs(&f->rec, "", 0)->detail, "no route");
	assert_true(recorder_is(&f->rec, "a", "unreachable"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(two_nodes, probe_setup, probe_teardown),
		cmocka_unit_test_setup_teardown(nobody, probe_setup, probe_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
