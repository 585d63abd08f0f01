// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz - messages that no honest program sends.
 *
 * Armed and with the right boot id at hand, so that nothing but the checks of
 * the message itself stands between the message and a fault.  A fault's name
 * is only ever sent in messages that are wrong in some other way.  Whatever
 * happens, no injection may come of it, and the kernel must go on answering.
 *
 * Environment: FUZZ_ROUNDS, FUZZ_SEED.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/faultdrill.h>

#include "harness.h"
#include "netlink.h"

static struct kt_sock sock;
static char boot_id[FAULTDRILL_BOOT_ID_LEN + 1];

static uint64_t state;

static uint32_t any(uint32_t n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % n;
}

/* Sends a message that must be refused. */
#define refused(what, m) do {							\
	int refused_r = kt_talk(&sock, m, NULL, NULL);				\
	bool refused_ok = refused_r < 0 && refused_r != -EAGAIN;		\
										\
	TH_LOG("%s: %d '%s'", what, refused_r, sock.error);			\
	EXPECT_TRUE(refused_ok);						\
} while (0)

static struct nlattr *begin_injection(struct kt_msg *m)
{
	kt_begin(m, &sock, FAULTDRILL_CMD_INJECT, 0);
	return kt_nest(m, FAULTDRILL_A_INJECTION);
}

/* Those that are remembered from before the fuzzing do not count. */
static int injections(void);

FIXTURE(fuzz) {
	int before;		/* injections */
};

FIXTURE_SETUP(fuzz)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");
	struct kt_msg m;
	int r;

	ASSERT_TRUE(f && fgets(boot_id, sizeof(boot_id), f));
	fclose(f);
	r = kt_open(&sock);
	if (r < 0)
		SKIP(return, "no family faultdrill: %s; load the module", strerror(-r));
	kt_begin(&m, &sock, FAULTDRILL_CMD_ARM, 0);
	kt_put_u64(&m, FAULTDRILL_A_ARM_NS, 600 * 1000000000ULL);
	ASSERT_EQ(0, kt_talk(&sock, &m, NULL, NULL));
	self->before = injections();
	ASSERT_TRUE(self->before >= 0);
}

/* No injection came of any of it, and the module still answers. */
FIXTURE_TEARDOWN(fuzz)
{
	struct kt_msg m;

	EXPECT_EQ(self->before, injections());
	kt_begin(&m, &sock, FAULTDRILL_CMD_STATUS_GET, 0);
	EXPECT_EQ(0, kt_talk(&sock, &m, NULL, NULL));
	kt_begin(&m, &sock, FAULTDRILL_CMD_DISARM, 0);
	EXPECT_EQ(0, kt_talk(&sock, &m, NULL, NULL));
}

TEST_F(fuzz, wrong_lengths)
{
	struct kt_msg m;
	struct nlattr *nest;
	char c = 'x';

	kt_begin(&m, &sock, FAULTDRILL_CMD_ARM, 0);
	kt_put(&m, FAULTDRILL_A_ARM_NS, "abc", 3);
	refused("a u64 of 3 bytes", &m);

	kt_begin(&m, &sock, FAULTDRILL_CMD_ARM, 0);
	kt_put(&m, FAULTDRILL_A_ARM_NS, NULL, 0);
	refused("a u64 of 0 bytes", &m);

	kt_begin(&m, &sock, FAULTDRILL_CMD_RENEW, 0);
	kt_put(&m, FAULTDRILL_A_ID, "abcdefgh", 7);
	refused("a u32 of 7 bytes", &m);

	nest = begin_injection(&m);
	kt_put(&m, FAULTDRILL_INJECTION_A_FAULT, &c, 0);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id);
	kt_nest_end(&m, nest);
	refused("an empty fault name", &m);

	nest = begin_injection(&m);
	kt_put(&m, FAULTDRILL_INJECTION_A_FAULT, NULL, 2000);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id);
	kt_nest_end(&m, nest);
	refused("a fault name of 2000 bytes", &m);

	nest = begin_injection(&m);
	kt_put(&m, FAULTDRILL_INJECTION_A_FAULT, "panicpanicpanicpanicpanicpanicpanicpanic", 40);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id);
	kt_nest_end(&m, nest);
	refused("a fault name that does not end", &m);

	nest = begin_injection(&m);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_FAULT, "panic");
	kt_put(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id, 20);
	kt_nest_end(&m, nest);
	refused("half a boot id", &m);
}

