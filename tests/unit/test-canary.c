// SPDX-License-Identifier: GPL-2.0-or-later
/* Canaries: what can see passes, what cannot fails, and says why. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "common-peer.h"
#include "probe/canary.h"

struct fixture {
	struct fdr_poller *p;
	struct fdr_opts opts;
	struct fdr_canary canary;
	struct fdr_error e;
	char *dir, path[128], spec[160];
	struct peer *peer;
	const char *subjects[2];
	size_t n_subjects;
	bool silent;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->dir = make_dir();
	*state = f;
	return fdr_poller_new(&f->p);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	peer_close(f->peer);
	fdr_opts_clear(&f->opts);
	fdr_poller_free(f->p);
	remove_dir(f->dir);
	free(f);
	return 0;
}

static int wait_for(void *userdata, bool (*cond)(void *data), void *data, int64_t deadline_ns)
{
	struct fixture *f = userdata;

	while (!cond(data)) {
		int64_t left = deadline_ns - fdr_now_ns();

		if (left <= 0)
			return -ETIMEDOUT;
		fdr_poller_run_once(f->p, left < 20 * MS ? left : 20 * MS);
	}
	return 0;
}

static int run(struct fixture *f, const char *kind)
{
	struct fdr_canary_env env = { .name = "c", .poller = f->p, .wait = wait_for, .userdata = f,
				      .subjects = f->subjects, .n_subjects = f->n_subjects };

	f->canary = (struct fdr_canary){ "", "" };
	return fdr_probe_kind(kind)->canary(&env, &f->opts, &f->canary, &f->e);
}

#define OPTS(f, what, ...) \
	(fdr_opts_clear(&(f)->opts), (f)->opts = (struct fdr_opts){ 0 }, \
	 make_opts(&(f)->opts, &fdr_probe_kind(what)->kind, __VA_ARGS__, NULL))

static void passes(struct fixture *f, const char *kind, const char *proven, const char *missing)
{
	if (run(f, kind) < 0)
		fail_msg("%s: %s", kind, f->e.text);
	if (!strstr(f->canary.proven, proven))
		fail_msg("proven: \"%s\"", f->canary.proven);
	if (!strstr(f->canary.missing, missing) || (!*missing && *f->canary.missing))
		fail_msg("missing: \"%s\"", f->canary.missing);
}

static void fails(struct fixture *f, const char *kind, const char *why)
{
	if (run(f, kind) >= 0)
		fail_msg("%s: it passed: %s", kind, f->canary.proven);
	if (!strstr(f->e.text, why))
		fail_msg("\"%s\" instead of \"%s\"", f->e.text, why);
}

static void ports(void **state)
{
	struct fixture *f = *state;

	/* The target itself is not touched: nobody listens there. */
	OPTS(f, "tcp", "address", "127.0.0.1:1", "interval", "10ms");
	passes(f, "tcp", "down of a closed local port and up", "");
	OPTS(f, "http", "url", "http://127.0.0.1:1/x", "interval", "10ms", "expect", "304");
	passes(f, "http", "down of a closed local port and up", "");
	OPTS(f, "http", "url", "https://127.0.0.1:1/x", "interval", "10ms");
	passes(f, "http", "up", "TLS");
	OPTS(f, "http", "url", "http://127.0.0.1:1/x", "interval", "10ms", "body", "fine");
	passes(f, "http", "up", "the body's pattern");
}

static void unused_port(struct fixture *f)
{
	f->peer = peer_listen(f->p, NULL, 0, NULL, NULL);
	snprintf(f->spec, sizeof(f->spec), "udp:127.0.0.1:%u", peer_port(f->peer));
	peer_close(f->peer);
	f->peer = NULL;
}

static void syslog_lines(void **state)
{
	struct fixture *f = *state;

	unused_port(f);
	OPTS(f, "log", "source", f->spec, "patterns:down", "node([0-9]) is dead$", "patterns:up",
	     "all is well", "samples:down", "node1 is dead");
	passes(f, "log", "read as down, up, through the source itself", "");
	OPTS(f, "log", "source", f->spec, "patterns:down", "dea[dt]", "patterns:up", "well");
	passes(f, "log", "read as up", "no sample of down");
	OPTS(f, "log", "source", f->spec, "patterns:down", "dead", "samples:down", "alive");
	fails(f, "log", "the sample of down is read as nothing");
	/* The first pattern that matches takes the line. */
	OPTS(f, "log", "source", f->spec, "patterns:up", "node", "patterns:down", "node dead");
	fails(f, "log", "the sample of down is read as up");
	OPTS(f, "log", "source", f->spec, "patterns:down", "dead", "samples:dwon", "dead");
	fails(f, "log", "dwon is no state of patterns");
}

static void files(void **state)
{
	struct fixture *f = *state;
	FILE *out;

	snprintf(f->path, sizeof(f->path), "%s/log", f->dir);
	snprintf(f->spec, sizeof(f->spec), "file:%s", f->path);
	OPTS(f, "log", "source", f->spec, "patterns:down", "dead");
	fails(f, "log", "No such file");
	out = fopen(f->path, "w");
	assert_non_null(out);
	fclose(out);
	passes(f, "log", "read as down; the file is there", "");
	snprintf(f->spec, sizeof(f->spec), "file:%s", f->dir);
	OPTS(f, "log", "source", f->spec, "patterns:down", "dead");
	fails(f, "log", "no regular file");
}

