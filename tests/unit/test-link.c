// SPDX-License-Identifier: GPL-2.0-or-later
/* A link against agents that behave well, and against those that do not. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/loop.h"
#include "common-agent.h"
#include "sys/frame.h"

#define IN(s)	(fdr_now_ns() + (s) * FDR_NS_PER_S)

static sd_event *loop;

static int open_to(agent_fn fn, int64_t deadline_ns, struct fdr_link **ret, struct fdr_error *e)
{
	struct fdr_opts none = { 0 };

	return fdr_link_open(loop, "node1", agent_transport(fn), &none, deadline_ns, ret, e);
}

static struct fdr_link *must_open(agent_fn fn)
{
	struct fdr_link *l = NULL;
	struct fdr_error e = { "" };

	if (open_to(fn, IN(10), &l, &e) < 0)
		fail_msg("%s", e.text);
	return l;
}

/* Opening must fail so, with these words. */
static void must_not_open(agent_fn fn, int64_t deadline_ns, int r, const char *want)
{
	struct fdr_link *l = NULL;
	struct fdr_error e = { "" };
	int got = open_to(fn, deadline_ns, &l, &e);

	if (got != r || !strstr(e.text, want))
		fail_msg("%d \"%s\" instead of %d \"%s\"", got, e.text, r, want);
	assert_null(l);
	agent_wait();
}

static void reply(int fd, long long id, const char *rest)
{
	char text[512];

	snprintf(text, sizeof(text), "{\"id\":%lld,%s}", id, rest);
	agent_put_frame(fd, text);
}

/* Greets, then answers by the operation's name. */
static void good_agent(int fd)
{
	char op[64];

	agent_greet(fd);
	for (;;) {
		long long id = agent_get(fd, op, sizeof(op));

		if (!strcmp(op, "refuse"))
			reply(fd, id, "\"ok\":false,\"error\":{\"errno\":\"EBUSY\",\"message\":\"in use\"}");
		else if (!strcmp(op, "refuse-oddly"))
			reply(fd, id, "\"ok\":false,\"error\":{\"errno\":\"524\",\"message\":\"odd\"}");
		else if (!strcmp(op, "refuse-mutely"))
			reply(fd, id, "\"ok\":false");
		else if (!strcmp(op, "event"))
			agent_put_frame(fd, "{\"event\":\"kernel\",\"data\":{\"seq\":7}}");
		if (strncmp(op, "refuse", 6))
			reply(fd, id, "\"ok\":true,\"result\":{\"n\":9007199254740993}");
	}
}

static void asks_and_is_answered(void **state)
{
	struct fdr_link *l = must_open(good_agent);
	struct fdr_error e;
	json_t *result;

	(void)state;
	assert_true(fdr_link_alive(l));
	assert_string_equal(json_string_value(json_object_get(fdr_link_hello(l), "hostname")), "test");
	for (int i = 0; i < 1000; i++)
		assert_int_equal(fdr_link_call(l, "any", NULL, IN(10), NULL, &e), 0);
	assert_int_equal(fdr_link_call(l, "any", json_pack("{si}", "a", 1), IN(10), &result, &e), 0);
	/* Beyond a double's 53 bits. */
	assert_int_equal(json_integer_value(json_object_get(result, "n")), 9007199254740993);
	json_decref(result);
	assert_int_equal(fdr_link_call(l, "refuse", NULL, IN(10), NULL, &e), -EBUSY);
	assert_string_equal(e.text, "node1: in use");
	assert_int_equal(fdr_link_call(l, "refuse-oddly", NULL, IN(10), NULL, &e), -524);
	assert_int_equal(fdr_link_call(l, "refuse-mutely", NULL, IN(10), NULL, &e), -EPROTO);
	assert_true(fdr_link_alive(l));
	fdr_link_close(l);
	agent_wait();
}

struct seen {
	unsigned int events, deaths;
	json_int_t seq;
	int64_t received_ns;
	char why[256];
};

