// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz - messages that no honest program sends.
 *
 * Armed and with the right boot id at hand, so that nothing but the checks of
 * the message itself stands between the message and a fault.  A fault's name
 * is only ever sent in messages that are wrong in some other way.  Whatever
 * happens, no injection may come of it, and the kernel must go on answering.
 *
 * Usage: fuzz [ROUNDS [SEED]]; KTAP on the output.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/faultdrill.h>

#include "netlink.h"

static struct kt_sock sock;
static unsigned int tests;
static int failures;
static char boot_id[FAULTDRILL_BOOT_ID_LEN + 1];

static void result(bool ok, const char *name, const char *why)
{
	if (!ok)
		failures++;
	printf("%s %u %s", ok ? "ok" : "not ok", ++tests, name);
	printf(ok ? "\n" : "\n# %s\n", why);
}

static uint64_t state;

static uint32_t any(uint32_t n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % n;
}

/* Sends a message that must be refused. */
static void refused(const char *name, struct kt_msg *m)
{
	char why[400];
	int r = kt_talk(&sock, m, NULL, NULL);

	snprintf(why, sizeof(why), "answer %d '%s'", r, sock.error);
	result(r < 0 && r != -EAGAIN, name, why);
}

static struct nlattr *begin_injection(struct kt_msg *m)
{
	kt_begin(m, &sock, FAULTDRILL_CMD_INJECT, 0);
	return kt_nest(m, FAULTDRILL_A_INJECTION);
}

static void wrong_lengths(void)
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

static void wrong_nests(void)
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

static void unknown_things(void)
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
	static const char *const names[] = { "no-such-fault", "", "pan\xff" "c", "%s%n", "PANIC" };
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

static void random_messages(unsigned int rounds, uint64_t seed)
{
	char name[80], why[80];
	struct kt_msg m;
	unsigned int sent = 0;

	state = seed;
	for (unsigned int i = 0; i < rounds; i++) {
		build_random(&m);
		m.h.nlmsg_seq = ++sock.seq;
		/* The kernel may refuse the length; it need not answer. */
		if (send(sock.fd, m.buf, m.h.nlmsg_len, 0) >= 0)
			sent++;
		drain();
	}
	snprintf(name, sizeof(name), "%u random messages from seed %llu were taken in", rounds,
		 (unsigned long long)seed);
	snprintf(why, sizeof(why), "only %u were sent", sent);
	result(sent == rounds, name, why);
}

static void count_injection(const struct genlmsghdr *g, size_t len, void *arg)
{
	(void)g;
	(void)len;
	++*(int *)arg;
}

/* Those that are remembered from before the fuzzing do not count. */
static int injections(void)
{
	struct kt_msg m;
	int n = 0, r;

	drain();
	kt_begin(&m, &sock, FAULTDRILL_CMD_INJECTION_GET, NLM_F_DUMP);
	r = kt_talk(&sock, &m, count_injection, &n);
	return r < 0 ? r : n;
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 5000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");
	struct kt_msg m;
	char why[80];
	int before, after, r;

	printf("TAP version 13\n");
	if (!f || !fgets(boot_id, sizeof(boot_id), f))
		return 1;
	fclose(f);
	r = kt_open(&sock);
	if (r < 0) {
		printf("Bail out! no family faultdrill: %s\n", strerror(-r));
		return 1;
	}
	kt_begin(&m, &sock, FAULTDRILL_CMD_ARM, 0);
	kt_put_u64(&m, FAULTDRILL_A_ARM_NS, 600 * 1000000000ULL);
	if (kt_talk(&sock, &m, NULL, NULL) < 0) {
		printf("Bail out! cannot arm: %s\n", sock.error);
		return 1;
	}
	before = injections();
	wrong_lengths();
	wrong_nests();
	unknown_things();
	random_messages(rounds, seed);
	after = injections();
	snprintf(why, sizeof(why), "%d injections before, %d after", before, after);
	result(before >= 0 && after == before, "no injection came of any of it", why);

	kt_begin(&m, &sock, FAULTDRILL_CMD_STATUS_GET, 0);
	r = kt_talk(&sock, &m, NULL, NULL);
	snprintf(why, sizeof(why), "answer %d", r);
	result(r == 0, "the module still answers", why);
	kt_begin(&m, &sock, FAULTDRILL_CMD_DISARM, 0);
	kt_talk(&sock, &m, NULL, NULL);
	printf("1..%u\n", tests);
	return failures ? 1 : 0;
}
