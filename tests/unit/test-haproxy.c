// SPDX-License-Identifier: GPL-2.0-or-later
/* The haproxy probe, beside peers that misbehave and a real HAProxy. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/spawn.h"
#include "common-peer.h"
#include "probe/probe.h"

struct fixture {
	struct fdr_poller *p;
	struct recorder rec;
	struct fdr_opts opts;
	struct fdr_probe *probe;
	struct peer *peer;
	char *dir, sock[100];
	const char *answer;	/* to each question */
	size_t answer_len, questions;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->dir = make_dir();
	snprintf(f->sock, sizeof(f->sock), "%s/stats.sock", f->dir);
	recorder_init(&f->rec);
	*state = f;
	return fdr_poller_new(&f->p);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fdr_probe_stop(f->probe);
	peer_close(f->peer);
	fdr_poller_free(f->p);
	fdr_opts_clear(&f->opts);
	recorder_clear(&f->rec);
	remove_dir(f->dir);
	free(f);
	return 0;
}

static int start(struct fixture *f, struct fdr_error *e)
{
	struct fdr_probe_env env = { .name = "lb", .poller = f->p, .sink = &f->rec.sink };

	return fdr_probe_start(fdr_probe_kind("haproxy"), &env, &f->opts, &f->probe, e);
}

/* Speaks as HAProxy does: a prompt after "prompt", an answer and a prompt after "show stat". */
static void on_text(void *userdata, struct peer_conn *c, const char *data, size_t len)
{
	struct fixture *f = userdata;

	if (len == 7 && !memcmp(data, "prompt\n", 7)) {
		peer_send(c, "\n> ", 3);
		return;
	}
	f->questions++;
	if (!f->answer)
		peer_hang_up(c);
	else
		peer_send(c, f->answer, f->answer_len);
}

static void answer(struct fixture *f, const char *text)
{
	f->answer = text;
	f->answer_len = text ? strlen(text) : 0;
}

#define HEAD	"# pxname,svname,status,check_status,last_chk\n"
#define END	"\n\n> "

static void listen_and_start(struct fixture *f)
{
	struct fdr_error e = { "" };

	f->peer = peer_listen(f->p, f->sock, 0, on_text, f);
	make_opts(&f->opts, &fdr_probe_kind("haproxy")->kind, "socket", f->sock, "interval", "2ms",
		  "timeout", "60ms", NULL);
	if (start(f, &e) < 0)
		fail_msg("%s", e.text);
}

static void states_change(void **state)
{
	struct fixture *f = *state;
	const struct seen_obs *o;
	int64_t before, after;

	answer(f, HEAD "web,a,UP,L7OK,\nweb,b,MAINT,,\napi,c,no check,," END);
	listen_and_start(f);
	assert_true(await_state(f->p, &f->rec, "web/a", "up"));
	assert_true(await_state(f->p, &f->rec, "web/b", "maint"));
	assert_true(await_state(f->p, &f->rec, "api/c", "up"));
	assert_true(await_state(f->p, &f->rec, "", "reachable"));
	run_for(f->p, 30 * MS);
	assert_int_equal(f->rec.n_obs, 4);
	before = fdr_now_ns();
	answer(f, HEAD "web,a,UP 1/3,L4CON,Connection refused\nweb,b,MAINT,,\napi,c,no check,,"
	       END);
	assert_true(await_state(f->p, &f->rec, "web/a", "suspect"));
	after = fdr_now_ns();
	o = recorder_obs(&f->rec, "web/a", 1);
	assert_string_equal(o->detail, "UP 1/3, L4CON: Connection refused");
	assert_false(o->pushed);
	/* The state turned at "before": the interval holds that, and one poll or two. */
	assert_true(o->when.lo_ns <= before && before <= o->when.hi_ns && o->when.hi_ns <= after);
	answer(f, HEAD "web,a,DOWN,L4TOUT," END);
	assert_true(await_state(f->p, &f->rec, "web/a", "down"));
	assert_true(await_state(f->p, &f->rec, "web/b", "gone"));
	answer(f, HEAD "web,a,SIDEWAYS,," END);
	assert_true(await_state(f->p, &f->rec, "web/a", "unknown"));
	/* All of it over one connection. */
	assert_int_equal(peer_accepted(f->peer), 1);
}

