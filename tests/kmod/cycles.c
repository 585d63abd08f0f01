// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cycles - disk faults that come and go, one after the other, under whatever load there is.
 *
 *	cycles COUNT SEED MODULE DEVICE ANCHOR FAULT...
 *
 * Each FAULT is a line "NAME [PARAMETER=VALUE...]"; it is put on DEVICE for some
 * milliseconds and ends in a way that is drawn: cleared by id, with all others,
 * expired, its lease lapsed, or by unloading the module by force (which is loaded again
 * from MODULE).  Meanwhile a fault on ANCHOR, a disk that nobody uses, keeps the hook;
 * each few cycles that one goes too, so that the hook itself comes and goes.
 *
 * After each, what the injection counted must balance.  Prints what was done,
 * "wrong ..." for each thing that is not as it must be, and "cycles N wrong N".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/faultdrill.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "netlink.h"

#define MS		1000000ULL
#define S		1000000000ULL
#define STAY_MS		40	/* in effect for at most so long, where it is cleared */
#define END_S		60	/* for it to be over; it takes milliseconds */
#define FORCE_EVERY	97	/* cycles: unloaded by force */
#define BARE_EVERY	7	/* cycles: without the anchor, so that the hook goes too */
#define TOLD_EVERY	100
#define MAX_FAULTS	16

enum how { CLEARED, ALL_CLEARED, EXPIRED, LAPSED, UNLOADED, N_HOW };

static const char *const how_words[N_HOW] = { "cleared", "all cleared", "expired", "lapsed",
					      "unloaded" };

/* What counts as taken in one way or another, for the balance. */
static const char *const taken_words[] = { "failed", "held", "delayed", "dropped", "torn", "taken",
					   "swallowed" };

struct seen {
	uint32_t id, state;
	uint64_t matched, passed, taken, released, waiting;
	bool keeps;		/* it has released and waiting */
};

static struct kt_sock sock;
static const char *module, *device, *anchor_device;
static char boot_id[FAULTDRILL_BOOT_ID_LEN + 1];
static uint64_t rng;
static unsigned int wrong, ended[N_HOW];
static uint32_t anchor;
static struct { const char *line; unsigned int cycles; uint64_t taken; } faults[MAX_FAULTS];
static unsigned int n_faults;

static uint64_t any(uint64_t below)
{
	rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return (rng >> 33) % below;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static void say_wrong(const char *line, const char *what, int r)
{
	wrong++;
	printf("wrong %s: %s: %s %s\n", line, what, r ? strerror(-r) : "", sock.error);
	fflush(stdout);
}

static uint64_t number(const struct nlattr *a)
{
	uint64_t v = 0;

	if (a && kt_len(a) == 8)
		memcpy(&v, kt_data(a), 8);
	else if (a && kt_len(a) == 4)
		v = *(const uint32_t *)kt_data(a);
	return v;
}

static void got_counter(struct seen *seen, const char *name, uint64_t value)
{
	if (!strcmp(name, "matched"))
		seen->matched = value;
	else if (!strcmp(name, "passed"))
		seen->passed = value;
	else if (!strcmp(name, "released"))
		seen->released = value;
	else if (!strcmp(name, "waiting"))
		seen->waiting = value;
	seen->keeps |= !strcmp(name, "released");
	for (size_t i = 0; i < sizeof(taken_words) / sizeof(taken_words[0]); i++) {
		if (!strcmp(name, taken_words[i]))
			seen->taken += value;
	}
}

static void got_injection(const struct genlmsghdr *g, size_t len, void *arg)
{
	const struct nlattr *nest = kt_find((const char *)g + GENL_HDRLEN, len - GENL_HDRLEN,
					    FAULTDRILL_A_INJECTION), *a = NULL;
	struct seen *seen = arg;

	if (!nest)
		return;
	seen->id = number(kt_find(kt_data(nest), kt_len(nest), FAULTDRILL_INJECTION_A_ID));
	seen->state = number(kt_find(kt_data(nest), kt_len(nest), FAULTDRILL_INJECTION_A_STATE));
	while ((a = kt_next(kt_data(nest), kt_len(nest), FAULTDRILL_INJECTION_A_COUNTER, a))) {
		const struct nlattr *name = kt_find(kt_data(a), kt_len(a), FAULTDRILL_COUNTER_A_NAME);

		if (name)
			got_counter(seen, kt_data(name),
				    number(kt_find(kt_data(a), kt_len(a), FAULTDRILL_COUNTER_A_VALUE)));
	}
}

static void put_param(struct kt_msg *m, const char *name, const char *value)
{
	struct nlattr *nest = kt_nest(m, FAULTDRILL_INJECTION_A_PARAM);

	kt_put_str(m, FAULTDRILL_PARAM_A_NAME, name);
	kt_put_str(m, FAULTDRILL_PARAM_A_VALUE, value);
	kt_nest_end(m, nest);
}

/* Its id, or 0 after a word about what went wrong. */
static uint32_t inject(const char *line, const char *on, uint64_t duration, uint64_t lease)
{
	char copy[256], *rest = copy, *word;
	struct seen seen = { 0 };
	struct nlattr *nest;
	struct kt_msg m;
	int r;

	snprintf(copy, sizeof(copy), "%s", line);
	kt_begin(&m, &sock, FAULTDRILL_CMD_INJECT, 0);
	nest = kt_nest(&m, FAULTDRILL_A_INJECTION);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_FAULT, strsep(&rest, " "));
	put_param(&m, "device", on);
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		if (!value)
			continue;
		*value++ = '\0';
		put_param(&m, word, value);
	}
	kt_put_u64(&m, FAULTDRILL_INJECTION_A_DURATION_NS, duration);
	if (lease)
		kt_put_u64(&m, FAULTDRILL_INJECTION_A_LEASE_NS, lease);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id);
	kt_nest_end(&m, nest);
	r = kt_talk(&sock, &m, got_injection, &seen);
	if (r)
		say_wrong(line, "inject", r);
	return seen.id;
}

