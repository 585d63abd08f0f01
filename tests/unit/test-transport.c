// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/spawn.h"
#include "sys/link.h"

static void parses(void **state)
{
	static const struct {
		const char *text, *kind, *opts[6];
	} cases[] = {
		{ "local", "local", { NULL } },
		{ "local:/opt/agent", "local", { "agent", "/opt/agent" } },
		{ "ssh:node1", "ssh", { "host", "node1" } },
		{ "ssh:root@node1", "ssh", { "user", "root", "host", "node1" } },
		{ "ssh:root@node1:2222", "ssh", { "user", "root", "port", "2222", "host", "node1" } },
		{ "ssh:fe80::1", "ssh", { "host", "fe80::1" } },
		{ "ssh:[fe80::1]", "ssh", { "host", "fe80::1" } },
		{ "ssh:a@[fe80::1]:22", "ssh", { "user", "a", "port", "22", "host", "fe80::1" } },
		{ "exec:kubectl exec -i pod -- faultdrill-agent --stdio", "exec",
		  { "command", "kubectl exec -i pod -- faultdrill-agent --stdio" } },
		{ "unix:/run/a:b", "unix", { "path", "/run/a:b" } },
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		const struct fdr_transport_ops *ops;
		struct fdr_opts o;
		struct fdr_error e;

		if (fdr_transport_parse(cases[i].text, &ops, &o, &e) < 0)
			fail_msg("%s: %s", cases[i].text, e.text);
		assert_string_equal(ops->kind.name, cases[i].kind);
		assert_ptr_equal(ops, fdr_transport_kind(cases[i].kind));
		for (size_t j = 0; j < 6 && cases[i].opts[j]; j += 2)
			assert_string_equal(fdr_opts_str(&o, cases[i].opts[j]), cases[i].opts[j + 1]);
		fdr_opts_clear(&o);
	}
}

static void refuses(void **state)
{
	static const struct { const char *text, *want; int r; } cases[] = {
		{ "", "there is no transport", -ENOENT },
		{ "shh:node1", "did you mean \"ssh\"", -ENOENT },
		{ "node1", "there is no transport", -ENOENT },
		{ "ssh", "needs the option \"host\"", -ENODATA },
		{ "ssh:", "nothing after the colon", -EINVAL },
		{ "ssh:node1:0", "port", -ERANGE },
		{ "ssh:node1:99999", "port", -ERANGE },
		{ "ssh:node1:x", "port", -EINVAL },
		{ "ssh:[fe80::1", "[ADDRESS]:PORT", -EINVAL },
		{ "ssh:[fe80::1]x", "[ADDRESS]:PORT", -EINVAL },
		{ "exec", "needs the option \"command\"", -ENODATA },
		{ "unix", "needs the option \"path\"", -ENODATA },
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		const struct fdr_transport_ops *ops;
		struct fdr_opts o;
		struct fdr_error e = { "" };
		int r = fdr_transport_parse(cases[i].text, &ops, &o, &e);

		if (r != cases[i].r || !strstr(e.text, cases[i].want))
			fail_msg("\"%s\": %d, %s", cases[i].text, r, e.text);
	}
}

/* Opens @text and reads what the child prints; its exit status. */
static int run(const char *text, char *out, size_t size)
{
	const struct fdr_transport_ops *ops;
	struct fdr_pipe p;
	struct fdr_opts o;
	struct fdr_error e;
	ssize_t n;
	size_t len = 0;
	int status;

	if (fdr_transport_parse(text, &ops, &o, &e) < 0 || ops->open(&o, &p, &e) < 0)
		fail_msg("%s: %s", text, e.text);
	while (len + 1 < size && (n = read(p.rfd, out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	assert_int_equal(waitpid(p.pid, &status, 0), p.pid);
	close(p.rfd);
	close(p.wfd);
	close(p.efd);
	fdr_opts_clear(&o);
	return status;
}

/* What stands in for ssh prints its arguments, one a line. */
static void gives_ssh_its_arguments(void **state)
{
	static const char script[] = "#!/bin/sh\nprintf '%s\\n' \"$@\"\n";
	char dir[] = "/tmp/fdr-test-XXXXXX", path[64], env[4096], out[512];
	const struct fdr_transport_ops *ops;
	struct fdr_opts o;
	struct fdr_pipe p;
	struct fdr_error e;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/ssh", dir);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
	assert_int_equal(write(fd, script, sizeof(script) - 1), sizeof(script) - 1);
	close(fd);
	snprintf(env, sizeof(env), "%s:%s", dir, getenv("PATH"));
	setenv("PATH", env, 1);
	run("ssh:root@node1:2222", out, sizeof(out));
	assert_string_equal(out, "-T\n-o\nBatchMode=yes\n-p\n2222\n-l\nroot\n--\nnode1\n"
			    "faultdrill-agent\n--stdio\n");
	run("ssh:node1", out, sizeof(out));
	assert_string_equal(out, "-T\n-o\nBatchMode=yes\n--\nnode1\nfaultdrill-agent\n--stdio\n");
	unlink(path);
	rmdir(dir);
	/* A host that ssh would take for an option. */
	assert_int_equal(fdr_transport_parse("ssh:-oProxyCommand=reboot", &ops, &o, &e), 0);
	assert_int_equal(ops->open(&o, &p, &e), -EINVAL);
	fdr_opts_clear(&o);
}

static void runs_a_shell_command(void **state)
{
	char out[64];
	int status = run("exec:echo \"a  b\" | tr a-z A-Z; exit 5", out, sizeof(out));

	(void)state;
	assert_string_equal(out, "A  B\n");
	assert_int_equal(WEXITSTATUS(status), 5);
}

static void tells_why_a_socket_fails(void **state)
{
	char text[200] = "unix:/tmp/";
	const struct fdr_transport_ops *ops;
	struct fdr_opts o;
	struct fdr_pipe p;
	struct fdr_error e;

	(void)state;
	assert_int_equal(fdr_transport_parse("unix:/nonexistent/sock", &ops, &o, &e), 0);
	assert_int_equal(ops->open(&o, &p, &e), -ENOENT);
	assert_non_null(strstr(e.text, "faultdrill-agent --listen"));
	fdr_opts_clear(&o);
	memset(text + strlen(text), 'x', 150);
	assert_int_equal(fdr_transport_parse(text, &ops, &o, &e), 0);
	assert_int_equal(ops->open(&o, &p, &e), -ENAMETOOLONG);
	fdr_opts_clear(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(refuses),
		cmocka_unit_test(gives_ssh_its_arguments),
		cmocka_unit_test(runs_a_shell_command),
		cmocka_unit_test(tells_why_a_socket_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
