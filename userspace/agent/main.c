// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "listen.h"
#include "session.h"

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE };

static const char help[] =
	"usage: faultdrill-agent --stdio | --listen PATH\n"
	"\n"
	"Carries out a faultdrill controller's requests on this node.\n"
	"\n"
	"  --stdio        serve the controller at standard input and output\n"
	"  --listen PATH  serve all who connect to this UNIX socket\n"
	"  --version      print the version\n"
	"  --help         print this\n"
	"\n"
	"When its controller goes away, the agent ends and leaves injections to their\n"
	"leases: the kernel reverts them.  Run it as root.\n"
	"Exit status: 0 done, 1 failed, 2 usage.\n";

static bool over(void *userdata)
{
	return fdr_session_over(userdata);
}

static int serve_stdio(sd_event *loop, struct fdr_error *e)
{
	struct fdr_session *s FDR_CLEANUP(fdr_session_freep) = NULL;
	int r;

	/* What somebody prints by mistake must not get into the protocol. */
	int in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	if (in < 0 || out < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return fdr_err(e, -errno, "standard input and output: %s", strerror(errno));
	r = fdr_session_new(loop, in, out, "standard input or output", &s, e);
	if (r < 0)
		return r;
	r = fdr_loop_wait(loop, over, s, INT64_MAX);
	if (r < 0 && r != -ECANCELED)
		return fdr_err(e, r, "%s", strerror(-r));
	return s->error < 0 ? fdr_err(e, s->error, "the connection to the controller broke") : 0;
}

static int serve(const char *path)
{
	sd_event *loop = NULL;
	struct fdr_error e = { "" };
	int r;

	if (geteuid())
		fdr_warn("not root: only \"hello\" and \"clock\" will work; run it as root "
			 "(e.g. agent: \"sudo faultdrill-agent\")");
	r = fdr_loop_new(&loop);
	if (r < 0)
		fdr_err(&e, r, "cannot set up the event loop: %s", strerror(-r));
	else
		r = path ? fdr_listen(loop, path, &e) : serve_stdio(loop, &e);
	sd_event_unref(loop);
	if (r < 0)
		fdr_error_("%s", e.text);
	return r < 0 ? EXIT_FAILED : EXIT_OK;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "stdio", no_argument, NULL, 's' }, { "listen", required_argument, NULL, 'l' },
		{ "version", no_argument, NULL, 'V' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = NULL;
	bool use_stdio = false;
	int c;

	fdr_log_set("faultdrill-agent", FDR_LOG_INFO);
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 's':
			use_stdio = true;
			break;
		case 'l':
			path = optarg;
			break;
		case 'V':
			puts("faultdrill-agent " FDR_VERSION);
			return EXIT_OK;
		case 'h':
			fputs(help, stdout);
			return EXIT_OK;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind < argc || use_stdio == (path != NULL)) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	return serve(path);
}