static void comes_in_pieces(void **state)
{
	struct fixture *f = *state;

	/* The end of the answer is missing: nothing may be concluded yet, until it is late. */
	answer(f, HEAD "web,a,UP,L7OK,\nweb,b,DO");
	listen_and_start(f);
	run_for(f->p, 30 * MS);
	assert_int_equal(f->rec.n_obs, 0);
	assert_int_equal(f->questions, 1);
	assert_true(await_state(f->p, &f->rec, "", "unreachable"));
	assert_string_equal(recorder_obs(&f->rec, "", 0)->detail, "no answer in time");
	assert_null(recorder_obs(&f->rec, "web/a", 0));
}

static void garbage(void **state)
{
	static const char *const garbage[] = {
		"Unknown command.\n" END, "\xff\xfe\x01," END, HEAD "web" END, END, NULL,
	};
	struct fixture *f = *state;

	answer(f, HEAD "web,a,UP,L7OK," END);
	listen_and_start(f);
	for (size_t i = 0; i < FDR_ARRAY_LEN(garbage); i++) {
		answer(f, HEAD "web,a,UP,L7OK," END);
		assert_true(await_state(f->p, &f->rec, "", "reachable"));
		answer(f, garbage[i]);	/* NULL: hangs up */
		assert_true(await_state(f->p, &f->rec, "", "unreachable"));
	}
	/* What it once said of the server is not made up anew. */
	assert_true(recorder_is(&f->rec, "web/a", "up"));
	assert_null(recorder_obs(&f->rec, "web/a", 1));
}

/* In a thread of its own: writes for as long as somebody reads. */
static void *write_for_ever(void *userdata)
{
	static char junk[65536];
	int fd = accept(*(int *)userdata, NULL, NULL);

	memset(junk, 'x', sizeof(junk));
	if (fd < 0 || send(fd, "\n> ", 3, MSG_NOSIGNAL) != 3)
		return NULL;
	while (send(fd, junk, sizeof(junk), MSG_NOSIGNAL) > 0)
		;
	close(fd);
	return NULL;
}

static void endless_answer(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct fdr_error e = { "" };
	pthread_t thread;

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", f->sock);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(pthread_create(&thread, NULL, write_for_ever, &fd), 0);
	make_opts(&f->opts, &fdr_probe_kind("haproxy")->kind, "socket", f->sock, "timeout", "60s",
		  NULL);
	if (start(f, &e) < 0)
		fail_msg("%s", e.text);
	/* Two failures in a row make it unreachable: here the next connection just waits. */
	while (fdr_poller_run_once(f->p, 10 * MS) == 0 && pthread_tryjoin_np(thread, NULL))
		;
	close(fd);
	unlink(f->sock);
	assert_true(await_state(f->p, &f->rec, "", "unreachable"));
	assert_int_equal(f->rec.n_obs, 1);
}

static void away_and_back(void **state)
{
	struct fixture *f = *state;
	const struct seen_obs *o;
	int64_t down, up;

	answer(f, HEAD "web,a,UP,L7OK," END);
	listen_and_start(f);
	assert_true(await_state(f->p, &f->rec, "", "reachable"));
	peer_close(f->peer);
	down = fdr_now_ns();
	f->peer = NULL;
	assert_true(await_state(f->p, &f->rec, "", "unreachable"));
	o = recorder_obs(&f->rec, "", 1);
	assert_true(o->when.lo_ns <= down && o->when.hi_ns >= down);
	run_for(f->p, 50 * MS);
	up = fdr_now_ns();
	f->peer = peer_listen(f->p, f->sock, 0, on_text, f);
	assert_true(await_state(f->p, &f->rec, "", "reachable"));
	o = recorder_obs(&f->rec, "", 2);
	assert_true(o->when.lo_ns <= fdr_now_ns() && o->when.hi_ns >= up);
}

/* A reload closes the connection; that alone is no news. */
static void reconnects_quietly(void **state)
{
	struct fixture *f = *state;
	size_t before;

	answer(f, HEAD "web,a,UP,L7OK," END);
	listen_and_start(f);
	assert_true(await_state(f->p, &f->rec, "", "reachable"));
	answer(f, NULL);
	before = peer_accepted(f->peer);
	while (peer_accepted(f->peer) == before)
		assert_int_equal(fdr_poller_run_once(f->p, 10 * MS), 0);
	answer(f, HEAD "web,a,DOWN,L4CON," END);
	assert_true(await_state(f->p, &f->rec, "web/a", "down"));
	assert_null(recorder_obs(&f->rec, "", 1));
}