static void commands(void **state)
{
	struct fixture *f = *state;

	OPTS(f, "exec", "command", "echo hello; exit 1", "interval", "1s");
	passes(f, "exec", "was run and says down", "");
	OPTS(f, "exec", "command", "exit 7", "interval", "1s", "exits:up", "0", "exits:down", "1");
	fails(f, "exec", "means no state");
	OPTS(f, "exec", "command", "printf one; printf two", "interval", "1s", "patterns:up", "one$");
	passes(f, "exec", "was run and says up", "no line that it printed matches a pattern");
	OPTS(f, "exec", "command", "echo one; echo two", "interval", "1s", "patterns:up", "one$",
	     "samples:up", "one");
	passes(f, "exec", "was run and says up; a sample line was read as up", "");
	OPTS(f, "exec", "command", "sleep 60", "mode", "follow", "patterns:down", "dead");
	passes(f, "exec", "the command runs; a sample line was read as down", "");
	OPTS(f, "exec", "command", "exit 3", "mode", "follow", "patterns:down", "dead");
	fails(f, "exec", "has ended: \"unreachable\" (exit 3)");
}

/* As much of HAProxy as the canary asks. */
static void on_text(void *userdata, struct peer_conn *c, const char *data, size_t len)
{
	static const char answer[] = "# pxname,svname,status,check_status,last_chk\n"
				     "web,a,UP,L7OK,\n\n> ";
	struct fixture *f = userdata;

	if (len == 7 && !memcmp(data, "prompt\n", 7))
		peer_send(c, "\n> ", 3);
	else if (!f->silent)
		peer_send(c, answer, sizeof(answer) - 1);
}

static void balancers(void **state)
{
	struct fixture *f = *state;
	char sock[140];

	unused_port(f);
	snprintf(sock, sizeof(sock), "%s/stats.sock", f->dir);
	f->peer = peer_listen(f->p, sock, 0, on_text, f);
	f->subjects[0] = "web/a";
	f->n_subjects = 1;
	OPTS(f, "haproxy", "socket", sock, "interval", "5ms", "timeout", "100ms", "log", f->spec,
	     "backends", "web");
	passes(f, "haproxy", "as suspect, down and up", "");
	f->subjects[0] = "web/b";
	fails(f, "haproxy", "no server web/b");
	f->silent = true;
	fails(f, "haproxy", "socket: reachable was not said");
}

#define EVENTS \
	"echo exists resource name:r0 role:Primary; echo exists device name:r0 volume:0 " \
	"disk:UpToDate; exec sleep 60"

static void replicated_disks(void **state)
{
	struct fixture *f = *state;

	f->subjects[0] = "b/r0/disk/0";
	f->n_subjects = 1;
	OPTS(f, "drbd", "nodes:a", EVENTS, "nodes:b", EVENTS);
	passes(f, "drbd", "read as lost", "");
	f->subjects[0] = "b/r1/disk/0";
	fails(f, "drbd", "no event of b/r1/disk/0 came");
	f->n_subjects = 0;
	OPTS(f, "drbd", "nodes:a", EVENTS, "nodes:b", "echo no route to host >&2; exit 255");
	fails(f, "drbd", "no event of b came within 10 s");
}

#define CEPH_VIEW \
	"echo '{\"since_us\": 0, \"epoch\": 1, \"osds\": [{\"osd\": 0, \"up\": 1, \"in\": 1}], " \
	"\"reported\": [], \"pgs\": {}, \"health\": \"HEALTH_OK\", \"checks\": {}}'; exec sleep 60"

static void object_stores(void **state)
{
	struct fixture *f = *state;

	f->subjects[0] = "osd.0/data";
	f->n_subjects = 1;
	OPTS(f, "ceph", "command", CEPH_VIEW, "timeout", "100ms");
	passes(f, "ceph", "read as down", "");
	f->subjects[0] = "osd.1";
	fails(f, "ceph", "Ceph has no osd.1");
	OPTS(f, "ceph", "command", "echo no route to host; exit 255", "timeout", "100ms");
	fails(f, "ceph", "command: reachable was not said within 10.1 s; it says \"unreachable\" "
	      "(no route to host)");
}

#define CRM_MON(node) \
	"echo '<pacemaker-result><nodes><node name=\"" node "\" online=\"true\"/></nodes>" \
	"<status code=\"0\"/></pacemaker-result>'"

static void clusters(void **state)
{
	struct fixture *f = *state;

	f->subjects[0] = "a/node/b";
	f->n_subjects = 1;
	OPTS(f, "pacemaker", "nodes:a", "exec sleep 60", "status:a", CRM_MON("b"), "timeout", "1s");
	passes(f, "pacemaker", "token-lost, lost, fenced and unclean", "");
	OPTS(f, "pacemaker", "nodes:a", "exec sleep 60", "status:a", CRM_MON("c"), "timeout", "1s");
	fails(f, "pacemaker", "no event of a/node/b came");
	OPTS(f, "pacemaker", "nodes:a", "echo no route >&2; exit 255", "timeout", "1s");
	fails(f, "pacemaker", "unreachable (no route)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ports, setup, teardown),
		cmocka_unit_test_setup_teardown(syslog_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(files, setup, teardown),
		cmocka_unit_test_setup_teardown(commands, setup, teardown),
		cmocka_unit_test_setup_teardown(balancers, setup, teardown),
		cmocka_unit_test_setup_teardown(object_stores, setup, teardown),
		cmocka_unit_test_setup_teardown(replicated_disks, setup, teardown),
		cmocka_unit_test_setup_teardown(clusters, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
