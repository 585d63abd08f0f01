// SPDX-License-Identifier: GPL-2.0-or-later
/* The agent itself, over a pipe and over a socket; what needs no module. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/loop.h"
#include "base/spawn.h"
#include "common-agent.h"

#define IN(s)	(fdr_now_ns() + (s) * FDR_NS_PER_S)

static sd_event *loop;
static char agent[PATH_MAX];	/* the program, built with this one */

static struct fdr_link *open_link(const char *kind, const char *rest)
{
	const struct fdr_transport_ops *ops;
	struct fdr_link *l = NULL;
	struct fdr_opts o;
	struct fdr_error e;
	char text[PATH_MAX + 16];

	snprintf(text, sizeof(text), "%s:%s", kind, rest);
	if (fdr_transport_parse(text, &ops, &o, &e) < 0 ||
	    fdr_link_open(loop, "test", ops, &o, IN(20), &l, &e) < 0)
		fail_msg("%s", e.text);
	fdr_opts_clear(&o);
	return l;
}

static void tells_facts(void **state)
{
	struct fdr_link *l = open_link("local", agent);
	const json_t *hello = fdr_link_hello(l);
	char boot_id[64];

	(void)state;
	assert_int_equal(fdr_read_line("/proc/sys/kernel/random/boot_id", boot_id, sizeof(boot_id)), 0);
	assert_string_equal(json_string_value(json_object_get(hello, "boot_id")), boot_id);
	assert_string_equal(json_string_value(json_object_get(hello, "version")), FDR_VERSION);
	assert_int_equal(json_integer_value(json_object_get(hello, "uid")), getuid());
	assert_true(json_is_boolean(json_object_get(json_object_get(hello, "module"), "loaded")));
	assert_true(json_is_boolean(json_object_get(hello, "kdump")));
	assert_true(json_is_integer(json_object_get(hello, "panic_timeout")));
	assert_non_null(json_string_value(json_object_get(hello, "clocksource")));
	assert_non_null(json_string_value(json_object_get(hello, "lockdown")));
	fdr_link_close(l);
}

/* Both clocks are this machine's, so that the truth is known. */
static void its_clock_is_mapped(void **state)
{
	struct fdr_link *l = open_link("local", agent);

	(void)state;
	for (int i = 0; i < 50; i++) {
		int64_t before_ns = fdr_now_ns(), boot_ns = fdr_clock_ns(CLOCK_BOOTTIME);
		int64_t after_ns = fdr_now_ns();
		struct fdr_clock_sample s;
		struct fdr_error e;

		assert_int_equal(fdr_link_clock(l, 4, IN(10), &s, &e), 0);
		/* It is known up to the time that reading it took. */
		assert_true(s.offset_ns - s.bound_ns <= boot_ns - before_ns);
		assert_true(s.offset_ns + s.bound_ns >= boot_ns - after_ns);
		assert_true(s.bound_ns > 0);
	}
	fdr_link_close(l);
}

static void refuses(void **state)
{
	static const struct { const char *op, *args; int r; const char *want; } cases[] = {
		{ "reboot", "{}", -ENOSYS, "no operation \"reboot\"" },
		{ "clock", "{\"x\":1}", -EINVAL, "clock: unknown argument \"x\"" },
		{ "clock", "[]", -EINVAL, "\"args\" must be an object" },
		{ "arm", "{}", -EINVAL, "\"arm_ns\" is missing" },
		{ "arm", "{\"arm_ns\":\"1\"}", -EINVAL, "must be an integer" },
		{ "arm", "{\"arm_ns\":-1}", -EINVAL, "must be 0 or more" },
		{ "renew", "{\"id\":1}", -EINVAL, "\"lease_ns\" is missing" },
		{ "clear", "{\"id\":0}", -EINVAL, "1 to 4294967295" },
		{ "clear", "{\"id\":4294967296}", -EINVAL, "1 to 4294967295" },
		{ "inject", "{\"fault\":\"panic\"}", -EINVAL, "\"boot_id\" is missing" },
		{ "inject", "{\"fault\":\"panic\",\"boot_id\":\"x\",\"state\":\"fired\"}", -EINVAL,
		  "unknown argument \"state\"" },
		{ "inject", "{\"fault\":1,\"boot_id\":\"x\"}", -EINVAL, "must be a string" },
		{ "inject", "{\"fault\":\"panic\",\"boot_id\":\"x\",\"params\":[]}", -EINVAL,
		  "must be an object" },
		{ "beacon", "{}", -EINVAL, "\"host\" and \"port\"" },
		{ "beacon", "{\"host\":\"10.0.0.1\",\"port\":65536}", -EINVAL, "1 to 65535" },
		{ "beacon", "{\"off\":true,\"host\":\"10.0.0.1\"}", -EINVAL, "either" },
	};
	struct fdr_link *l = open_link("local", agent);

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		json_t *args = json_loads(cases[i].args, 0, NULL);
		struct fdr_error e = { "" };
		int r = fdr_link_call(l, cases[i].op, args, IN(10), NULL, &e);

		if (r != cases[i].r || !strstr(e.text, cases[i].want))
			fail_msg("%s %s: %d \"%s\"", cases[i].op, cases[i].args, r, e.text);
	}
	assert_int_equal(fdr_link_call(l, "bye", NULL, IN(10), NULL, NULL), 0);
	fdr_link_close(l);
}