static void send_log(int port, const char *line)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(sendto(fd, line, strlen(line), 0, (struct sockaddr *)&in, sizeof(in)),
			 strlen(line));
	close(fd);
}

static int free_port(int type)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, type, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	close(fd);
	return ntohs(in.sin_port);
}

static void log_and_polls(void **state)
{
	struct fixture *f = *state;
	struct fdr_error e = { "" };
	int port = free_port(SOCK_DGRAM);
	char spec[64];

	snprintf(spec, sizeof(spec), "udp:127.0.0.1:%d", port);
	answer(f, HEAD "web,a,UP,L7OK,\napi,a,UP,L7OK," END);
	f->peer = peer_listen(f->p, f->sock, 0, on_text, f);
	make_opts(&f->opts, &fdr_probe_kind("haproxy")->kind, "socket", f->sock, "interval", "2ms",
		  "log", spec, "backends", "web", NULL);
	if (start(f, &e) < 0)
		fail_msg("%s", e.text);
	assert_true(await_state(f->p, &f->rec, "web/a", "up"));
	/* The log speaks before the answer that shows it; both lie in their sockets. */
	send_log(port, "<129>Nov 20 20:37:25 haproxy[1]: Server web/a is DOWN. 2 active");
	send_log(port, "<129>Nov 20 20:37:25 haproxy[1]: Server api/a is DOWN. 2 active");
	send_log(port, "\x00\xff garbage");
	answer(f, HEAD "web,a,DOWN,L4CON," END);
	assert_true(await_state(f->p, &f->rec, "web/a", "down"));
	run_for(f->p, 50 * MS);
	assert_true(recorder_obs(&f->rec, "web/a", 1)->pushed);
	assert_string_equal(recorder_obs(&f->rec, "web/a", 1)->detail,
			    "Server web/a is DOWN. 2 active");
	assert_false(recorder_obs(&f->rec, "web/a", 2)->pushed);
	assert_string_equal(recorder_obs(&f->rec, "web/a", 2)->state, "down");
	assert_null(recorder_obs(&f->rec, "web/a", 3));
	/* The filter holds for both. */
	assert_null(recorder_obs(&f->rec, "api/a", 0));
}

static void refused(void **state)
{
	struct fixture *f = *state;
	struct fdr_error e = { "" };

	make_opts(&f->opts, &fdr_probe_kind("haproxy")->kind, "socket", "not-an-address", NULL);
	assert_int_equal(start(f, &e), -EINVAL);
	assert_string_equal(e.text, "probe lb: socket: \"not-an-address\" is no address: write "
				    "HOST:PORT");
	fdr_opts_clear(&f->opts);
	make_opts(&f->opts, &fdr_probe_kind("haproxy")->kind, "socket", f->sock, "log", "tail", NULL);
	assert_int_equal(start(f, &e), -EINVAL);
	assert_non_null(strstr(e.text, "probe lb: log: \"tail\" is no source of lines"));
}

/* A child of ours; its output goes nowhere. */
static pid_t run(const char *const *argv)
{
	struct fdr_error e = { "" };
	struct fdr_child c;

	if (fdr_spawn(argv, &c, &e) < 0)
		fail_msg("%s", e.text);
	close(c.in_fd);
	close(c.out_fd);
	close(c.err_fd);
	return c.pid;
}

static const char *haproxy_program(void)
{
	const char *given = getenv("HAPROXY");

	if (given)
		return given;
	return access("/usr/sbin/haproxy", X_OK) == 0 ? "/usr/sbin/haproxy" : NULL;
}

static void on_health_request(void *userdata, struct peer_conn *c, const char *data, size_t len)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

	(void)userdata;
	(void)data;
	(void)len;
	peer_send(c, ok, sizeof(ok) - 1);
	peer_hang_up(c);
}

