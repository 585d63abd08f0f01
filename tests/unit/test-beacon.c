// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <linux/faultdrill.h>

#include "base/log.h"
#include "base/loop.h"
#include "sys/beacon.h"

/* As the module puts it on the wire. */
static struct faultdrill_beacon sample(void)
{
	struct faultdrill_beacon b = {
		.magic = htobe32(FAULTDRILL_BEACON_MAGIC),
		.version = htobe16(FAULTDRILL_BEACON_VERSION),
		.phase = htobe16(FAULTDRILL_BEACON_ONSET),
		.cookie = htobe64(UINT64_MAX - 1),
		.injection = htobe32(3),
		.seq = htobe32(2),
		.boottime_ns = htobe64(1000),
		.monotonic_ns = htobe64(900),
		.realtime_ns = htobe64(UINT64_C(1796040000000000000)),
		.fault = "panic",
	};

	for (unsigned char i = 0; i < 16; i++)
		b.boot_id[i] = (unsigned char)(i * 17);
	return b;
}

static void decodes(void **state)
{
	struct faultdrill_beacon b = sample();
	struct fdr_beacon_msg m;

	(void)state;
	assert_int_equal(sizeof(b), 96);
	assert_int_equal(fdr_beacon_decode(&b, sizeof(b), &m), 0);
	assert_int_equal(m.phase, FAULTDRILL_BEACON_ONSET);
	assert_true(m.cookie == UINT64_MAX - 1);
	assert_string_equal(m.boot_id, "00112233-4455-6677-8899-aabbccddeeff");
	assert_int_equal(m.injection, 3);
	assert_int_equal(m.seq, 2);
	assert_int_equal(m.boottime_ns, 1000);
	assert_int_equal(m.monotonic_ns, 900);
	assert_int_equal(m.realtime_ns, INT64_C(1796040000000000000));
	assert_string_equal(m.fault, "panic");
	/* A name that fills its field has no NUL. */
	memset(b.fault, 'a', sizeof(b.fault));
	assert_int_equal(fdr_beacon_decode(&b, sizeof(b), &m), 0);
	assert_int_equal(strlen(m.fault), sizeof(b.fault));
	/* Nobody's fault: a panic that was not planned. */
	b = sample();
	memset(b.fault, 0, sizeof(b.fault));
	b.phase = htobe16(FAULTDRILL_BEACON_PANIC);
	assert_int_equal(fdr_beacon_decode(&b, sizeof(b), &m), 0);
	assert_string_equal(m.fault, "");
}

static void refuses(void **state)
{
	struct faultdrill_beacon b = sample();
	struct fdr_beacon_msg m = { .seq = 77 };
	char longer[sizeof(b) + 1] = "";

	(void)state;
	memcpy(longer, &b, sizeof(b));
	assert_int_equal(fdr_beacon_decode(longer, sizeof(longer), &m), -EMSGSIZE);
	for (size_t n = 0; n < sizeof(b); n++)
		assert_int_equal(fdr_beacon_decode(&b, n, &m), -EMSGSIZE);
	b.magic = htobe32(FAULTDRILL_BEACON_MAGIC + 1);
	assert_int_equal(fdr_beacon_decode(&b, sizeof(b), &m), -EBADMSG);
	b = sample();
	b.version = htobe16(FAULTDRILL_BEACON_VERSION + 1);
	assert_int_equal(fdr_beacon_decode(&b, sizeof(b), &m), -EPROTONOSUPPORT);
	b = sample();
	b.phase = htobe16(FAULTDRILL_BEACON_PANIC + 1);
	assert_int_equal(fdr_beacon_decode(&b, sizeof(b), &m), -EINVAL);
	b = sample();
	b.fault[2] = '\033';
	assert_int_equal(fdr_beacon_decode(&b, sizeof(b), &m), -EINVAL);
	/* Nothing of what was refused is handed out. */
	assert_int_equal(m.seq, 77);
}