static void on_event(void *userdata, struct fdr_link *l, const char *event, const json_t *data,
		     int64_t received_ns)
{
	struct seen *s = userdata;

	(void)l;
	assert_string_equal(event, "kernel");
	s->events++;
	s->seq = json_integer_value(json_object_get(data, "seq"));
	s->received_ns = received_ns;
}

static void on_death(void *userdata, struct fdr_link *l, const char *why)
{
	struct seen *s = userdata;

	assert_false(fdr_link_alive(l));
	s->deaths++;
	snprintf(s->why, sizeof(s->why), "%s", why);
}

static void relays_events(void **state)
{
	struct fdr_link *l = must_open(good_agent);
	int64_t before_ns = fdr_now_ns();
	struct seen s = { 0 };
	struct fdr_error e;

	(void)state;
	fdr_link_on_event(l, on_event, &s);
	assert_int_equal(fdr_link_call(l, "event", NULL, IN(10), NULL, &e), 0);
	assert_int_equal(s.events, 1);
	assert_int_equal(s.seq, 7);
	assert_in_range(s.received_ns, before_ns, fdr_now_ns());
	fdr_link_close(l);
	agent_wait();
}

/* Answers "slow" after the next request has come. */
static void late_agent(int fd)
{
	long long late, next;

	agent_greet(fd);
	late = agent_get(fd, NULL, 0);
	next = agent_get(fd, NULL, 0);
	reply(fd, late, "\"ok\":false,\"error\":{\"errno\":\"EIO\",\"message\":\"late\"}");
	reply(fd, next, "\"ok\":true,\"result\":{\"n\":2}");
	agent_get(fd, NULL, 0);
}

static void gives_up_and_goes_on(void **state)
{
	struct fdr_link *l = must_open(late_agent);
	int64_t deadline_ns = fdr_now_ns() + 30 * FDR_NS_PER_MS;
	json_t *result;
	struct fdr_error e;

	(void)state;
	assert_int_equal(fdr_link_call(l, "slow", NULL, deadline_ns, NULL, &e), -ETIMEDOUT);
	assert_string_equal(e.text, "node1: no answer to \"slow\" in time");
	assert_true(fdr_now_ns() >= deadline_ns);
	assert_true(fdr_link_alive(l));
	/* The answer to the first is not taken for one to the second. */
	assert_int_equal(fdr_link_call(l, "next", NULL, IN(10), &result, &e), 0);
	assert_int_equal(json_integer_value(json_object_get(result, "n")), 2);
	json_decref(result);
	fdr_link_close(l);
	agent_wait();
}

/* What an agent may do instead of answering, and what is then said. */
static void dies(int fd) { agent_greet(fd); agent_get(fd, NULL, 0); }
static void dies_in_a_frame(int fd) { dies(fd); agent_put(fd, "\0\0\0\x40{\"id\"", 9); }
static void sends_junk(int fd) { dies(fd); agent_put_text(fd, "bash: warning\n"); }
static void sends_no_json(int fd) { dies(fd); agent_put_frame(fd, "{\"id\":"); agent_hang(fd); }
static void sends_an_array(int fd) { dies(fd); agent_put_frame(fd, "[]"); agent_hang(fd); }
static void sends_too_much(int fd) { dies(fd); agent_put(fd, "\0\x10\0\x01", 4); agent_hang(fd); }
static void sends_a_riddle(int fd) { dies(fd); agent_put_frame(fd, "{\"hm\":1}"); agent_hang(fd); }

