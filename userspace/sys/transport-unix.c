// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "transport.h"

static const struct fdr_opt_desc options[] = {
	{ .name = "path", .type = FDR_OPT_STRING, .required = true,
	  .summary = "socket of an agent that was started with --listen" },
};

static int open_unix(const struct fdr_opts *opts, struct fdr_pipe *ret, struct fdr_error *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path = fdr_opts_str(opts, "path");
	int fd FDR_CLEANUP_CLOSE = -1;

	if (strlen(path) >= sizeof(addr.sun_path))
		return fdr_err(e, -ENAMETOOLONG, "%s: a socket's path has at most %zu characters",
			       path, sizeof(addr.sun_path) - 1);
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return fdr_err(e, -errno, "cannot connect to %s: %s%s", path, strerror(errno),
			       errno == ENOENT || errno == ECONNREFUSED ?
			       "; does \"faultdrill-agent --listen\" run there?" : "");
	*ret = (struct fdr_pipe){ .rfd = fd, .wfd = fd, .efd = -1 };
	fd = -1;
	return 0;
}

const struct fdr_transport_ops fdr_transport_unix = {
	.kind = { .name = "unix", .summary = "an agent that listens on a UNIX socket",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.open = open_unix,
};
