// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A service that can go away, and a detector of it whose delays are programmed:
 * what a drill measures of them can be compared with what they did.
 *
 *   delay-detector service CONTROL VIP_PORT HEALTH_PORT TRUTH
 *   delay-detector detect DIR HTTP_PORT UDP_PORT VIP_PORT HEALTH_PORT TRUTH SEED
 *   delay-detector tell CONTROL WORD
 *
 * "service" answers HTTP on both ports until it is told "down" (or "down-quiet",
 * which does not answer with the instant), and again once it is told "up".
 * "detect" tries HEALTH_PORT every 5 ms. When nobody is there, and after a delay of
 * its own for each, it changes its HTTP status, writes a file, writes to a log, and
 * listens on VIP_PORT in the service's place; when somebody is there again, it
 * sends a syslog datagram and takes it all back. Both append to TRUTH what they did
 * between which two instants of CLOCK_MONOTONIC (ns): "EVENT BEFORE AFTER".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MS		INT64_C(1000000)
#define CONNS		256
#define POLL_NS		(5 * MS)
#define JITTER_MS	40

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void write_whole(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die("write");
}

static void append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0)
		die(path);
	write_whole(fd, text);
	close(fd);
}

static void record(const char *truth, const char *event, int64_t before, int64_t after)
{
	char line[128];

	snprintf(line, sizeof(line), "%s %lld %lld\n", event, (long long)before, (long long)after);
	append(truth, line);
}

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static struct sockaddr_un path_of(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	return un;
}

/* Service and stand-in may listen on the port at the same time. */
static int listen_on(int port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
	struct sockaddr_in in = loopback(port);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 || listen(fd, 512) < 0)
		die("listen");
	return fd;
}

/* A minimal HTTP server: any request gets the status and a name. */
struct http {
	int fd;			/* -1 = not listening */
	int status;
	const char *name;
	const char *first_answer;	/* where to record the next answer; NULL = nowhere */
	int conns[CONNS];
	int n;
};

