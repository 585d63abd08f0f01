// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wire - what arrives of what is sent: loss, order, repetition, damage, time.
 *
 *	wire listen PORT IDLE-MS		datagrams, until SIGTERM and then none for so long
 *	wire send ADDR PORT COUNT GAP-US SIZE [LOCAL-PORT]
 *	wire accept PORT			one TCP stream, until its end
 *	wire connect ADDR PORT BYTES MS		send a stream; wait at most so long
 *
 * listen and accept print "ready", and at the end "key value" lines.  Sender
 * and receiver share the machine, so its monotonic clock gives one-way times.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_SEQ	200000
#define MAX_SIZE 65000

struct head {
	uint64_t hash, seq, sent_ns;	/* hash of all that follows it */
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static uint64_t hash_of(const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t h = 0xcbf29ce484222325ULL;

	while (n--)
		h = (h ^ *p++) * 0x100000001b3ULL;
	return h;
}

static int die(const char *what)
{
	fprintf(stderr, "wire: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* An address of either family; 0 if it is none. */
static socklen_t address(const char *text, int port, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		return sizeof(*v6);
	}
	return 0;
}

static int bound(int type, int port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int off = 0, on = 1, size = 8 << 20, fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)))
		die("bind");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return fd;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void print_times(int64_t *ns, unsigned int n)
{
	if (!n)
		return;
	qsort(ns, n, sizeof(*ns), by_size);
	printf("min_us %lld\np50_us %lld\np99_us %lld\nmax_us %lld\n", (long long)ns[0] / 1000,
	       (long long)ns[n / 2] / 1000, (long long)ns[(n * 99ULL) / 100] / 1000,
	       (long long)ns[n - 1] / 1000);
}

static volatile sig_atomic_t all_sent;

static void on_term(int signal)
{
	(void)signal;
	all_sent = 1;
}

/* True when there is a datagram. */
static bool wait_datagram(int fd, int idle_ms, const sigset_t *unblocked)
{
	struct timespec idle = { idle_ms / 1000, idle_ms % 1000 * 1000000L };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	do {
		n = ppoll(&p, 1, all_sent ? &idle : NULL, unblocked);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static int do_listen(int port, int idle_ms)
{
	static unsigned char seen[MAX_SEQ], buf[65536];
	static int64_t ns[MAX_SEQ];
	unsigned int received = 0, unique = 0, twice = 0, reordered = 0, corrupt = 0, times = 0;
	struct sigaction term = { .sa_handler = on_term };
	int fd = bound(SOCK_DGRAM, port);
	sigset_t block, unblocked;
	const struct head *head = (const struct head *)buf;
	int64_t last = -1;

	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &block, &unblocked) || sigaction(SIGTERM, &term, NULL))
		die("signals");
	puts("ready");
	fflush(stdout);
	while (wait_datagram(fd, idle_ms, &unblocked)) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		int64_t at = now_ns();

		if (n < 0)
			die("recv");
		received++;
		if ((size_t)n < sizeof(*head) || head->seq >= MAX_SEQ ||
		    hash_of(buf + sizeof(head->hash), n - sizeof(head->hash)) != head->hash) {
			corrupt++;
			continue;
		}
		if (times < MAX_SEQ)
			ns[times++] = at - (int64_t)head->sent_ns;
		if (seen[head->seq])
			twice++;
		else
			unique++;
		seen[head->seq] = 1;
		if ((int64_t)head->seq < last)
			reordered++;
		else
			last = head->seq;
	}
	printf("received %u\nunique %u\nduplicates %u\nreordered %u\ncorrupt %u\n", received,
	       unique, twice, reordered, corrupt);
	print_times(ns, times);
	return 0;
}

static int do_send(const char *to, int port, unsigned int count, int gap_us, unsigned int size,
		   int local_port)
{
	static unsigned char buf[MAX_SIZE];
	struct head *head = (struct head *)buf;
	struct sockaddr_storage addr, any;
	socklen_t len = address(to, port, &addr);
	unsigned int sent = 0, errors = 0;
	int fd = socket(addr.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), last = 0;

	if (!len || fd < 0 || size < sizeof(*head) || size > sizeof(buf))
		die("send");
	address(addr.ss_family == AF_INET ? "0.0.0.0" : "::", local_port, &any);
	if (local_port && bind(fd, (struct sockaddr *)&any, len))
		die("bind");
	for (unsigned int i = 0; i < count; i++) {
		memset(buf + sizeof(*head), 'a' + i % 26, size - sizeof(*head));
		head->seq = i;
		head->sent_ns = now_ns();
		head->hash = hash_of(buf + sizeof(head->hash), size - sizeof(head->hash));
		if (sendto(fd, buf, size, 0, (struct sockaddr *)&addr, len) == (ssize_t)size)
			sent++;
		else
			errors++, last = errno;
		if (gap_us)
			usleep(gap_us);
	}
	printf("sent %u errors %u %s\n", sent, errors, errors ? strerrorname_np(last) : "-");
	return 0;
}

static unsigned char pattern(size_t at)
{
	return (at * 2654435761U) >> 24;
}

static int do_accept(int port)
{
	static unsigned char buf[65536];
	int fd = bound(SOCK_STREAM, port), conn;
	size_t at = 0, bad = 0;
	ssize_t n;

	if (listen(fd, 1))
		die("listen");
	puts("ready");
	fflush(stdout);
	conn = accept(fd, NULL, NULL);
	if (conn < 0)
		die("accept");
	while ((n = recv(conn, buf, sizeof(buf), 0)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			bad += buf[i] != pattern(at++);
	}
	printf("bytes %zu\nbad %zu\nend %s\n", at, bad, n ? strerrorname_np(errno) : "-");
	return 0;
}

static int do_connect(const char *to, int port, size_t bytes, int ms)
{
	static unsigned char buf[65536];
	struct timeval limit = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	struct sockaddr_storage addr;
	socklen_t len = address(to, port, &addr);
	int fd = socket(addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t at = 0;

	if (!len || fd < 0)
		die("connect");
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&addr, len)) {
		printf("connect %s\n", strerrorname_np(errno));
		return 1;
	}
	while (at < bytes) {
		size_t n = bytes - at < sizeof(buf) ? bytes - at : sizeof(buf);
		ssize_t r;

		for (size_t i = 0; i < n; i++)
			buf[i] = pattern(at + i);
		r = send(fd, buf, n, MSG_NOSIGNAL);
		if (r < 0) {
			printf("send %s\n", strerrorname_np(errno));
			return 1;
		}
		at += r;
	}
	printf("sent %zu\n", at);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 4 && !strcmp(what, "listen"))
		return do_listen(atoi(argv[2]), atoi(argv[3]));
	if ((argc == 7 || argc == 8) && !strcmp(what, "send"))
		return do_send(argv[2], atoi(argv[3]), atoi(argv[4]), atoi(argv[5]), atoi(argv[6]),
			       argc == 8 ? atoi(argv[7]) : 0);
	if (argc == 3 && !strcmp(what, "accept"))
		return do_accept(atoi(argv[2]));
	if (argc == 6 && !strcmp(what, "connect"))
		return do_connect(argv[2], atoi(argv[3]), strtoul(argv[4], NULL, 0), atoi(argv[5]));
	fputs("usage: see the head of wire.c\n", stderr);
	return 2;
}
