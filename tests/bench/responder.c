// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What probes ask: responder PORT, on all addresses.  Accepts every connection, answers
 * any request with a small page, and closes when the other side does or asks for it.  At
 * SIGTERM it prints how many connections and requests there were.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t done;

static void on_signal(int signo)
{
	(void)signo;
	done = 1;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void add(int ep, int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0)
		die("epoll_ctl");
}

static int listen_on(int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 || listen(fd, 4096) < 0)
		die("listen");
	return fd;
}

/* True if a request was answered. */
static int answer(int fd)
{
	static const char page[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
	char request[4096];
	ssize_t n = recv(fd, request, sizeof(request), MSG_DONTWAIT);

	int answered = 0;

	if (n > 0)
		answered = send(fd, page, sizeof(page) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
	if (n == 0 || (n < 0 && errno != EAGAIN) ||
	    (n > 0 && (memmem(request, (size_t)n, "HTTP/1.0", 8) ||
		       memmem(request, (size_t)n, "onnection: close", 16))))
		close(fd);
	return answered;
}

int main(int argc, char **argv)
{
	const struct sigaction sa = { .sa_handler = on_signal };
	struct rlimit lim = { 20000, 20000 };
	unsigned long accepted = 0, answered = 0;
	struct epoll_event ev[256];
	int ep, listener, got;

	if (argc != 2) {
		fprintf(stderr, "usage: responder PORT\n");
		return 2;
	}
	sigaction(SIGTERM, &sa, NULL);
	setrlimit(RLIMIT_NOFILE, &lim);
	ep = epoll_create1(EPOLL_CLOEXEC);
	listener = listen_on(atoi(argv[1]));
	add(ep, listener, EPOLLIN);
	puts("ready");
	fflush(stdout);
	while (!done) {
		got = epoll_wait(ep, ev, 256, -1);
		for (int i = 0; i < got; i++) {
			int fd = ev[i].data.fd;

			if (fd != listener) {
				answered += (unsigned long)answer(fd);
				continue;
			}
			while ((fd = accept4(listener, NULL, NULL,
					     SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
				accepted++;
				add(ep, fd, EPOLLIN | EPOLLET);
			}
		}
	}
	printf("accepted %lu answered %lu\n", accepted, answered);
	return 0;
}