static void http_accept(struct http *h)
{
	while (h->n < CONNS) {
		int fd = accept4(h->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		h->conns[h->n++] = fd;
	}
}

static void http_answer(struct http *h, int i)
{
	char request[4096], answer[256];
	ssize_t n = recv(h->conns[i], request, sizeof(request), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0) {
		int len = snprintf(answer, sizeof(answer), "HTTP/1.1 %d X\r\nX-Served-By: %s\r\n"
				   "Content-Length: 0\r\nConnection: close\r\n\r\n", h->status,
				   h->name);

		int64_t before = now_ns();

		send(h->conns[i], answer, (size_t)len, MSG_NOSIGNAL);
		if (h->first_answer)
			record(h->first_answer, "answered", before, now_ns());
		h->first_answer = NULL;
	}
	close(h->conns[i]);
	h->conns[i] = h->conns[--h->n];
}

/* Adds what it waits for to @p; -1 is ignored by poll(). */
static int http_want(const struct http *h, struct pollfd *p)
{
	int n = 0;

	p[n++] = (struct pollfd){ .fd = h->fd, .events = POLLIN };
	for (int i = 0; i < h->n; i++)
		p[n++] = (struct pollfd){ .fd = h->conns[i], .events = POLLIN };
	return n;
}

static void http_serve(struct http *h, const struct pollfd *p, int n)
{
	/* From the end: an answered one is replaced by the last. */
	for (int i = n - 1; i > 0; i--)
		if (p[i].revents)
			http_answer(h, i - 1);
	if (p[0].revents)
		http_accept(h);
}

static void wait_until(struct pollfd *p, int n, int64_t when_ns)
{
	int64_t left = when_ns - now_ns();
	struct timespec ts;

	if (left < 0)
		left = 0;
	ts = (struct timespec){ .tv_sec = left / 1000000000, .tv_nsec = left % 1000000000 };
	if (ppoll(p, (nfds_t)n, &ts, NULL) < 0)
		die("ppoll");
}

struct service {
	struct http vip, health;
	int vip_port, health_port;
	const char *truth;
};

static void service_told(struct service *s, int fd)
{
	char word[32] = "", reply[64] = "ok\n";
	int64_t before, after;

	if (recv(fd, word, sizeof(word) - 1, 0) < 0)
		die("recv");
	before = now_ns();
	if (!strncmp(word, "down", 4)) {
		close(s->vip.fd);
		after = now_ns();
		close(s->health.fd);
		s->vip.fd = s->health.fd = -1;
		record(s->truth, "onset", before, after);
		if (strcmp(word, "down-quiet"))
			snprintf(reply, sizeof(reply), "onset %lld\n",
				 (long long)(before + (after - before) / 2));
	} else if (!strcmp(word, "up")) {
		s->vip.fd = listen_on(s->vip_port);
		s->health.fd = listen_on(s->health_port);
		record(s->truth, "back", before, now_ns());
	}
	send(fd, reply, strlen(reply), MSG_NOSIGNAL);
	close(fd);
}

static _Noreturn void serve(char **argv)
{
	struct sockaddr_un un = path_of(argv[0]);
	struct service s = {
		.vip = { .status = 200, .name = "node1" }, .health = { .status = 200, .name = "node1" },
		.vip_port = atoi(argv[1]), .health_port = atoi(argv[2]), .truth = argv[3],
	};
	int control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(control, (struct sockaddr *)&un, sizeof(un)) < 0 || listen(control, 8) < 0)
		die(argv[0]);
	s.vip.fd = listen_on(s.vip_port);
	s.health.fd = listen_on(s.health_port);
	for (;;) {
		struct pollfd p[3 + 2 * CONNS];
		int n = 1, v, h;

		p[0] = (struct pollfd){ .fd = control, .events = POLLIN };
		n += v = http_want(&s.vip, p + n);
		n += h = http_want(&s.health, p + n);
		if (poll(p, (nfds_t)n, -1) < 0)
			die("poll");
		http_serve(&s.vip, p + 1, v);
		http_serve(&s.health, p + 1 + v, h);
		if (p[0].revents)
			service_told(&s, accept4(control, NULL, NULL, SOCK_CLOEXEC));
	}
}

static int tell(char **argv)
{
	struct sockaddr_un un = path_of(argv[0]);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char reply[64];
	ssize_t n;

	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0)
		die(argv[0]);
	write_whole(fd, argv[1]);
	n = read(fd, reply, sizeof(reply) - 1);
	if (n <= 0)
		die("read");
	reply[n] = '\0';
	fputs(reply, stdout);
	return 0;
}

struct detector {
	char state_path[108], log_path[108];
	struct http app, spare;
	int udp_port, vip_port, health_port;
	const char *truth;
	bool away;
	int64_t due[4];			/* of the next steps; 0 = none */
};

/* The file that says how the node is: whole at any instant. */
static void put_state(struct detector *d, const char *word)
{
	char tmp[128];

	snprintf(tmp, sizeof(tmp), "%s.new", d->state_path);
	append(tmp, word);
	if (rename(tmp, d->state_path) < 0)
		die("rename");
}

