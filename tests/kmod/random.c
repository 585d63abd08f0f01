// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * random - random steps from several threads at once: arm, disarm, inject,
 * renew, clear, look, wait, unload (also by force) and load again.
 *
 * The faults come from the kernel's own catalogue: whatever is reversible there
 * is injected, with random parameters that its description allows, for some
 * milliseconds.  random.txt says what a description cannot.  Each fault must be
 * accepted at least once, each accepted injection must end, no refusal may
 * come without words, and in the end the machine must be as before.
 *
 * Environment: RANDOM_STEPS, RANDOM_SEED, RANDOM_MODULE (path of the module,
 * without which it stays loaded), RANDOM_DISK, RANDOM_IFNAME, RANDOM_RULES.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/faultdrill.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "generate.h"
#include "harness.h"
#include "machine.h"
#include "track.h"

#define THREADS		4
#define MS		1000000ULL
#define S		1000000000ULL
#define TRIES		40	/* until a fault is accepted for the first time */
#define END_WAIT_S	120	/* until all have ended; a debug kernel is slow */

struct worker {
	pthread_t thread;
	struct kt_sock sock;
	uint64_t rng;
};

static struct kt_catalogue catalogue;
static struct kt_track track;
static struct { unsigned int accepted; char refusal[256]; } of_fault[KT_MAX_FAULTS];
static unsigned int steps, done, unloads, forced, refusals;
static char boot_id[FAULTDRILL_BOOT_ID_LEN + 1];
static const char *module;
/* Steps hold it for reading; who unloads by force must be alone. */
static pthread_rwlock_t alone = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
static unsigned int family;	/* changes when the module is loaded anew */

/* The kernel's own answers while the module is away or going. */
static bool is_away(int r)
{
	return r == -ENOENT || r == -EOPNOTSUPP || r == -EPROTONOSUPPORT;
}

/* 0 or -errno. Only where the module is away, or memory is short, may words be missing. */
static int talk(struct worker *w, struct kt_msg *m,
		void (*got)(const struct genlmsghdr *g, size_t len, void *arg), void *arg)
{
	int r = kt_talk(&w->sock, m, got, arg);

	if (r < 0) {
		__atomic_add_fetch(&refusals, 1, __ATOMIC_RELAXED);
		if (!w->sock.error[0] && is_away(r))
			usleep(20000);		/* or the steps are spent before it is back */
		else if (!w->sock.error[0] && r != -ENOMEM)
			kt_track_wrong(&track, "a refusal without words: %s", strerror(-r));
	}
	return r;
}

static void begin(struct worker *w, struct kt_msg *m, uint8_t cmd, uint16_t flags)
{
	w->sock.family = __atomic_load_n(&family, __ATOMIC_ACQUIRE);
	kt_begin(m, &w->sock, cmd, flags);
}

static int arm(struct worker *w)
{
	struct kt_msg m;

	begin(w, &m, FAULTDRILL_CMD_ARM, 0);
	kt_put_u64(&m, FAULTDRILL_A_ARM_NS, 600 * S);
	return talk(w, &m, NULL, NULL);
}

static int simple(struct worker *w, uint8_t cmd, uint16_t flags, uint32_t id)
{
	struct kt_msg m;

	begin(w, &m, cmd, flags);
	if (id)
		kt_put_u32(&m, FAULTDRILL_A_ID, id);
	return talk(w, &m, NULL, NULL);
}

static void got_id(const struct genlmsghdr *g, size_t len, void *arg)
{
	const struct nlattr *nest = kt_find((const char *)g + GENL_HDRLEN, len - GENL_HDRLEN,
					    FAULTDRILL_A_INJECTION);
	const struct nlattr *a = nest ? kt_find(kt_data(nest), kt_len(nest),
						FAULTDRILL_INJECTION_A_ID) : NULL;

	*(uint32_t *)arg = a ? *(const uint32_t *)kt_data(a) : 0;
}

