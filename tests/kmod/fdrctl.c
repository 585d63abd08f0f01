// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fdrctl - one request to the module, for the kernel tests' scripts.
 *
 * Exit status 0, or 1 with "ERRNO-NAME: the kernel's words" on the output.
 * inject prints the injection's id; get prints "key value" lines.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/faultdrill.h>

#include "netlink.h"

static const char *const states[] = { "pending", "active", "fired", "expired", "cleared", "failed" };

static const char usage[] =
	"usage: fdrctl [-u | -U | -N] COMMAND ...\n"
	"  -u  as an ordinary user        -U  as root of a new user namespace\n"
	"  -N  the same with a new network namespace\n"
	"  status | faults | clock | offset (of the wall clock, us)\n"
	"  arm NS | disarm\n"
	"  inject FAULT [NAME=VALUE...] [@KEY[=VALUE]...]\n"
	"      @duration= @lease= @delay= (ns)  @cookie=  @boot= (another boot id)\n"
	"      @noboot (none at all)  @dry  @force\n"
	"  renew ID NS | clear [ID] | get ID | list\n"
	"  wait ID STATE[,STATE...] MS\n"
	"  beacon IFNAME LOCAL-IP REMOTE-IP PORT MAC COOKIE\n";

static int fail(const struct kt_sock *s, int r)
{
	printf("%s: %s\n", strerrorname_np(-r) ?: "E?", s->error[0] ? s->error : "(no message)");
	return 1;
}

static long long now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* CLOCK_REALTIME minus CLOCK_BOOTTIME, by the closest of some readings. */
static long long wall_offset_us(void)
{
	long long best = 0, closest = -1;

	for (int i = 0; i < 20; i++) {
		long long before = now_ns(CLOCK_BOOTTIME), wall = now_ns(CLOCK_REALTIME);
		long long after = now_ns(CLOCK_BOOTTIME);

		if (closest >= 0 && after - before >= closest)
			continue;
		closest = after - before;
		best = wall - before - closest / 2;
	}
	return best / 1000;
}

static const char *boot_id(void)
{
	static char id[FAULTDRILL_BOOT_ID_LEN + 1];
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");

	if (!f || !fgets(id, sizeof(id), f))
		id[0] = '\0';
	if (f)
		fclose(f);
	return id;
}

/* Reading answers */

static uint64_t number(const struct nlattr *a)
{
	uint64_t v = 0;

	if (a && kt_len(a) == 8)
		memcpy(&v, kt_data(a), 8);
	else if (a && kt_len(a) == 4)
		v = *(const uint32_t *)kt_data(a);
	return v;
}

struct injection {
	uint32_t id, state;
	bool print;
};

static void got_injection(const struct genlmsghdr *g, size_t len, void *arg)
{
	const struct nlattr *nest = kt_find((const char *)g + GENL_HDRLEN, len - GENL_HDRLEN,
					    FAULTDRILL_A_INJECTION);
	const struct nlattr *a = NULL;
	struct injection *inj = arg;
	const void *p;
	size_t n;

	if (!nest)
		return;
	p = kt_data(nest);
	n = kt_len(nest);
	inj->id = number(kt_find(p, n, FAULTDRILL_INJECTION_A_ID));
	inj->state = number(kt_find(p, n, FAULTDRILL_INJECTION_A_STATE));
	if (!inj->print)
		return;
	printf("id %u\nstate %s\n", inj->id, inj->state < 6 ? states[inj->state] : "?");
	printf("onset %lld\n", (long long)number(kt_find(p, n, FAULTDRILL_INJECTION_A_ONSET_NS)));
	printf("left %llu\n",
	       (unsigned long long)number(kt_find(p, n, FAULTDRILL_INJECTION_A_LEFT_NS)));
	a = kt_find(p, n, FAULTDRILL_INJECTION_A_REASON);
	if (a)
		printf("reason %s\n", (const char *)kt_data(a));
	a = NULL;
	while ((a = kt_next(p, n, FAULTDRILL_INJECTION_A_COUNTER, a))) {
		const struct nlattr *name = kt_find(kt_data(a), kt_len(a), FAULTDRILL_COUNTER_A_NAME);

		if (name)
			printf("%s %llu\n", (const char *)kt_data(name),
			       (unsigned long long)number(kt_find(kt_data(a), kt_len(a),
								  FAULTDRILL_COUNTER_A_VALUE)));
	}
}