/* Sends @data, closes, and gives the agent's exit status. */
static int feed(const void *data, size_t n)
{
	struct fdr_child c;
	struct fdr_error e;
	int status = -1;

	assert_int_equal(fdr_spawn((const char *const[]){ agent, "--stdio", NULL }, &c, &e), 0);
	assert_int_equal(write(c.in_fd, data, n), n);
	close(c.in_fd);
	waitpid(c.pid, &status, 0);
	close(c.out_fd);
	close(c.err_fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void ends_with_its_controller(void **state)
{
	(void)state;
	assert_int_equal(feed("", 0), 0);
	assert_int_equal(feed("\0\0\0\x17{\"id\":1,\"op\":\"clock\"}  ", 27), 0);
	/* What is no protocol ends it too, and is an error. */
	assert_int_equal(feed("GET / HTTP/1.0\r\n\r\n", 18), 1);
	assert_int_equal(feed("\0\0\0\x02[]", 6), 1);
	assert_int_equal(feed("\0\0\0\x02{}", 6), 1);
	assert_int_equal(feed("\0\x10\0\x01", 4), 1);
	assert_int_equal(feed("\0\0\0\x13{\"id\":1,\"op\":\"bye\"}", 23), 0);
}

/* The file is there before anybody listens at it. */
static void await_socket(const char *path)
{
	for (int64_t deadline_ns = IN(10); fdr_now_ns() < deadline_ns;) {
		struct sockaddr_un addr = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		int r;

		strcpy(addr.sun_path, path);
		r = connect(fd, (struct sockaddr *)&addr, sizeof(addr));
		close(fd);
		if (!r)
			break;
	}
}

static void serves_a_socket(void **state)
{
	char dir[] = "/tmp/fdr-test-XXXXXX", path[64];
	struct fdr_link *first, *second;
	struct fdr_child c, other;
	struct fdr_error e;
	struct stat st;
	int status;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/agent", dir);
	assert_int_equal(fdr_spawn((const char *const[]){ agent, "--listen", path, NULL }, &c, &e), 0);
	await_socket(path);
	assert_int_equal(fdr_spawn_poll(c.pid, &status), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0600);
	first = open_link("unix", path);
	second = open_link("unix", path);
	assert_int_equal(fdr_link_call(first, "bye", NULL, IN(10), NULL, &e), 0);
	assert_int_equal(fdr_link_call(second, "clock", NULL, IN(10), NULL, &e), 0);
	/* A second agent does not take a socket that is served ... */
	assert_int_equal(fdr_spawn((const char *const[]){ agent, "--listen", path, NULL }, &other,
				   &e), 0);
	waitpid(other.pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), 1);
	fdr_link_close(first);
	fdr_link_close(second);
	/* ... but one that was left behind. */
	assert_int_equal(kill(c.pid, SIGKILL), 0);
	waitpid(c.pid, &status, 0);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(fdr_spawn((const char *const[]){ agent, "--listen", path, NULL }, &c, &e), 0);
	await_socket(path);
	fdr_link_close(open_link("unix", path));
	/* Told to end, it takes its socket away. */
	assert_int_equal(kill(c.pid, SIGTERM), 0);
	waitpid(c.pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(rmdir(dir), 0);
}

static int setup(void **state)
{
	ssize_t n = readlink("/proc/self/exe", agent, sizeof(agent) - 1);

	(void)state;
	if (n < 0)
		return -1;
	agent[n] = '\0';
	/* DIR/unit/test-agent -> DIR/faultdrill-agent */
	*strrchr(agent, '/') = '\0';
	*strrchr(agent, '/') = '\0';
	strcat(agent, "/faultdrill-agent");
	return fdr_loop_new(&loop);
}

static int teardown(void **state)
{
	(void)state;
	sd_event_unref(loop);
	return 0;
}

/* The kernel log from a record on, and no lines where only the place was asked for. */
static void tells_kernel_log(void **state)
{
	struct fdr_link *l = open_link("local", agent);
	json_t *here = NULL, *all = NULL;
	struct fdr_error e = { "" };
	int r = fdr_link_call(l, "log", NULL, IN(10), &here, &e);

	(void)state;
	if (r < 0) {
		/* A container may not see it: then it says so. */
		assert_non_null(strstr(e.text, "/dev/kmsg: "));
		fdr_link_close(l);
		return;
	}
	assert_int_equal(json_array_size(json_object_get(here, "lines")), 0);
	assert_int_equal(fdr_link_call(l, "log", json_pack("{s:i}", "from", 0), IN(10), &all, &e), 0);
	assert_true(json_integer_value(json_object_get(all, "next")) >=
		    json_integer_value(json_object_get(here, "next")));
	for (size_t i = 0; i < json_array_size(json_object_get(all, "lines")); i++) {
		const char *line = json_string_value(json_array_get(json_object_get(all, "lines"), i));

		assert_int_equal(line[0], '[');
		assert_non_null(strstr(line, "] "));
	}
	json_decref(here);
	json_decref(all);
	fdr_link_close(l);
}

struct answer {
	json_t *result;
	int64_t received_ns;
	unsigned int n;
};

static void on_answer(void *userdata, const json_t *result, int64_t received_ns)
{
	struct answer *a = userdata;

	json_decref(a->result);
	a->result = json_deep_copy(result);
	a->received_ns = received_ns;
	a->n++;
}

static bool answered(void *userdata)
{
	return ((struct answer *)userdata)->n;
}

static int64_t number(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

/* Processor time, asked for on the side while somebody calls. */
static void tells_processor_time(void **state)
{
	struct fdr_link *l = open_link("local", agent);
	json_t *first = NULL, *states;
	struct fdr_error e = { "" };
	struct answer a = { 0 };
	int64_t busy = 0, until;

	(void)state;
	assert_int_equal(fdr_link_call(l, "usage", NULL, IN(10), &first, &e), 0);
	states = json_object_get(first, "states");
	assert_int_equal(json_object_size(states), 8);
	assert_true(number(first, "cpus") > 0);
	assert_null(json_object_get(first, "cgroup"));
	busy = number(states, "user_ns") + number(states, "nice_ns") +
	       number(states, "system_ns") + number(states, "irq_ns") +
	       number(states, "softirq_ns");
	assert_int_equal(number(first, "busy_ns"), busy);
	/* 300 ms of work, which count. */
	until = fdr_clock_ns(CLOCK_PROCESS_CPUTIME_ID) + 300 * FDR_NS_PER_MS;
	while (fdr_clock_ns(CLOCK_PROCESS_CPUTIME_ID) < until)
		;
	assert_int_equal(fdr_link_ask(l, "usage", NULL, on_answer, &a), 0);
	/* One question at a time; a call in between has its own answer. */
	assert_int_equal(fdr_link_ask(l, "usage", NULL, on_answer, &a), -EBUSY);
	assert_int_equal(fdr_link_call(l, "clock", NULL, IN(10), NULL, &e), 0);
	assert_int_equal(fdr_loop_wait(loop, answered, &a, IN(10)), 0);
	assert_int_equal(a.n, 1);
	assert_true(number(a.result, "busy_ns") - busy >= 200 * FDR_NS_PER_MS);
	assert_true(number(a.result, "boottime_ns") > number(first, "boottime_ns"));
	json_decref(a.result);
	json_decref(first);
	/* What is refused is answered with nothing. */
	a = (struct answer){ 0 };
	assert_int_equal(fdr_link_ask(l, "usage", json_pack("{s:s}", "unit", "a/b"), on_answer, &a),
			 0);
	assert_int_equal(fdr_loop_wait(loop, answered, &a, IN(10)), 0);
	assert_null(a.result);
	fdr_link_close(l);
}

/* Of a group: null where there is none. */
static void tells_groups(void **state)
{
	struct fdr_link *l = open_link("local", agent);
	json_t *result = NULL, *group;
	struct fdr_error e = { "" };

	(void)state;
	assert_int_equal(fdr_link_call(l, "usage", json_pack("{s:s}", "unit", "no-such.service"),
				       IN(10), &result, &e), 0);
	group = json_object_get(result, "cgroup");
	assert_true(json_is_null(json_object_get(group, "usage_ns")));
	json_decref(result);
	result = NULL;
	assert_int_equal(fdr_link_call(l, "usage", json_pack("{s:s}", "cgroup", "/"), IN(10),
				       &result, &e), 0);
	group = json_object_get(result, "cgroup");
	assert_string_equal(json_string_value(json_object_get(group, "path")), "/");
	/* A container may have no groups. */
	if (access("/sys/fs/cgroup/cpu.stat", R_OK) == 0 ||
	    access("/sys/fs/cgroup/cpuacct/cpuacct.usage", R_OK) == 0)
		assert_true(number(group, "usage_ns") > 0);
	json_decref(result);
	assert_int_equal(fdr_link_call(l, "usage", json_pack("{s:s}", "cgroup", "/a/../b"), IN(10),
				       NULL, &e), -EINVAL);
	assert_non_null(strstr(e.text, "usage: cgroup: \"/a/../b\" is no path"));
	fdr_link_close(l);
}

/* A configuration file, and what is none. */
static void reads_files(void **state)
{
	static const struct { const char *path; const char *error; } bad[] = {
		{ "etc/hostname", "must be absolute" },
		{ "/nowhere/at/all", "No such file" },
		{ "/tmp", "no regular file" },
		{ "/dev/null", "no regular file" },
	};
	struct fdr_link *l = open_link("local", agent);
	char path[] = "/tmp/test-agent-XXXXXX";
	struct fdr_error e = { "" };
	json_t *answer = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0 && write(fd, "a = 1\n", 6) == 6);
	assert_int_equal(fdr_link_call(l, "file", json_pack("{s:s}", "path", path), IN(10), &answer,
				       &e), 0);
	assert_string_equal(json_string_value(json_object_get(answer, "text")), "a = 1\n");
	json_decref(answer);
	for (size_t i = 0; i < FDR_ARRAY_LEN(bad); i++) {
		assert_true(fdr_link_call(l, "file", json_pack("{s:s}", "path", bad[i].path), IN(10),
					  NULL, &e) < 0);
		assert_non_null(strstr(e.text, bad[i].error));
	}
	/* No text, no UTF-8, and more than any configuration has. */
	assert_int_equal(pwrite(fd, "\0", 1, 2), 1);
	assert_int_equal(fdr_link_call(l, "file", json_pack("{s:s}", "path", path), IN(10), NULL, &e),
			 -EINVAL);
	assert_int_equal(pwrite(fd, "\xff", 1, 2), 1);
	assert_int_equal(fdr_link_call(l, "file", json_pack("{s:s}", "path", path), IN(10), NULL, &e),
			 -EINVAL);
	assert_int_equal(ftruncate(fd, 200 << 10), 0);
	assert_int_equal(fdr_link_call(l, "file", json_pack("{s:s}", "path", path), IN(10), NULL, &e),
			 -EFBIG);
	close(fd);
	unlink(path);
	fdr_link_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_facts),
		cmocka_unit_test(tells_kernel_log), cmocka_unit_test(tells_processor_time),
		cmocka_unit_test(tells_groups), cmocka_unit_test(reads_files),
		cmocka_unit_test(its_clock_is_mapped),
		cmocka_unit_test(refuses),
		cmocka_unit_test(ends_with_its_controller),
		cmocka_unit_test(serves_a_socket),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