static void send_syslog(struct detector *d, const char *text)
{
	struct sockaddr_in in = loopback(d->udp_port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	sendto(fd, text, strlen(text), 0, (struct sockaddr *)&in, sizeof(in));
	close(fd);
}

static void suspect(struct detector *d)
{
	d->app.status = 503;
}

static void detect(struct detector *d)
{
	put_state(d, "1\n");
}

static void isolate(struct detector *d)
{
	append(d->log_path, "node1 fenced\n");
}

static void promote(struct detector *d)
{
	d->spare.fd = listen_on(d->vip_port);
	d->spare.first_answer = d->truth;
}

static void rejoin(struct detector *d)
{
	send_syslog(d, "<13>Jan  1 00:00:00 lb member: node1 joined");
}

static void fail_back(struct detector *d)
{
	d->app.status = 200;
}

struct step {
	const char *event;
	int64_t delay_ms;
	void (*act)(struct detector *d);
};

static const struct step away_steps[] = {
	{ "suspected", 60, suspect }, { "detected", 150, detect },
	{ "isolated", 240, isolate }, { "promoted", 330, promote }, { NULL, 0, NULL },
};
static const struct step back_steps[] = {
	{ "redundant", 60, rejoin }, { "failed_back", 150, fail_back }, { NULL, 0, NULL },
};

/* What is nobody's milestone, for the next trial. */
static void after_step(struct detector *d, const struct step *s)
{
	if (s->act == isolate)
		send_syslog(d, "<13>Jan  1 00:00:00 lb member: node1 left");
	if (s->act != fail_back)
		return;
	put_state(d, "0\n");
	append(d->log_path, "node1 released\n");
	close(d->spare.fd);
	d->spare.fd = -1;
}

static const struct step *steps(const struct detector *d)
{
	return d->away ? away_steps : back_steps;
}

static void do_due(struct detector *d)
{
	const struct step *s = steps(d);

	for (int i = 0; s[i].event; i++) {
		int64_t before = now_ns();

		if (!d->due[i] || d->due[i] > before)
			continue;
		d->due[i] = 0;
		s[i].act(d);
		record(d->truth, s[i].event, before, now_ns());
		after_step(d, &s[i]);
	}
}

static bool pending(const struct detector *d)
{
	for (int i = 0; i < 4; i++)
		if (d->due[i])
			return true;
	return false;
}

/* On loopback a connection is made, or refused, at once. */
static bool is_there(int port)
{
	struct sockaddr_in in = loopback(port);
	struct linger at_once = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool there = connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0;

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	return there;
}

static void look(struct detector *d)
{
	int64_t now = now_ns();
	const struct step *s;

	if (pending(d) || is_there(d->health_port) != d->away)
		return;
	d->away = !d->away;
	s = steps(d);
	for (int i = 0; s[i].event; i++)
		d->due[i] = now + s[i].delay_ms * MS + (int64_t)(drand48() * JITTER_MS * 1e6);
}

static _Noreturn void detector(char **argv)
{
	struct detector d = {
		.app = { .status = 200, .name = "detector" },
		.spare = { .fd = -1, .status = 200, .name = "spare" },
		.udp_port = atoi(argv[2]), .vip_port = atoi(argv[3]),
		.health_port = atoi(argv[4]), .truth = argv[5],
	};
	int64_t next = now_ns();

	srand48(atol(argv[6]));
	snprintf(d.state_path, sizeof(d.state_path), "%s/state", argv[0]);
	snprintf(d.log_path, sizeof(d.log_path), "%s/fence.log", argv[0]);
	put_state(&d, "0\n");
	append(d.log_path, "started\n");
	d.app.fd = listen_on(atoi(argv[1]));
	for (;;) {
		struct pollfd p[2 + 2 * CONNS];
		int64_t wake = next;
		int n = 0, a, s;

		for (int i = 0; i < 4; i++)
			if (d.due[i] && d.due[i] < wake)
				wake = d.due[i];
		n += a = http_want(&d.app, p + n);
		n += s = http_want(&d.spare, p + n);
		wait_until(p, n, wake);
		/* What came before a change is answered before it. */
		http_serve(&d.app, p, a);
		http_serve(&d.spare, p + a, s);
		do_due(&d);
		if (now_ns() < next)
			continue;
		look(&d);
		next = now_ns() + POLL_NS;
	}
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 6 && !strcmp(argv[1], "service"))
		serve(argv + 2);
	if (argc == 9 && !strcmp(argv[1], "detect"))
		detector(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "tell"))
		return tell(argv + 2);
	fprintf(stderr, "usage: delay-detector service|detect|tell ...: see its source\n");
	return 2;
}
