// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common-peer.h"
#include "probe/canary.h"
#include "probe/kinds.h"
#include "probe/vrrp-packet.h"

/* keepalived 2.2 on a wire: version 3, router 51, priority 150, 1 s, 10.79.0.10. */
static const uint8_t v3[] = {
	0x45, 0xc0, 0x00, 0x20, 0x00, 0x01, 0x00, 0x00, 0xff, 0x70, 0x00, 0x00, 10, 79, 0, 150,
	224, 0, 0, 18,
	0x31, 0x33, 0x96, 0x01, 0x00, 0x64, 0x00, 0x00, 10, 79, 0, 10,
};
/* RFC 3768: version 2, router 7, priority 100, 3 s, two addresses, 8 bytes of authentication. */
static const uint8_t v2[] = {
	0x45, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00, 0x00, 0xff, 0x70, 0x00, 0x00, 10, 0, 0, 1,
	224, 0, 0, 18,
	0x21, 0x07, 0x64, 0x02, 0x01, 0x03, 0x00, 0x00, 10, 0, 0, 8, 10, 0, 0, 9,
	'p', 'a', 's', 's', 0, 0, 0, 0,
};

static uint32_t sum16(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return sum;
}

/* Puts the checksum in, made another way than the code under test does it. */
static void seal(uint8_t *p, size_t len, bool with_pseudo)
{
	uint32_t sum;

	p[26] = p[27] = 0;
	sum = sum16(p + 20, len - 20);
	if (with_pseudo)
		sum += sum16(p + 12, 8) + 112 + (uint32_t)(len - 20);
	sum = 0xffff - (sum % 0xffff);
	p[26] = (uint8_t)(sum >> 8);
	p[27] = (uint8_t)sum;
}

/* On the heap, so that reading past the end is seen. */
static int parse(const uint8_t *p, size_t len, struct fdr_vrrp_advert *ret)
{
	uint8_t *copy = malloc(len ? len : 1);
	int r;

	memcpy(copy, p, len);
	r = fdr_vrrp_packet(copy, len, ret);
	free(copy);
	return r;
}

static void good_packets(void **state)
{
	struct fdr_vrrp_advert a;
	uint8_t p[64];

	(void)state;
	for (int with_pseudo = 0; with_pseudo < 2; with_pseudo++) {
		memcpy(p, v3, sizeof(v3));
		seal(p, sizeof(v3), with_pseudo);
		/* Ethernet pads what is short. */
		assert_int_equal(parse(p, 46, &a), 0);
		assert_int_equal(a.version, 3);
		assert_int_equal(a.vrid, 51);
		assert_int_equal(a.priority, 150);
		assert_int_equal(a.interval_ns, FDR_NS_PER_S);
		assert_int_equal(a.router, inet_addr("10.79.0.150"));
		assert_int_equal(a.n_addresses, 1);
		assert_int_equal(a.addresses[0], inet_addr("10.79.0.10"));
	}
	memcpy(p, v2, sizeof(v2));
	seal(p, sizeof(v2), false);
	assert_int_equal(parse(p, sizeof(v2), &a), 0);
	assert_int_equal(a.version, 2);
	assert_int_equal(a.interval_ns, 3 * FDR_NS_PER_S);
	assert_int_equal(a.n_addresses, 2);
	assert_int_equal(a.addresses[1], inet_addr("10.0.0.9"));
	/* Version 2 has no pseudo header. */
	seal(p, sizeof(v2), true);
	assert_int_equal(parse(p, sizeof(v2), &a), -EBADMSG);
}