static void got_status(const struct genlmsghdr *g, size_t len, void *arg)
{
	const struct nlattr *nest = kt_find((const char *)g + GENL_HDRLEN, len - GENL_HDRLEN,
					    FAULTDRILL_A_STATUS);

	(void)arg;
	if (!nest)
		return;
	printf("armed %llu\nactive %llu\n",
	       (unsigned long long)number(kt_find(kt_data(nest), kt_len(nest),
						  FAULTDRILL_STATUS_A_ARMED_NS)),
	       (unsigned long long)number(kt_find(kt_data(nest), kt_len(nest),
						  FAULTDRILL_STATUS_A_ACTIVE)));
}

static void got_fault(const struct genlmsghdr *g, size_t len, void *arg)
{
	const struct nlattr *nest = kt_find((const char *)g + GENL_HDRLEN, len - GENL_HDRLEN,
					    FAULTDRILL_A_FAULT);
	const struct nlattr *name, *why;

	(void)arg;
	name = nest ? kt_find(kt_data(nest), kt_len(nest), FAULTDRILL_FAULT_A_NAME) : NULL;
	why = nest ? kt_find(kt_data(nest), kt_len(nest), FAULTDRILL_FAULT_A_UNAVAILABLE) : NULL;
	if (name)
		printf("%s %s\n", (const char *)kt_data(name),
		       why ? (const char *)kt_data(why) : "available");
}

/* Building requests */

static void put_param(struct kt_msg *m, char *word)
{
	struct nlattr *nest = kt_nest(m, FAULTDRILL_INJECTION_A_PARAM);
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	kt_put_str(m, FAULTDRILL_PARAM_A_NAME, word);
	if (value)
		kt_put_str(m, FAULTDRILL_PARAM_A_VALUE, value);
	kt_nest_end(m, nest);
}

static bool put_option(struct kt_msg *m, const char *word, bool *boot)
{
	static const struct {
		const char *name;
		uint16_t type;
	} numbers[] = {
		{ "duration=", FAULTDRILL_INJECTION_A_DURATION_NS },
		{ "lease=", FAULTDRILL_INJECTION_A_LEASE_NS },
		{ "cookie=", FAULTDRILL_INJECTION_A_COOKIE },
		{ "delay=", FAULTDRILL_INJECTION_A_START_NS },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		size_t len = strlen(numbers[i].name);

		if (strncmp(word, numbers[i].name, len))
			continue;
		kt_put_u64(m, numbers[i].type, strtoull(word + len, NULL, 0));
		if (numbers[i].type == FAULTDRILL_INJECTION_A_START_NS)
			kt_put_u32(m, FAULTDRILL_INJECTION_A_START, FAULTDRILL_START_DELAY);
		return true;
	}
	if (!strncmp(word, "boot=", 5)) {
		kt_put_str(m, FAULTDRILL_INJECTION_A_BOOT_ID, word + 5);
		*boot = false;
	} else if (!strcmp(word, "noboot")) {
		*boot = false;
	} else if (!strcmp(word, "dry")) {
		kt_put(m, FAULTDRILL_INJECTION_A_DRY_RUN, NULL, 0);
	} else if (!strcmp(word, "force")) {
		kt_put(m, FAULTDRILL_INJECTION_A_FORCE, NULL, 0);
	} else {
		return false;
	}
	return true;
}

