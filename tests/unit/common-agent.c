// SPDX-License-Identifier: GPL-2.0-or-later
#include "common-agent.h"

#include <endian.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "sys/frame.h"

static agent_fn script;
static pid_t pid;

static int open_agent(const struct fdr_opts *opts, struct fdr_pipe *ret, struct fdr_error *e)
{
	int fds[2];

	(void)opts;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		return fdr_err(e, -EIO, "socketpair");
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fds[0]);
		script(fds[1]);
		_exit(0);
	}
	close(fds[1]);
	/* No pid: the link must not end what only this test knows of. */
	*ret = (struct fdr_pipe){ .rfd = fds[0], .wfd = fds[0], .efd = -1 };
	return 0;
}

const struct fdr_transport_ops *agent_transport(agent_fn fn)
{
	static const struct fdr_transport_ops ops = {
		.kind = { .name = "test", .summary = "" }, .open = open_agent,
	};

	script = fn;
	return &ops;
}

int agent_wait(void)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

void agent_put(int fd, const void *data, size_t n)
{
	if (send(fd, data, n, MSG_NOSIGNAL) != (ssize_t)n)
		_exit(1);
}

void agent_put_text(int fd, const char *text)
{
	agent_put(fd, text, strlen(text));
}

void agent_put_frame(int fd, const char *json)
{
	uint32_t n = htobe32((uint32_t)strlen(json));

	agent_put(fd, &n, sizeof(n));
	agent_put_text(fd, json);
}

static void get(int fd, void *data, size_t n)
{
	if (recv(fd, data, n, MSG_WAITALL) != (ssize_t)n)
		_exit(1);
}

void agent_hang(int fd)
{
	char c;

	while (recv(fd, &c, 1, 0) > 0)
		;
	_exit(0);
}

long long agent_get(int fd, char *op, size_t size)
{
	char text[4096];
	uint32_t n;
	long long id;
	json_t *msg;

	get(fd, &n, sizeof(n));
	n = be32toh(n);
	if (n > sizeof(text))
		_exit(2);
	get(fd, text, n);
	msg = json_loadb(text, n, 0, NULL);
	id = json_integer_value(json_object_get(msg, "id"));
	if (op)
		snprintf(op, size, "%s", json_string_value(json_object_get(msg, "op")));
	json_decref(msg);
	return id;
}

void agent_greet(int fd)
{
	char reply[128];

	agent_put_text(fd, FDR_PREAMBLE);
	snprintf(reply, sizeof(reply), "{\"id\":%lld,\"ok\":true,\"result\":{\"version\":\"9\","
		 "\"hostname\":\"test\"}}", agent_get(fd, NULL, 0));
	agent_put_frame(fd, reply);
}
