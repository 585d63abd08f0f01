// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tsckhz - how fast this machine's time-stamp counter counts, in kHz; 0 where there is none.
 *
 * A guest that is emulated sees the host's counter, and measures it at boot
 * against emulated timers: beside a busy host it may be wrong by a factor.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define INTERVAL_NS	300000000ull
#define TRIES		1000

#ifdef __x86_64__
#include <x86intrin.h>

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Both clocks at one moment: of many looks the one that took least. */
static void look(uint64_t *tsc_ret, uint64_t *ns_ret)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint64_t before = __rdtsc(), ns = now_ns(), took = __rdtsc() - before;

		if (took < least) {
			least = took;
			*tsc_ret = before + took / 2;
			*ns_ret = ns;
		}
	}
}

static uint64_t measure(void)
{
	const struct timespec interval = { .tv_nsec = INTERVAL_NS };
	uint64_t tsc = 0, ns = 0, tsc_end = 0, ns_end = 0;

	look(&tsc, &ns);
	nanosleep(&interval, NULL);
	look(&tsc_end, &ns_end);
	if (ns_end <= ns)
		return 0;
	return (uint64_t)((double)(tsc_end - tsc) * 1e6 / (double)(ns_end - ns) + 0.5);
}
#else
static uint64_t measure(void)
{
	return 0;
}
#endif

int main(void)
{
	printf("%llu\n", (unsigned long long)measure());
	return 0;
}