static void damaged_packets(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
		int want;
	} cases[] = {
		{ 0, 0x65, -EBADMSG },		/* IPv6 */
		{ 0, 0x44, -EBADMSG },		/* a header too short */
		{ 0, 0x4f, -EBADMSG },		/* one beyond the packet */
		{ 3, 0x1b, -EBADMSG },		/* a total too short */
		{ 3, 0xff, -EBADMSG },		/* and one too long */
		{ 8, 254, -EBADMSG },		/* it came through a router */
		{ 9, 17, -EPROTO },		/* UDP */
		{ 20, 0x41, -EPROTO },		/* version 4 */
		{ 20, 0x32, -EPROTO },		/* no advertisement */
		{ 21, 0, -EBADMSG },		/* virtual router 0 */
		{ 23, 2, -EBADMSG },		/* more addresses than there are */
		{ 25, 0, -EBADMSG },		/* no interval */
	};
	struct fdr_vrrp_advert a;
	uint8_t p[sizeof(v3)];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(p, v3, sizeof(v3));
		p[cases[i].at] = cases[i].byte;
		seal(p, sizeof(v3), true);
		if (parse(p, sizeof(p), &a) != cases[i].want)
			fail_msg("case %zu: %d", i, parse(p, sizeof(p), &a));
	}
	memcpy(p, v3, sizeof(v3));
	seal(p, sizeof(v3), true);
	for (size_t cut = 0; cut < sizeof(v3); cut++)
		assert_int_equal(parse(p, cut, &a), -EBADMSG);
	/* Each single bit of what the checksum covers. */
	for (size_t bit = 20 * 8; bit < sizeof(v3) * 8; bit++) {
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_true(parse(p, sizeof(v3), &a) < 0);
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(parse(p, sizeof(v3), &a), 0);
}

static void made_packets(void **state)
{
	struct fdr_vrrp_advert a;
	uint8_t buf[64];
	size_t len = fdr_vrrp_make(buf, 9, 0, inet_addr("192.0.2.5"), inet_addr("192.0.2.1"));

	(void)state;
	assert_int_equal(parse(buf, len, &a), 0);
	assert_int_equal(a.vrid, 9);
	assert_int_equal(a.priority, 0);
	assert_int_equal(a.router, inet_addr("192.0.2.5"));
	assert_int_equal(a.addresses[0], inet_addr("192.0.2.1"));
	assert_int_equal(a.interval_ns, 100 * FDR_NS_PER_MS);
}

static void announcements(void **state)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x4f, 0, 0x64 };
	uint8_t buf[64], got[6], *copy;
	uint32_t address;
	size_t len = fdr_arp_make(buf, inet_addr("10.79.0.10"), mac);

	(void)state;
	assert_true(fdr_arp_announces(buf, len, &address, got));
	assert_int_equal(address, inet_addr("10.79.0.10"));
	assert_memory_equal(got, mac, 6);
	for (size_t cut = 0; cut < len; cut++) {
		copy = malloc(cut ? cut : 1);
		memcpy(copy, buf, cut);
		assert_false(fdr_arp_announces(copy, cut, &address, got));
		free(copy);
	}
	buf[27] = 11;		/* a question for another address */
	assert_false(fdr_arp_announces(buf, len, &address, got));
	fdr_arp_make(buf, 0, mac);
	assert_false(fdr_arp_announces(buf, len, &address, got));
	fdr_arp_make(buf, inet_addr("10.79.0.10"), mac);
	buf[0] = 6;		/* not Ethernet */
	assert_false(fdr_arp_announces(buf, len, &address, got));
}

/* The probe on the loopback interface, and routers that are packets. */
struct wire {
	int fd;
	struct fdr_poller *poller;
	struct recorder rec;
	struct fdr_opts opts;
	struct fdr_probe *probe;
};

static void put(struct wire *w, unsigned int protocol, const uint8_t *buf, size_t len)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)protocol),
				  .sll_ifindex = (int)if_nametoindex("lo"), .sll_halen = 6 };

	assert_int_equal(sendto(w->fd, buf, len, 0, (const struct sockaddr *)&to, sizeof(to)), len);
}

static void advertise(struct wire *w, const char *router, unsigned int priority)
{
	uint8_t buf[64];

	put(w, ETH_P_IP, buf, fdr_vrrp_make(buf, 51, priority, inet_addr(router),
					    inet_addr("192.0.2.1")));
}

static bool wire_open(struct wire *w, const char *vrid)
{
	struct fdr_probe_env env = { .name = "vrrp" };
	struct fdr_error e = { "" };
	int r;

	*w = (struct wire){ .fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0) };
	if (w->fd < 0)
		return false;
	assert_int_equal(fdr_poller_new(&w->poller), 0);
	recorder_init(&w->rec);
	make_opts(&w->opts, &fdr_probe_vrrp.kind, "interface", "lo", "vrid", vrid, "routers:a",
		  "192.0.2.7", "routers:b", "192.0.2.8", NULL);
	env.poller = w->poller;
	env.sink = &w->rec.sink;
	r = fdr_probe_start(&fdr_probe_vrrp, &env, &w->opts, &w->probe, &e);
	if (r < 0)
		fail_msg("%s", e.text);
	return true;
}