static int inject(struct kt_sock *s, char **words)
{
	struct injection inj = { 0 };
	struct nlattr *nest;
	struct kt_msg m;
	bool boot = true;
	int r;

	kt_begin(&m, s, FAULTDRILL_CMD_INJECT, 0);
	nest = kt_nest(&m, FAULTDRILL_A_INJECTION);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_FAULT, *words++);
	for (; *words; words++) {
		if (**words != '@') {
			put_param(&m, *words);
		} else if (!put_option(&m, *words + 1, &boot)) {
			fprintf(stderr, "fdrctl: what is %s?\n", *words);
			return 2;
		}
	}
	if (boot)
		kt_put_str(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id());
	kt_nest_end(&m, nest);
	r = kt_talk(s, &m, got_injection, &inj);
	if (r < 0)
		return fail(s, r);
	printf("%u\n", inj.id);
	return 0;
}

static int get(struct kt_sock *s, const char *id, struct injection *inj)
{
	struct kt_msg m;

	kt_begin(&m, s, FAULTDRILL_CMD_INJECTION_GET, id ? 0 : NLM_F_DUMP);
	if (id)
		kt_put_u32(&m, FAULTDRILL_A_ID, strtoul(id, NULL, 0));
	return kt_talk(s, &m, got_injection, inj);
}

/* Until the injection is in one of the states; asks again every 5 ms. */
static int wait_state(struct kt_sock *s, const char *id, const char *wanted, long ms)
{
	long long end = now_ns(CLOCK_MONOTONIC) + ms * 1000000LL;
	struct injection inj = { 0 };
	int r;

	do {
		char list[128], *word, *rest = list;

		r = get(s, id, &inj);
		if (r < 0)
			return fail(s, r);
		snprintf(list, sizeof(list), "%s", wanted);
		while ((word = strsep(&rest, ","))) {
			if (inj.state < 6 && !strcmp(word, states[inj.state]))
				return 0;
		}
		usleep(5000);
	} while (now_ns(CLOCK_MONOTONIC) < end);
	printf("ETIMEDOUT: injection %s is %s, not %s, after %ld ms\n", id,
	       inj.state < 6 ? states[inj.state] : "?", wanted, ms);
	return 1;
}

static int beacon(struct kt_sock *s, char **w)
{
	uint16_t port = atoi(w[3]);
	struct in_addr local, remote;
	unsigned char mac[6];
	struct nlattr *nest;
	struct kt_msg m;
	int r;

	if (inet_pton(AF_INET, w[1], &local) != 1 || inet_pton(AF_INET, w[2], &remote) != 1 ||
	    sscanf(w[4], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4,
		   mac + 5) != 6) {
		fprintf(stderr, "fdrctl: bad address\n");
		return 2;
	}
	kt_begin(&m, s, FAULTDRILL_CMD_BEACON_SET, 0);
	nest = kt_nest(&m, FAULTDRILL_A_BEACON);
	kt_put_str(&m, FAULTDRILL_BEACON_A_IFNAME, w[0]);
	kt_put(&m, FAULTDRILL_BEACON_A_LOCAL_IP, &local, 4);
	kt_put(&m, FAULTDRILL_BEACON_A_REMOTE_IP, &remote, 4);
	kt_put(&m, FAULTDRILL_BEACON_A_LOCAL_PORT, &port, 2);
	kt_put(&m, FAULTDRILL_BEACON_A_REMOTE_PORT, &port, 2);
	kt_put(&m, FAULTDRILL_BEACON_A_REMOTE_MAC, mac, 6);
	kt_put_u64(&m, FAULTDRILL_BEACON_A_COOKIE, strtoull(w[5], NULL, 0));
	kt_nest_end(&m, nest);
	r = kt_talk(s, &m, NULL, NULL);
	return r < 0 ? fail(s, r) : 0;
}

/* A request without or with one number. */
static int simple(struct kt_sock *s, uint8_t cmd, uint16_t flags, uint16_t attr,
		  const char *number, bool wide,
		  void (*got)(const struct genlmsghdr *g, size_t len, void *arg))
{
	struct kt_msg m;
	int r;

	kt_begin(&m, s, cmd, flags);
	if (number && wide)
		kt_put_u64(&m, attr, strtoull(number, NULL, 0));
	else if (number)
		kt_put_u32(&m, attr, strtoul(number, NULL, 0));
	r = kt_talk(s, &m, got, NULL);
	return r < 0 ? fail(s, r) : 0;
}