static void write_config(struct fixture *f, char *path, size_t size, unsigned int server, int log)
{
	FILE *out;

	snprintf(path, size, "%s/haproxy.cfg", f->dir);
	out = fopen(path, "we");
	assert_non_null(out);
	fprintf(out, "global\n  stats socket %s mode 600\n  log 127.0.0.1:%d local0\n"
		"defaults\n  mode http\n  log global\n  option log-health-checks\n"
		"  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n"
		"frontend f\n  bind %s/front.sock\n  default_backend web\n"
		"backend web\n  option httpchk\n"
		"  server a 127.0.0.1:%u check inter 250ms fall 3 rise 2\n"
		"  server b 127.0.0.1:%u check inter 50ms disabled\n",
		f->sock, log, f->dir, server, server);
	assert_int_equal(fclose(out), 0);
}

static bool has_pushed(const struct recorder *r, const char *state, bool pushed)
{
	for (size_t i = 0; i < r->n_obs; i++)
		if (!strcmp(r->obs[i].subject, "web/a") && !strcmp(r->obs[i].state, state) &&
		    r->obs[i].pushed == pushed)
			return true;
	return false;
}

static void real_haproxy(void **state)
{
	struct fixture *f = *state;
	struct fdr_error e = { "" };
	const char *program = haproxy_program();
	struct peer *server;
	unsigned int port;
	int log = free_port(SOCK_DGRAM);
	char config[160], spec[64];
	int64_t end;
	pid_t pid;

	if (!program)
		skip();
	server = peer_listen(f->p, NULL, 0, on_health_request, NULL);
	port = peer_port(server);
	write_config(f, config, sizeof(config), port, log);
	snprintf(spec, sizeof(spec), "udp:127.0.0.1:%d", log);
	make_opts(&f->opts, &fdr_probe_kind("haproxy")->kind, "socket", f->sock, "log", spec, NULL);
	if (start(f, &e) < 0)
		fail_msg("%s", e.text);
	/* Not there yet: an observation, and then it is there. */
	assert_true(await_state(f->p, &f->rec, "", "unreachable"));
	pid = run((const char *const[]){ "/bin/sh", "-c", "exec \"$0\" -db -f \"$1\" >/dev/null 2>&1",
					 program, config, NULL });
	assert_true(await_state(f->p, &f->rec, "", "reachable"));
	assert_true(await_state(f->p, &f->rec, "web/a", "up"));
	assert_true(await_state(f->p, &f->rec, "web/b", "maint"));
	run_for(f->p, 300 * MS);

	peer_close(server);
	f->rec.n_obs = 0;
	assert_true(await_state(f->p, &f->rec, "web/a", "down"));
	end = fdr_now_ns() + 30 * FDR_NS_PER_S;
	while (!(has_pushed(&f->rec, "down", true) && has_pushed(&f->rec, "down", false)) &&
	       fdr_now_ns() < end)
		run_for(f->p, 10 * MS);
	/* Both witnesses saw both steps. */
	assert_true(has_pushed(&f->rec, "suspect", true) && has_pushed(&f->rec, "suspect", false));
	assert_true(has_pushed(&f->rec, "down", true) && has_pushed(&f->rec, "down", false));
	/* In order, and never back: suspect comes before down, and nothing else comes. */
	assert_string_equal(recorder_obs(&f->rec, "web/a", 0)->state, "suspect");
	assert_string_equal(recorder_obs(&f->rec, "web/a", 1)->state, "suspect");
	assert_string_equal(recorder_obs(&f->rec, "web/a", 2)->state, "down");
	assert_string_equal(recorder_obs(&f->rec, "web/a", 3)->state, "down");
	assert_int_equal(f->rec.n_obs, 4);
	for (size_t i = 0; i < 4; i += 2) {
		const struct seen_obs *x = recorder_obs(&f->rec, "web/a", i);
		const struct seen_obs *y = recorder_obs(&f->rec, "web/a", i + 1);

		/* The two tell of one instant (HAProxy shows it within a moment of logging it). */
		assert_true(x->when.lo_ns <= y->when.hi_ns + 20 * MS);
		assert_true(y->when.lo_ns <= x->when.hi_ns + 20 * MS);
	}

	server = peer_listen(f->p, NULL, port, on_health_request, NULL);
	assert_true(await_state(f->p, &f->rec, "web/a", "up"));
	kill(pid, SIGKILL);
	assert_true(await_state(f->p, &f->rec, "", "unreachable"));
	waitpid(pid, NULL, 0);
	peer_close(server);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(states_change), T(comes_in_pieces), T(garbage), T(endless_answer),
		T(away_and_back), T(reconnects_quietly), T(log_and_polls), T(refused),
		T(real_haproxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