static void put_times(struct worker *w, struct kt_msg *m, uint64_t duration, uint64_t lease)
{
	if (duration)
		kt_put_u64(m, FAULTDRILL_INJECTION_A_DURATION_NS, duration);
	if (lease)
		kt_put_u64(m, FAULTDRILL_INJECTION_A_LEASE_NS, lease);
	if (!kt_any(&w->rng, 4)) {
		kt_put_u32(m, FAULTDRILL_INJECTION_A_START, FAULTDRILL_START_DELAY);
		kt_put_u64(m, FAULTDRILL_INJECTION_A_START_NS, kt_between(&w->rng, 0, 50 * MS));
	}
}

/* 0, 1 where there is no value for a parameter, or -errno. */
static int inject(struct worker *w, unsigned int k, bool dry)
{
	const struct kt_fault *f = &catalogue.faults[k];
	uint64_t duration = 0, lease = 0, cookie;
	struct nlattr *nest;
	struct kt_msg m;
	uint32_t id = 0;
	int r;

	if (f->flags & FAULTDRILL_F_DURATION)
		duration = kt_between(&w->rng, MS, f->flags & FAULTDRILL_F_FREEZING ? 20 * MS :
				      200 * MS);
	if (!duration || !kt_any(&w->rng, 3))
		lease = kt_between(&w->rng, 100 * MS, 400 * MS);
	begin(w, &m, FAULTDRILL_CMD_INJECT, 0);
	nest = kt_nest(&m, FAULTDRILL_A_INJECTION);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_FAULT, f->name);
	kt_put_str(&m, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id);
	put_times(w, &m, duration, lease);
	if (!kt_put_params(&m, f, &w->rng, kt_place, of_fault[k].refusal,
			   sizeof(of_fault[k].refusal)))
		return 1;
	cookie = kt_track_add(&track, f->name, duration, lease);
	if (!cookie)
		return -ENOSPC;
	kt_put_u64(&m, FAULTDRILL_INJECTION_A_COOKIE, cookie);
	if (dry)
		kt_put(&m, FAULTDRILL_INJECTION_A_DRY_RUN, NULL, 0);
	kt_nest_end(&m, nest);
	r = talk(w, &m, got_id, &id);
	if (r < 0) {
		/* Another thread's words may be mixed in: they are for the reader alone. */
		if (r != -EACCES && w->sock.error[0])
			snprintf(of_fault[k].refusal, sizeof(of_fault[k].refusal), "%s",
				 w->sock.error);
		return r;
	}
	if (dry != !id)
		kt_track_wrong(&track, "%s%s was given the id %u", dry ? "a dry run of " : "",
			       f->name, id);
	if (id) {
		kt_track_replied(&track, cookie, id);
		__atomic_add_fetch(&of_fault[k].accepted, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

static void inject_any(struct worker *w)
{
	unsigned int k;

	do {
		k = kt_any(&w->rng, catalogue.n);
	} while (catalogue.faults[k].left_out[0]);
	if (inject(w, k, !kt_any(&w->rng, 8)) == -EACCES && !arm(w))
		inject(w, k, false);
}

static void renew(struct worker *w)
{
	struct kt_msg m;

	begin(w, &m, FAULTDRILL_CMD_RENEW, 0);
	kt_put_u32(&m, FAULTDRILL_A_ID, kt_track_some(&track, &w->rng));
	kt_put_u64(&m, FAULTDRILL_A_LEASE_NS, kt_between(&w->rng, 100 * MS, 300 * MS));
	talk(w, &m, NULL, NULL);
}

/* Load it again and let everyone know. */
static void load(struct worker *w)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
		kt_track_wrong(&track, "%s cannot be loaded again: %s", module, strerror(errno));
	if (fd >= 0)
		close(fd);
	kt_close(&w->sock);
	r = kt_open(&w->sock);
	if (!r)
		r = kt_track_resume(&track, &w->sock);
	if (r)
		kt_track_wrong(&track, "no family faultdrill after loading: %s", strerror(-r));
	else
		__atomic_store_n(&family, w->sock.family, __ATOMIC_RELEASE);
}

/* False where something is active; by force it must come to its end in any case. */
static bool unload(bool force)
{
	/*
	 * Another process may have looked at the module's files just now, so a
	 * refusal is right for as long as that lasts.
	 */
	if (syscall(SYS_delete_module, "faultdrill", O_NONBLOCK | (force ? O_TRUNC : 0)) == 0)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EBUSY)
		kt_track_wrong(&track, "unloading: %s", strerror(errno));
	return false;
}