static void survives_bad_agents(void **state)
{
	static const struct { agent_fn fn; int r; const char *want; } cases[] = {
		{ dies, -EPIPE, "closed by the peer" },
		{ dies_in_a_frame, -EPIPE, "in the middle of a frame" },
		{ sends_junk, -EPROTO, "a frame of 1650553704 bytes" },
		{ sends_no_json, -EPROTO, "no JSON" },
		{ sends_an_array, -EPROTO, "no object" },
		{ sends_too_much, -EPROTO, "the most is 1048576" },
		{ sends_a_riddle, -EPROTO, "neither a reply nor an event" },
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		struct fdr_link *l = must_open(cases[i].fn);
		struct seen s = { 0 };
		struct fdr_error e;
		int r;

		fdr_link_on_death(l, on_death, &s);
		r = fdr_link_call(l, "any", NULL, IN(10), NULL, &e);
		if (r != cases[i].r || !strstr(e.text, cases[i].want))
			fail_msg("%zu: %d \"%s\"", i, r, e.text);
		assert_false(fdr_link_alive(l));
		assert_int_equal(s.deaths, 1);
		assert_non_null(strstr(s.why, cases[i].want));
		/* And again: at once, for the same reason. */
		assert_int_equal(fdr_link_call(l, "any", json_object(), IN(10), NULL, &e),
				 cases[i].r);
		assert_int_equal(s.deaths, 1);
		fdr_link_close(l);
		agent_wait();
	}
}

static void leaves(int fd) { agent_greet(fd); }

/* Between two calls: nobody reads then, and writing is what fails. */
static void notices_a_death_late(void **state)
{
	struct fdr_link *l = must_open(leaves);
	struct fdr_error e;

	(void)state;
	agent_wait();
	assert_true(fdr_link_alive(l));
	assert_int_equal(fdr_link_call(l, "any", NULL, IN(10), NULL, &e), -EPIPE);
	assert_non_null(strstr(e.text, "closed by the peer"));
	assert_false(fdr_link_alive(l));
	fdr_link_close(l);
}

static void noisy(int fd)
{
	agent_put_text(fd, "Last login: never\r\n\033[1mmotd\033[0m ");
	good_agent(fd);
}

static void mute(int fd) { agent_put_text(fd, "password: "); agent_hang(fd); }
static void wrong_version(int fd) { agent_put_text(fd, "FAULTDRILL-AGENT 2\n"); agent_hang(fd); }
static void not_an_agent(int fd) { agent_put_text(fd, "HTTP/1.0 400 Bad Request\r\n"); }
static void closes(int fd) { (void)fd; }

static void floods(int fd)
{
	char line[1000];

	memset(line, 'y', sizeof(line));
	for (int i = 0; i < 70; i++)
		agent_put(fd, line, sizeof(line));
	agent_hang(fd);
}

static void opens_only_to_agents(void **state)
{
	(void)state;
	fdr_link_close(must_open(noisy));
	agent_wait();
	must_not_open(closes, IN(10), -ECONNREFUSED, "node1: closed by the peer");
	must_not_open(not_an_agent, IN(10), -ECONNREFUSED, "HTTP/1.0 400 Bad Request");
	must_not_open(wrong_version, IN(10), -EPROTO, "version 2");
	must_not_open(floods, IN(10), -EPROTO, "says \"yyy");
	must_not_open(mute, fdr_now_ns() + 50 * FDR_NS_PER_MS, -ETIMEDOUT,
		      "no agent answered in time: it printed: password:");
}

/* The answers take no turn: the second of three exchanges is the quick one. */
static void clock_agent(int fd)
{
	static const unsigned int us[] = { 300000, 0, 300000 };
	char text[256];

	agent_greet(fd);
	for (size_t i = 0;; i++) {
		long long id = agent_get(fd, NULL, 0);
		/* A clock that is 5 s ahead. */
		int64_t now_ns = fdr_now_ns() + 5 * FDR_NS_PER_S;

		usleep(us[i % 3]);
		snprintf(text, sizeof(text), "\"ok\":true,\"result\":{\"recv_ns\":%ld,\"send_ns\":%ld,"
			 "\"realtime_minus_boottime_ns\":11}", now_ns, now_ns);
		reply(fd, id, text);
	}
}