struct seen {
	struct fdr_beacon_msg last;
	size_t n;
};

static void on_beacon(void *userdata, const struct fdr_beacon_msg *msg)
{
	struct seen *s = userdata;

	s->last = *msg;
	s->n++;
}

static bool seen_two(void *userdata)
{
	return ((struct seen *)userdata)->n == 2;
}

static int sender(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void listens(void **state)
{
	struct faultdrill_beacon b = sample(), bad = sample();
	struct fdr_beacon_listener *l;
	const struct fdr_beacon_stats *stats;
	struct seen s = { 0 };
	struct fdr_error e;
	int64_t before_ns, read_ns;
	sd_event *loop;
	int fd;

	(void)state;
	fdr_log_set("test", FDR_LOG_ERROR);
	assert_int_equal(fdr_loop_new(&loop), 0);
	assert_int_equal(fdr_beacon_listen(loop, "127.0.0.1", 0, on_beacon, &s, &l, &e), 0);
	fd = sender(fdr_beacon_port(l));
	assert_int_equal(write(fd, &b, sizeof(b)), sizeof(b));
	bad.magic = 0;
	assert_int_equal(write(fd, &bad, sizeof(bad)), sizeof(bad));
	assert_int_equal(write(fd, "junk", 4), 4);
	assert_int_equal(write(fd, "", 0), 0);
	bad = sample();
	bad.version = 0;
	assert_int_equal(write(fd, &bad, sizeof(bad)), sizeof(bad));
	before_ns = fdr_now_ns();
	assert_int_equal(write(fd, &b, sizeof(b)), sizeof(b));
	/* The stamp is the arrival's: waiting before it is read changes nothing. */
	usleep(50000);
	read_ns = fdr_now_ns();
	assert_int_equal(fdr_loop_wait(loop, seen_two, &s, fdr_now_ns() + 10 * FDR_NS_PER_S), 0);
	assert_true(s.last.received_ns >= before_ns);
	assert_true(s.last.received_ns < read_ns);
	assert_int_equal(s.last.injection, 3);
	assert_int_equal(s.last.from.ss_family, AF_INET);
	stats = fdr_beacon_stats(l);
	assert_int_equal(stats->good, 2);
	assert_int_equal(stats->bad_magic, 1);
	assert_int_equal(stats->bad_length, 2);
	assert_int_equal(stats->bad_version, 1);
	close(fd);
	fdr_beacon_close(l);
	sd_event_unref(loop);
}

static void takes_both_families(void **state)
{
	struct fdr_beacon_listener *l, *second;
	struct faultdrill_beacon b = sample();
	struct seen s = { 0 };
	struct fdr_error e;
	sd_event *loop;
	int fd;

	(void)state;
	assert_int_equal(fdr_loop_new(&loop), 0);
	assert_int_equal(fdr_beacon_listen(loop, "", 0, on_beacon, &s, &l, &e), 0);
	fd = sender(fdr_beacon_port(l));
	assert_int_equal(write(fd, &b, sizeof(b)), sizeof(b));
	assert_int_equal(write(fd, &b, sizeof(b)), sizeof(b));
	assert_int_equal(fdr_loop_wait(loop, seen_two, &s, fdr_now_ns() + 10 * FDR_NS_PER_S), 0);
	/* A port that is taken, an address that is none. */
	assert_int_equal(fdr_beacon_listen(loop, "", fdr_beacon_port(l), on_beacon, &s, &second,
					   &e), -EADDRINUSE);
	assert_non_null(strstr(e.text, "cannot listen for beacons"));
	assert_int_equal(fdr_beacon_listen(loop, "localhost", 0, on_beacon, &s, &second, &e),
			 -EINVAL);
	close(fd);
	fdr_beacon_close(l);
	sd_event_unref(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(refuses),
		cmocka_unit_test(listens),
		cmocka_unit_test(takes_both_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