static void unload_and_load(struct worker *w)
{
	if (!module || pthread_mutex_trylock(&loading))
		return;
	/* More often than not nothing is active then. */
	if (kt_any(&w->rng, 4)) {
		simple(w, FAULTDRILL_CMD_DISARM, 0, 0);
		simple(w, FAULTDRILL_CMD_CLEAR, 0, 0);
	}
	if (unload(false)) {
		__atomic_add_fetch(&unloads, 1, __ATOMIC_RELAXED);
		load(w);
	}
	pthread_mutex_unlock(&loading);
}

/* The caller does not hold the lock. */
static void force_unload(struct worker *w)
{
	if (!module)
		return;
	pthread_rwlock_wrlock(&alone);
	if (unload(true)) {
		__atomic_add_fetch(&forced, 1, __ATOMIC_RELAXED);
		load(w);
	}
	pthread_rwlock_unlock(&alone);
}

static void look_at_files(struct worker *w)
{
	char path[300];
	struct dirent *e;
	DIR *d;

	kt_read_tree("/sys/kernel/faultdrill");
	d = opendir("/sys/kernel/faultdrill/injections");
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/sys/kernel/faultdrill/injections/%s", e->d_name);
		if (e->d_name[0] != '.' && !kt_any(&w->rng, 3))
			kt_read_tree(path);
	}
	if (d)
		closedir(d);
}

static void step(struct worker *w)
{
	unsigned int what = kt_any(&w->rng, 100);

	if (what < 50)
		inject_any(w);
	else if (what < 60)
		renew(w);
	else if (what < 70)
		simple(w, FAULTDRILL_CMD_CLEAR, 0, kt_track_some(&track, &w->rng));
	else if (what < 73)
		simple(w, FAULTDRILL_CMD_CLEAR, 0, 0);
	else if (what < 79)
		simple(w, FAULTDRILL_CMD_INJECTION_GET, 0, kt_track_some(&track, &w->rng));
	else if (what < 82)
		simple(w, FAULTDRILL_CMD_INJECTION_GET, NLM_F_DUMP, 0);
	else if (what < 84)
		simple(w, FAULTDRILL_CMD_FAULT_GET, NLM_F_DUMP, 0);
	else if (what < 88)
		look_at_files(w);
	else if (what < 91)
		simple(w, FAULTDRILL_CMD_DISARM, 0, 0);
	else if (what < 94)
		arm(w);
	else if (what < 97)
		usleep(kt_any(&w->rng, 100000));
	else
		unload_and_load(w);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned int n;

	while ((n = __atomic_fetch_add(&done, 1, __ATOMIC_RELAXED)) < steps) {
		pthread_rwlock_rdlock(&alone);
		step(w);
		pthread_rwlock_unlock(&alone);
		if (!kt_any(&w->rng, 100))
			force_unload(w);
		if (n && n % 100 == 0) {
			printf("# %u of %u steps\n", n, steps);
			fflush(stdout);
		}
	}
	return NULL;
}

/* Until none is left; true if so. */
static bool all_end(void)
{
	for (unsigned int i = 0; i < END_WAIT_S * 20; i++) {
		if (!kt_track_live(&track, false))
			return true;
		usleep(50000);
	}
	return !kt_track_live(&track, true);
}

FIXTURE(random) {
	struct worker workers[THREADS];
	struct kt_machine before;
	uint64_t seed;
};

static const char *env(const char *name, const char *otherwise)
{
	return getenv(name) ?: otherwise;
}