static void maps_the_clock(void **state)
{
	struct fdr_link *l = must_open(clock_agent);
	struct fdr_clock_sample one, best;
	struct fdr_error e;

	(void)state;
	assert_int_equal(fdr_link_clock(l, 1, IN(10), &one, &e), 0);
	assert_true(one.bound_ns >= 150 * FDR_NS_PER_MS);
	assert_int_equal(fdr_link_clock(l, 8, IN(10), &best, &e), 0);
	assert_true(best.rtt_ns < one.rtt_ns);
	assert_true(best.bound_ns < 150 * FDR_NS_PER_MS);
	for (int i = 0; i < 2; i++) {
		const struct fdr_clock_sample *s = i ? &one : &best;

		assert_true(s->offset_ns - s->bound_ns <= 5 * FDR_NS_PER_S);
		assert_true(s->offset_ns + s->bound_ns >= 5 * FDR_NS_PER_S);
		assert_int_equal(s->agent_real_minus_boot_ns, 11);
	}
	assert_int_equal(fdr_link_clock(l, 0, IN(10), &best, &e), -EINVAL);
	fdr_link_close(l);
	agent_wait();
	/* An agent whose answer has no stamps. */
	l = must_open(good_agent);
	assert_int_equal(fdr_link_clock(l, 1, IN(10), &best, &e), -EPROTO);
	fdr_link_close(l);
	agent_wait();
}

static int exec_open(const char *command, struct fdr_link **ret, struct fdr_error *e)
{
	char text[512];
	const struct fdr_transport_ops *ops;
	struct fdr_opts o;
	int r;

	snprintf(text, sizeof(text), "exec:%s", command);
	assert_int_equal(fdr_transport_parse(text, &ops, &o, e), 0);
	r = fdr_link_open(loop, "node1", ops, &o, IN(10), ret, e);
	fdr_opts_clear(&o);
	return r;
}

static void quotes_the_child(void **state)
{
	static const struct { const char *command, *want; } cases[] = {
		{ "echo one >&2; echo two >&2; echo three >&2; echo four >&2; exit 255",
		  "exited with status 255: two; three; four; does \"ssh" },
		{ "exec fdr-no-such-agent", "exited with status 127" },
		{ "kill -9 $$", "was killed by signal 9" },
		{ "exit 0", "exited with status 0" },
		{ "echo motd; echo why >&2; exit 1", "why; it printed: motd" },
		{ "printf '\\033[31mred\\r\\n' >&2; exit 1", "?[31mred" },
		{ "exec >&-; sleep 60", "closed by the peer" },
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		struct fdr_link *l;
		struct fdr_error e;
		int r = exec_open(cases[i].command, &l, &e);

		if (r != -ECONNREFUSED || !strstr(e.text, cases[i].want))
			fail_msg("%s: %d \"%s\"", cases[i].command, r, e.text);
		/* Every child was ended and reaped. */
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	}
}

static void is_interruptible(void **state)
{
	struct fdr_link *l = must_open(late_agent);
	struct fdr_error e;

	(void)state;
	raise(SIGINT);
	assert_int_equal(fdr_link_call(l, "slow", NULL, IN(10), NULL, &e), -ECANCELED);
	assert_string_equal(e.text, "node1: \"slow\": interrupted");
	/* Unwinding, it still reaches the agent. */
	fdr_loop_unwind();
	assert_int_equal(fdr_link_call(l, "next", NULL, IN(10), NULL, &e), 0);
	fdr_link_close(l);
	agent_wait();
}

static int setup(void **state)
{
	(void)state;
	return fdr_loop_new(&loop);
}

static int teardown(void **state)
{
	(void)state;
	sd_event_unref(loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_and_is_answered),
		cmocka_unit_test(relays_events),
		cmocka_unit_test(gives_up_and_goes_on),
		cmocka_unit_test(survives_bad_agents),
		cmocka_unit_test(notices_a_death_late),
		cmocka_unit_test(opens_only_to_agents),
		cmocka_unit_test(maps_the_clock),
		cmocka_unit_test(quotes_the_child),
		cmocka_unit_test(is_interruptible),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