static int renew(struct kt_sock *s, char **w)
{
	struct kt_msg m;
	int r;

	kt_begin(&m, s, FAULTDRILL_CMD_RENEW, 0);
	kt_put_u32(&m, FAULTDRILL_A_ID, strtoul(w[0], NULL, 0));
	kt_put_u64(&m, FAULTDRILL_A_LEASE_NS, strtoull(w[1], NULL, 0));
	r = kt_talk(s, &m, NULL, NULL);
	return r < 0 ? fail(s, r) : 0;
}

static int run(struct kt_sock *s, int n, char **w)
{
	struct injection inj = { .print = true };
	int r;

	if (n == 1 && !strcmp(w[0], "status"))
		return simple(s, FAULTDRILL_CMD_STATUS_GET, 0, 0, NULL, false, got_status);
	if (n == 1 && !strcmp(w[0], "faults"))
		return simple(s, FAULTDRILL_CMD_FAULT_GET, NLM_F_DUMP, 0, NULL, false, got_fault);
	if (n == 2 && !strcmp(w[0], "arm"))
		return simple(s, FAULTDRILL_CMD_ARM, 0, FAULTDRILL_A_ARM_NS, w[1], true, NULL);
	if (n == 1 && !strcmp(w[0], "disarm"))
		return simple(s, FAULTDRILL_CMD_DISARM, 0, 0, NULL, false, NULL);
	if (n >= 2 && !strcmp(w[0], "inject"))
		return inject(s, w + 1);
	if (n == 3 && !strcmp(w[0], "renew"))
		return renew(s, w + 1);
	if (n <= 2 && !strcmp(w[0], "clear"))
		return simple(s, FAULTDRILL_CMD_CLEAR, 0, FAULTDRILL_A_ID, w[1], false, NULL);
	if (n == 4 && !strcmp(w[0], "wait"))
		return wait_state(s, w[1], w[2], atol(w[3]));
	if (n == 7 && !strcmp(w[0], "beacon"))
		return beacon(s, w + 1);
	if ((n == 2 && !strcmp(w[0], "get")) || (n == 1 && !strcmp(w[0], "list"))) {
		r = get(s, w[1], &inj);
		return r < 0 ? fail(s, r) : 0;
	}
	fputs(usage, stderr);
	return 2;
}

/* Root of a namespace of one's own: all capabilities, none of them over the machine. */
static int become_ns_root(int flags)
{
	int fd;

	/* Changing uid made /proc/self root's. */
	prctl(PR_SET_DUMPABLE, 1);
	if (unshare(flags) < 0)
		return -errno;
	fd = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "deny", 4) != 4)
		return -errno;
	close(fd);
	fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0 65534 1", 9) != 9)
		return -errno;
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	struct kt_sock s;
	int opt, r = 0;

	while ((opt = getopt(argc, argv, "+uUN")) != -1) {
		if (opt == '?') {
			fputs(usage, stderr);
			return 2;
		}
		if (setgid(65534) || setuid(65534))
			r = -errno;
		else if (opt != 'u')
			r = become_ns_root(CLONE_NEWUSER | (opt == 'N' ? CLONE_NEWNET : 0));
		if (r < 0) {
			fprintf(stderr, "fdrctl: cannot change identity: %s\n", strerror(-r));
			return 2;
		}
	}
	if (optind == argc) {
		fputs(usage, stderr);
		return 2;
	}
	if (!strcmp(argv[optind], "offset")) {
		printf("%lld\n", wall_offset_us());
		return 0;
	}
	if (!strcmp(argv[optind], "clock")) {
		printf("%lld\n", now_ns(CLOCK_BOOTTIME));
		return 0;
	}
	r = kt_open(&s);
	if (r < 0)
		return fail(&s, r);
	r = run(&s, argc - optind, argv + optind);
	kt_close(&s);
	return r;
}