FIXTURE_SETUP(random)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");
	char why[256] = "";
	int r;

	steps = strtoul(env("RANDOM_STEPS", "200"), NULL, 0);
	self->seed = strtoull(env("RANDOM_SEED", "1"), NULL, 0);
	module = getenv("RANDOM_MODULE");
	r = kt_open(&self->workers[0].sock);
	if (r < 0)
		SKIP(return, "no family faultdrill: %s; load the module", strerror(-r));
	ASSERT_TRUE(f && fgets(boot_id, sizeof(boot_id), f));
	fclose(f);
	family = self->workers[0].sock.family;
	for (unsigned int i = 0; i < THREADS; i++) {
		if (i)
			ASSERT_EQ(0, kt_open(&self->workers[i].sock));
		self->workers[i].rng = self->seed * THREADS + i;
	}
	ASSERT_EQ(0, kt_catalogue_read(&self->workers[0].sock, &catalogue));
	if (kt_rules_apply(env("RANDOM_RULES", "random.txt"), &catalogue, why, sizeof(why)))
		TH_LOG("%s", why);
	ASSERT_EQ('\0', why[0]);
	kt_machine_start();
	ASSERT_EQ(0, kt_track_start(&track));
	kt_machine_look(&self->before);
}

FIXTURE_TEARDOWN(random)
{
	kt_track_stop(&track);
	kt_machine_end();
}

/* Each fault once, by itself. */
static void each_fault(struct worker *w)
{
	for (unsigned int k = 0; k < catalogue.n; k++) {
		struct kt_fault *f = &catalogue.faults[k];
		int r = -EAGAIN;

		if (f->left_out[0]) {
			printf("# %s is left out: %s\n", f->name, f->left_out);
			continue;
		}
		if (!kt_has_places(f, kt_place, f->left_out, sizeof(f->left_out))) {
			printf("# %s is left out: %s\n", f->name, f->left_out);
			continue;
		}
		for (unsigned int i = 0; r < 0 && i < TRIES; i++)
			r = inject(w, k, false);
		simple(w, FAULTDRILL_CMD_CLEAR, 0, 0);
		fflush(stdout);
	}
}

static void check_faults(struct __test_metadata *_metadata)
{
	unsigned int n = 0;

	for (unsigned int k = 0; k < catalogue.n; k++) {
		if (catalogue.faults[k].left_out[0])
			continue;
		n += of_fault[k].accepted;
		printf("# %s: accepted %u times\n", catalogue.faults[k].name,
		       of_fault[k].accepted);
		if (of_fault[k].accepted)
			continue;
		TH_LOG("%s was never accepted, at last because: %s", catalogue.faults[k].name,
		       of_fault[k].refusal);
		EXPECT_TRUE(of_fault[k].accepted > 0);
	}
	printf("# %u steps: %u injections, %u refusals, %u events, unloaded %u times and %u by force\n",
	       steps, n, refusals, track.events, unloads, forced);
}

TEST_F_TIMEOUT(random, steps, 1800)
{
	struct worker *w = self->workers;
	struct kt_machine after;
	char why[512];

	printf("# seed %llu, %u steps, %d threads\n", (unsigned long long)self->seed, steps,
	       THREADS);
	ASSERT_EQ(0, arm(w));
	each_fault(w);
	ASSERT_TRUE(all_end());
	for (unsigned int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&w[i].thread, NULL, work, &w[i]));
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(w[i].thread, NULL);
	EXPECT_TRUE(all_end());
	check_faults(_metadata);
	EXPECT_EQ(0, simple(w, FAULTDRILL_CMD_CLEAR, 0, 0));
	EXPECT_EQ(0, simple(w, FAULTDRILL_CMD_DISARM, 0, 0));
	if (module) {
		EXPECT_TRUE(unload(false));
		load(w);
	}
	EXPECT_TRUE(kt_machine_same(&self->before, &after, why, sizeof(why)))
		TH_LOG("%s", why);
	EXPECT_EQ(0, track.wrong);
}

TEST_HARNESS_MAIN