static void wire_close(struct wire *w)
{
	fdr_probe_stop(w->probe);
	fdr_opts_clear(&w->opts);
	recorder_clear(&w->rec);
	fdr_poller_free(w->poller);
	close(w->fd);
}

static void masters_on_the_wire(void **state)
{
	const struct seen_obs *silent;
	struct wire w;
	int64_t before;

	(void)state;
	if (!wire_open(&w, "0"))
		skip();		/* packet sockets are root's */
	before = fdr_now_ns();
	advertise(&w, "192.0.2.7", 150);
	assert_true(await_state(w.poller, &w.rec, "51/a", "master"));
	assert_true(recorder_is(&w.rec, "51", "held"));
	assert_true(recorder_obs(&w.rec, "51/a", 0)->pushed);
	assert_in_range(recorder_obs(&w.rec, "51/a", 0)->when.lo_ns, before, fdr_now_ns());
	/* No further one within two intervals of 100 ms. */
	assert_true(await_state(w.poller, &w.rec, "51", "silent"));
	assert_true(recorder_is(&w.rec, "51/a", "quiet"));
	silent = recorder_obs(&w.rec, "51", 1);
	assert_true(silent->when.hi_ns - recorder_obs(&w.rec, "51", 0)->when.hi_ns >= 200 * MS);
	/* Another one takes over, and is taken over from. */
	advertise(&w, "192.0.2.8", 100);
	assert_true(await_state(w.poller, &w.rec, "51/b", "master"));
	assert_true(recorder_is(&w.rec, "51", "held"));
	run_for(w.poller, 120 * MS);
	advertise(&w, "192.0.2.7", 150);
	assert_true(await_state(w.poller, &w.rec, "51/a", "master"));
	assert_true(recorder_is(&w.rec, "51/b", "quiet"));
	/* Both go on. */
	advertise(&w, "192.0.2.8", 100);
	assert_true(await_state(w.poller, &w.rec, "51", "split"));
	assert_true(recorder_is(&w.rec, "51/a", "master"));
	assert_true(recorder_is(&w.rec, "51/b", "master"));
	advertise(&w, "192.0.2.8", 100);
	assert_true(await_state(w.poller, &w.rec, "51", "held"));
	assert_true(recorder_is(&w.rec, "51/a", "quiet"));
	/* It gives up. */
	advertise(&w, "192.0.2.8", 0);
	assert_true(await_state(w.poller, &w.rec, "51/b", "quiet"));
	assert_true(recorder_is(&w.rec, "51", "silent"));
	wire_close(&w);
}

static void addresses_on_the_wire(void **state)
{
	static const uint8_t mac[6], other[6] = { 2 };
	struct wire w;
	uint8_t buf[64];

	(void)state;
	if (!wire_open(&w, "51"))
		skip();
	/* Of an address that no router has, and by nobody's hardware address: no news. */
	put(&w, ETH_P_ARP, buf, fdr_arp_make(buf, inet_addr("192.0.2.1"), mac));
	advertise(&w, "192.0.2.7", 150);
	put(&w, ETH_P_ARP, buf, fdr_arp_make(buf, inet_addr("192.0.2.1"), other));
	put(&w, ETH_P_ARP, buf, fdr_arp_make(buf, inet_addr("192.0.2.2"), mac));
	assert_true(await_state(w.poller, &w.rec, "51/a", "master"));
	run_for(w.poller, 20 * MS);
	assert_null(recorder_obs(&w.rec, "192.0.2.1/a", 0));
	put(&w, ETH_P_ARP, buf, fdr_arp_make(buf, inet_addr("192.0.2.1"), mac));
	assert_true(await_state(w.poller, &w.rec, "192.0.2.1/a", "announced"));
	/* All have the same hardware address here: it is the master's. */
	advertise(&w, "192.0.2.8", 200);
	put(&w, ETH_P_ARP, buf, fdr_arp_make(buf, inet_addr("192.0.2.1"), mac));
	assert_true(await_state(w.poller, &w.rec, "192.0.2.1/b", "announced"));
	assert_true(recorder_is(&w.rec, "192.0.2.1/a", "elsewhere"));
	/* The first one is heard again, which was master all the time and so announces nothing. */
	advertise(&w, "192.0.2.7", 210);
	run_for(w.poller, 5 * MS);
	assert_true(recorder_is(&w.rec, "192.0.2.1/b", "announced"));
	advertise(&w, "192.0.2.7", 210);
	assert_true(await_state(w.poller, &w.rec, "192.0.2.1/b", "stale"));
	/* It announces, or the other one takes over anew: that is news. */
	advertise(&w, "192.0.2.8", 220);
	put(&w, ETH_P_ARP, buf, fdr_arp_make(buf, inet_addr("192.0.2.1"), mac));
	assert_true(await_state(w.poller, &w.rec, "192.0.2.1/b", "announced"));
	wire_close(&w);
}