static int simple(uint8_t cmd, uint32_t id)
{
	struct kt_msg m;

	kt_begin(&m, &sock, cmd, 0);
	if (id)
		kt_put_u32(&m, FAULTDRILL_A_ID, id);
	if (cmd == FAULTDRILL_CMD_ARM)
		kt_put_u64(&m, FAULTDRILL_A_ARM_NS, 600 * S);
	return kt_talk(&sock, &m, NULL, NULL);
}

static void clear(const char *line, uint32_t id)
{
	int r = simple(FAULTDRILL_CMD_CLEAR, id);

	/* -ENOENT and the like: it was over before. */
	if (r && !sock.error[0])
		say_wrong(line, "clear without words", r);
}

static void get(uint32_t id, struct seen *seen)
{
	struct kt_msg m;

	memset(seen, 0, sizeof(*seen));
	kt_begin(&m, &sock, FAULTDRILL_CMD_INJECTION_GET, 0);
	kt_put_u32(&m, FAULTDRILL_A_ID, id);
	kt_talk(&sock, &m, got_injection, seen);
}

static bool is_over(uint32_t state)
{
	return state != FAULTDRILL_STATE_PENDING && state != FAULTDRILL_STATE_ACTIVE;
}

/* Until it is over. */
static bool wait_over(const char *line, uint32_t id, struct seen *seen)
{
	uint64_t end = now_ms() + END_S * 1000;

	do {
		get(id, seen);
		if (seen->id != id) {
			say_wrong(line, "its status cannot be read", 0);
			return false;
		}
		if (is_over(seen->state))
			return true;
		usleep(2000);
	} while (now_ms() < end);
	say_wrong(line, "is not over", 0);
	return false;
}

static void check_balance(const char *line, const struct seen *seen)
{
	char text[160];

	if (seen->matched == seen->passed + seen->taken &&
	    (!seen->keeps || (seen->released == seen->taken && !seen->waiting)))
		return;
	snprintf(text, sizeof(text), "matched %llu passed %llu taken %llu released %llu waiting %llu",
		 (unsigned long long)seen->matched, (unsigned long long)seen->passed,
		 (unsigned long long)seen->taken, (unsigned long long)seen->released,
		 (unsigned long long)seen->waiting);
	say_wrong(line, text, 0);
}

static void drop_anchor(void)
{
	struct seen seen;

	if (!anchor)
		return;
	clear("anchor", anchor);
	wait_over("anchor", anchor, &seen);
	anchor = 0;
}

