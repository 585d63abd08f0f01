// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server that notes when each connection comes: arrivals PORT COUNT.  It answers
 * any request with an empty page.  After COUNT connections, or 3 s without one,
 * it ends and prints the instants (CLOCK_MONOTONIC, ns), one a line.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define QUIET_MS	3000
#define DONE_MS		200
#define START_MS	20000

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void add(int ep, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0)
		die("epoll_ctl");
}

static void answer(int fd)
{
	static const char page[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
				   "Connection: close\r\n\r\n";
	char request[4096];

	if (recv(fd, request, sizeof(request), MSG_DONTWAIT) > 0)
		send(fd, page, sizeof(page) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static int listen_on(int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 || listen(fd, 4096) < 0)
		die("listen");
	return fd;
}

int main(int argc, char **argv)
{
	long count = argc == 3 ? atol(argv[2]) : 0, n = 0;
	int64_t *at = calloc((size_t)count + 1, sizeof(*at));
	int ep = epoll_create1(EPOLL_CLOEXEC), listener, got;
	struct epoll_event ev[64];

	if (count < 1 || !at) {
		fprintf(stderr, "usage: arrivals PORT COUNT\n");
		return 2;
	}
	listener = listen_on(atoi(argv[1]));
	add(ep, listener);
	puts("ready");
	fflush(stdout);
	while ((got = epoll_wait(ep, ev, 64, n == count ? DONE_MS : n ? QUIET_MS : START_MS)) > 0)
		for (int i = 0; i < got; i++) {
			int fd = ev[i].data.fd;

			if (fd != listener) {
				answer(fd);
				continue;
			}
			while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
				if (n < count)
					at[n++] = now_ns();
				add(ep, fd);
			}
		}
	for (long i = 0; i < n; i++)
		printf("%lld\n", (long long)at[i]);
	return 0;
}