static void another_router(void **state)
{
	struct wire w;

	(void)state;
	if (!wire_open(&w, "52"))
		skip();
	advertise(&w, "192.0.2.7", 150);
	assert_true(await_state(w.poller, &w.rec, "", "reachable"));
	run_for(w.poller, 20 * MS);
	assert_null(recorder_obs(&w.rec, "51/a", 0));
	wire_close(&w);
}

/* A host with other things to do: the probe reads what came 250 ms later. */
static int wait_slowly(void *userdata, bool (*cond)(void *data), void *data, int64_t deadline_ns)
{
	usleep(250 * 1000);
	while (!cond(data)) {
		int64_t left = deadline_ns - fdr_now_ns();

		if (left <= 0)
			return -ETIMEDOUT;
		fdr_poller_run_once(userdata, left < 20 * MS ? left : 20 * MS);
	}
	return 0;
}

/* Says what went wrong, for it runs in a child as well. */
static bool canary_passes(void)
{
	struct fdr_canary canary = { "", "" };
	struct fdr_canary_env env = { .name = "vrrp", .wait = wait_slowly };
	struct fdr_error e = { "" };
	struct fdr_opts opts = { 0 };
	int r;

	assert_int_equal(fdr_poller_new(&env.poller), 0);
	env.userdata = env.poller;
	make_opts(&opts, &fdr_probe_vrrp.kind, "interface", "lo", "routers:a", "192.0.2.7", NULL);
	r = fdr_canary_vrrp(&env, &opts, &canary, &e);
	if (r < 0)
		fprintf(stderr, "canary: %s\n", e.text);
	fdr_opts_clear(&opts);
	fdr_poller_free(env.poller);
	return r >= 0 && strstr(canary.proven, "said master, announced and quiet") &&
	       strstr(canary.missing, "no advertisement came in 3 s on lo");
}

/* Two at once on one host do not see each other's routers. */
static void canaries(void **state)
{
	int status = 0;
	pid_t child;
	bool ok;

	(void)state;
	if (geteuid())
		skip();
	fflush(NULL);
	child = fork();
	if (!child)
		_exit(!canary_passes());
	assert_true(child > 0);
	ok = canary_passes();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(ok);
	assert_int_equal(status, 0);
}

/*
 * A loopback interface of our own, for another run of this test puts the same packets on the
 * host's; and one CPU, for what two of them send need not arrive in its order.
 */
static int own_loopback(void **state)
{
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	cpu_set_t one;
	int fd, r;

	(void)state;
	if (unshare(CLONE_NEWNET) < 0)
		return errno == EPERM ? 0 : -1;	/* as are packet sockets: the tests are skipped */
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	r = ioctl(fd, SIOCSIFFLAGS, &up);
	close(fd);
	return r < 0 ? r : sched_setaffinity(0, sizeof(one), &one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_packets),
		cmocka_unit_test(damaged_packets),
		cmocka_unit_test(made_packets),
		cmocka_unit_test(announcements),
		cmocka_unit_test(masters_on_the_wire),
		cmocka_unit_test(addresses_on_the_wire),
		cmocka_unit_test(another_router),
		cmocka_unit_test(canaries),
	};

	return cmocka_run_group_tests(tests, own_loopback, NULL);
}
