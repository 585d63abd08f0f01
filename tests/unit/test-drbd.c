// SPDX-License-Identifier: GPL-2.0-or-later
/* The probe of DRBD, on commands that print as drbdsetup does. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "common-peer.h"
#include "probe/probe.h"

struct fixture {
	struct fdr_poller *p;
	struct recorder recorder;
	struct fdr_opts opts;
	struct fdr_probe *probe;
	char *dir;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->dir = make_dir();
	recorder_init(&f->recorder);
	*state = f;
	return fdr_poller_new(&f->p);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fdr_probe_stop(f->probe);
	fdr_opts_clear(&f->opts);
	recorder_clear(&f->recorder);
	fdr_poller_free(f->p);
	remove_dir(f->dir);
	free(f);
	return 0;
}

static void start(struct fixture *f)
{
	struct fdr_probe_env env = { .name = "store", .poller = f->p, .sink = &f->recorder.sink };
	struct fdr_error e = { "" };

	if (fdr_probe_start(fdr_probe_kind("drbd"), &env, &f->opts, &f->probe, &e) < 0)
		fail_msg("%s", e.text);
}

#define SAYS(f, subject, state)	assert_true(await_state((f)->p, &(f)->recorder, subject, state))

static void two_nodes(void **state)
{
	struct fixture *f = *state;
	char command[300];

	/* The first run of a ends; the second one stays. */
	snprintf(command, sizeof(command),
		 "echo exists resource name:r0 role:Primary; echo exists resource name:other "
		 "role:Primary; [ -e %s/again ] && exec sleep 60; touch %s/again; sleep 0.2; "
		 "echo lost it", f->dir, f->dir);
	make_opts(&f->opts, &fdr_probe_kind("drbd")->kind, "nodes:a", command, "nodes:b",
		  "echo exists connection name:r0 conn-name:a connection:Connected role:Primary; "
		  "sleep 0.5; echo change connection name:r0 conn-name:a connection:Timeout "
		  "role:Unknown; exec sleep 60", "resources", "r0", "interval", "300ms", NULL);
	start(f);
	SAYS(f, "a/r0", "primary");
	SAYS(f, "b/r0/connection/a", "connected");
	SAYS(f, "", "reachable");
	/* What a node said is out of date once it says no more. */
	SAYS(f, "a", "unreachable");
	assert_string_equal(recorder_obs(&f->recorder, "a", 1)->detail, "lost it");
	assert_true(recorder_is(&f->recorder, "a/r0", "unknown"));
	assert_true(recorder_is(&f->recorder, "", "reachable"));
	SAYS(f, "a", "reachable");
	SAYS(f, "a/r0", "primary");
	SAYS(f, "b/r0/connection/a", "lost");
	assert_true(recorder_is(&f->recorder, "b/r0/peer-role/a", "unknown"));
	assert_null(recorder_obs(&f->recorder, "a/other", 0));
}

static void nobody(void **state)
{
	struct fixture *f = *state;

	make_opts(&f->opts, &fdr_probe_kind("drbd")->kind, "nodes:a", "echo no route; exit 255",
		  "interval", "50ms", NULL);
	start(f);
	SAYS(f, "", "unreachable");
	assert_string_equal(recorder_obs(&f->recorder, "", 0)->detail, "no route");
	assert_true(recorder_is(&f->recorder, "a", "unreachable"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(two_nodes, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