/* The module goes with all that is in effect, and comes back. */
static void reload(const char *line)
{
	uint64_t end = now_ms() + END_S * 1000;
	int fd, r;

	while (syscall(SYS_delete_module, "faultdrill", O_NONBLOCK | O_TRUNC)) {
		if (errno != EAGAIN && errno != EBUSY)
			say_wrong(line, "unload", -errno);
		if (now_ms() > end)
			return;
		usleep(2000);
	}
	fd = open(module, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
		say_wrong(line, "load", -errno);
	if (fd >= 0)
		close(fd);
	kt_close(&sock);
	r = kt_open(&sock);
	if (!r)
		r = simple(FAULTDRILL_CMD_ARM, 0);
	if (r)
		say_wrong(line, "after loading", r);
	anchor = 0;
}

static enum how draw_how(unsigned int n)
{
	static const enum how usual[] = { CLEARED, CLEARED, CLEARED, EXPIRED, EXPIRED, ALL_CLEARED };

	if (n % FORCE_EVERY == FORCE_EVERY - 1)
		return UNLOADED;
	if (!any(32))
		return LAPSED;
	return usual[any(sizeof(usual) / sizeof(usual[0]))];
}

static void cycle(unsigned int n)
{
	unsigned int k = any(n_faults);
	const char *line = faults[k].line;
	enum how how = draw_how(n);
	struct seen seen;
	uint32_t id;

	if (n % BARE_EVERY == 0)
		drop_anchor();
	else if (!anchor)
		anchor = inject("disk-error ops=read", anchor_device, 600 * S, 0);
	id = inject(line, device, how == EXPIRED ? (1 + any(30)) * MS : 60 * S,
		    how == LAPSED ? 100 * MS : 0);
	if (!id)
		return;
	if (how == CLEARED || how == ALL_CLEARED || how == UNLOADED)
		usleep(any(STAY_MS * 1000));
	ended[how]++;
	faults[k].cycles++;
	if (how == UNLOADED) {
		reload(line);
		return;
	}
	if (how == CLEARED)
		clear(line, id);
	if (how == ALL_CLEARED) {
		clear(line, 0);
		anchor = 0;
	}
	if (!wait_over(line, id, &seen))
		return;
	if (seen.state != FAULTDRILL_STATE_CLEARED && seen.state != FAULTDRILL_STATE_EXPIRED)
		say_wrong(line, "failed", 0);
	check_balance(line, &seen);
	faults[k].taken += seen.taken;
}

static int start(char **argv)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");
	int r;

	if (!f || !fgets(boot_id, sizeof(boot_id), f)) {
		perror("boot_id");
		return 2;
	}
	fclose(f);
	rng = strtoull(argv[2], NULL, 0);
	module = argv[3];
	device = argv[4];
	anchor_device = argv[5];
	for (argv += 6; *argv && n_faults < MAX_FAULTS; argv++)
		faults[n_faults++].line = *argv;
	r = kt_open(&sock);
	if (!r)
		r = simple(FAULTDRILL_CMD_ARM, 0);
	if (r)
		printf("cycles: cannot arm: %s %s\n", strerror(-r), sock.error);
	return r ? 2 : 0;
}

int main(int argc, char **argv)
{
	unsigned int count;

	if (argc < 7) {
		fprintf(stderr, "usage: cycles COUNT SEED MODULE DEVICE ANCHOR FAULT...\n");
		return 2;
	}
	count = atoi(argv[1]);
	if (start(argv))
		return 2;
	for (unsigned int n = 0; n < count; n++) {
		if (n && n % TOLD_EVERY == 0) {
			printf("# %u of %u cycles\n", n, count);
			fflush(stdout);
			simple(FAULTDRILL_CMD_ARM, 0);
		}
		cycle(n);
	}
	drop_anchor();
	for (unsigned int k = 0; k < n_faults; k++)
		printf("%s: %u cycles, %llu taken\n", faults[k].line, faults[k].cycles,
		       (unsigned long long)faults[k].taken);
	for (unsigned int h = 0; h < N_HOW; h++)
		printf("%s%s %u", h ? ", " : "", how_words[h], ended[h]);
	printf("\ncycles %u wrong %u\n", count, wrong);
	return wrong > 0;
}