TEST_F(fuzz, wrong_nests)
{
	struct kt_msg m;
	struct nlattr *nest, *inner;

	kt_begin(&m, &sock, FAULTDRILL_CMD_INJECT, 0);
	refused("an inject without an injection", &m);

	nest = begin_injection(&m);
	kt_nest_end(&m, nest);
	refused("an empty injection", &m);

	kt_begin(&m, &sock, FAULTDRILL_CMD_INJECT, 0);
	kt_put_str(&m, FAULTDRILL_A_INJECTION, "panic");
	refused("a string for a nest", &m);

	nest = begin_injection(&m);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_FAULT, "panic");
	kt_put_str(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id);
	kt_nest_end(&m, nest);
	nest->nla_len += 400;
	refused("a nest longer than its message", &m);

	nest = begin_injection(&m);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_FAULT, "panic");
	kt_put_str(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id);
	inner = kt_nest(&m, FAULTDRILL_INJECTION_A_PARAM);
	kt_nest_end(&m, inner);
	kt_nest_end(&m, nest);
	refused("an empty parameter", &m);

	nest = begin_injection(&m);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_FAULT, "panic");
	kt_put_str(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id);
	inner = kt_nest(&m, FAULTDRILL_INJECTION_A_PARAM);
	kt_put_str(&m, FAULTDRILL_PARAM_A_NAME, "context");
	inner->nla_len = 6;
	kt_nest_end(&m, nest);
	refused("a parameter cut short", &m);

	nest = begin_injection(&m);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_FAULT, "panic");
	kt_put_str(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id);
	for (int i = 0; i < 200; i++) {
		inner = kt_nest(&m, FAULTDRILL_INJECTION_A_PARAM);
		kt_put_str(&m, FAULTDRILL_PARAM_A_NAME, "context");
		kt_put_str(&m, FAULTDRILL_PARAM_A_VALUE, "task");
		kt_nest_end(&m, inner);
	}
	kt_nest_end(&m, nest);
	refused("200 times the same parameter", &m);

	nest = begin_injection(&m);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_FAULT, "panic");
	kt_put_str(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id);
	kt_put_u32(&m, FAULTDRILL_INJECTION_A_START, 77);
	kt_nest_end(&m, nest);
	refused("a start of no known kind", &m);
}

TEST_F(fuzz, unknown_things)
{
	struct kt_msg m;
	struct nlattr *nest;

	kt_begin(&m, &sock, FAULTDRILL_CMD_MAX + 1, 0);
	refused("an unknown command", &m);

	kt_begin(&m, &sock, FAULTDRILL_CMD_EVENT, 0);
	refused("an event sent by a user", &m);

	kt_begin(&m, &sock, FAULTDRILL_CMD_ARM, 0);
	kt_put_u64(&m, FAULTDRILL_A_ARM_NS, 1000000000);
	kt_put_u32(&m, FAULTDRILL_A_MAX + 3, 1);
	refused("an unknown attribute", &m);

	nest = begin_injection(&m);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_FAULT, "panic");
	kt_put_str(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id);
	kt_put_u32(&m, FAULTDRILL_INJECTION_A_MAX + 5, 1);
	kt_nest_end(&m, nest);
	refused("an unknown attribute in an injection", &m);
}

/* A valid message for "no-such-fault", of which something is then broken. */
static void build_random(struct kt_msg *m)
{
	static const char *const names[] = { "no-such-fault", "", ("pan\xff" "c"), "%s%n", "PANIC" };
	struct nlattr *nest, *inner;

	kt_begin(m, &sock, any(FAULTDRILL_CMD_MAX + 3), any(4) ? 0 : NLM_F_DUMP);
	nest = kt_nest(m, any(FAULTDRILL_A_MAX + 3));
	kt_put_str(m, FAULTDRILL_INJECTION_A_FAULT, names[any(5)]);
	if (any(2))
		kt_put_str(m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id);
	for (uint32_t n = any(6); n; n--) {
		inner = kt_nest(m, any(FAULTDRILL_INJECTION_A_MAX + 3));
		for (uint32_t k = any(4); k; k--) {
			uint32_t len = any(40);
			struct nlattr *a = kt_put(m, any(FAULTDRILL_PARAM_A_MAX + 3), NULL, len);

			for (uint32_t b = 0; b < len; b++)
				((char *)a)[NLA_HDRLEN + b] = any(256);
		}
		if (any(8))
			kt_nest_end(m, inner);
	}
	if (any(8))
		kt_nest_end(m, nest);
	/* Bytes turned at random, beyond the headers that lead it to us. */
	for (uint32_t n = any(6); n; n--) {
		uint32_t body = NLMSG_HDRLEN + GENL_HDRLEN;

		if (m->h.nlmsg_len > body)
			m->buf[body + any(m->h.nlmsg_len - body)] = any(256);
	}
	if (!any(4) && m->h.nlmsg_len > NLMSG_HDRLEN + GENL_HDRLEN)
		m->h.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + any(m->h.nlmsg_len - NLMSG_HDRLEN -
								   GENL_HDRLEN);
}

static void drain(void)
{
	static char buf[KT_REPLY_MAX];

	while (recv(sock.fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

static unsigned long env(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 0) : otherwise;
}

TEST_F_TIMEOUT(fuzz, random_messages, 300)
{
	unsigned int rounds = env("FUZZ_ROUNDS", 5000), sent = 0;
	struct kt_msg m;

	state = env("FUZZ_SEED", 1);
	TH_LOG("%u messages, seed %llu", rounds, (unsigned long long)state);
	for (unsigned int i = 0; i < rounds; i++) {
		build_random(&m);
		m.h.nlmsg_seq = ++sock.seq;
		/* The kernel may refuse the length; it need not answer. */
		if (send(sock.fd, m.buf, m.h.nlmsg_len, 0) >= 0)
			sent++;
		drain();
	}
	EXPECT_EQ(rounds, sent);
}

static void count_injection(const struct genlmsghdr *g, size_t len, void *arg)
{
	(void)g;
	(void)len;
	++*(int *)arg;
}

static int injections(void)
{
	struct kt_msg m;
	int n = 0, r;

	drain();
	kt_begin(&m, &sock, FAULTDRILL_CMD_INJECTION_GET, NLM_F_DUMP);
	r = kt_talk(&sock, &m, count_injection, &n);
	return r < 0 ? r : n;
}

TEST_HARNESS_MAIN
