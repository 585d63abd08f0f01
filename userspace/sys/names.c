// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include <errno.h>
#include <string.h>

#include <linux/faultdrill.h>

/* The kernel's errno values end here (MAX_ERRNO). */
#define ERRNO_MAX	4095

static const char *const state_words[] = {
	[FAULTDRILL_STATE_PENDING] = "pending",
	[FAULTDRILL_STATE_ACTIVE] = "active",
	[FAULTDRILL_STATE_FIRED] = "fired",
	[FAULTDRILL_STATE_EXPIRED] = "expired",
	[FAULTDRILL_STATE_CLEARED] = "cleared",
	[FAULTDRILL_STATE_FAILED] = "failed",
};

static const char *const start_words[] = {
	[FAULTDRILL_START_NOW] = "now",
	[FAULTDRILL_START_DELAY] = "delay",
	[FAULTDRILL_START_REALTIME] = "realtime",
	[FAULTDRILL_START_BOOTTIME] = "boottime",
};

static const char *const event_words[] = {
	[FAULTDRILL_EVENT_ARMED] = "armed",
	[FAULTDRILL_EVENT_DISARMED] = "disarmed",
	[FAULTDRILL_EVENT_ACCEPTED] = "accepted",
	[FAULTDRILL_EVENT_ONSET] = "onset",
	[FAULTDRILL_EVENT_FIRST_HIT] = "first-hit",
	[FAULTDRILL_EVENT_RENEWED] = "renewed",
	[FAULTDRILL_EVENT_ENDED] = "ended",
	[FAULTDRILL_EVENT_COUNTS] = "counts",
};

static const char *const risk_words[] = {
	[FAULTDRILL_RISK_LOW] = "low",
	[FAULTDRILL_RISK_MEDIUM] = "medium",
	[FAULTDRILL_RISK_HIGH] = "high",
};

static const char *const param_words[] = {
	[FAULTDRILL_PARAM_STRING] = "string",
	[FAULTDRILL_PARAM_U64] = "u64",
	[FAULTDRILL_PARAM_BOOL] = "bool",
	[FAULTDRILL_PARAM_TIME] = "time",
	[FAULTDRILL_PARAM_CHOICE] = "choice",
	[FAULTDRILL_PARAM_CHOICES] = "choices",
	[FAULTDRILL_PARAM_CPULIST] = "cpulist",
	[FAULTDRILL_PARAM_PPM] = "ppm",
	[FAULTDRILL_PARAM_BLKDEV] = "blkdev",
	[FAULTDRILL_PARAM_SIZE] = "size",
	[FAULTDRILL_PARAM_S64] = "s64",
	[FAULTDRILL_PARAM_STIME] = "stime",
	[FAULTDRILL_PARAM_PATH] = "path",
	[FAULTDRILL_PARAM_NETDEV] = "netdev",
	[FAULTDRILL_PARAM_ADDR] = "addr",
	[FAULTDRILL_PARAM_PORTS] = "ports",
};

static const char *const phase_words[] = {
	[FAULTDRILL_BEACON_TEST] = "test",
	[FAULTDRILL_BEACON_ONSET] = "onset",
	[FAULTDRILL_BEACON_PANIC] = "panic",
};

static const char *const flag_words[] = {
	[__builtin_ctz(FAULTDRILL_F_FATAL)] = "fatal",
	[__builtin_ctz(FAULTDRILL_F_REVERSIBLE)] = "reversible",
	[__builtin_ctz(FAULTDRILL_F_PER_CPU)] = "per-cpu",
	[__builtin_ctz(FAULTDRILL_F_FREEZING)] = "freezing",
	[__builtin_ctz(FAULTDRILL_F_DURATION)] = "duration",
	[__builtin_ctz(FAULTDRILL_F_UNTRUSTED)] = "untrusted",
	[__builtin_ctz(FAULTDRILL_F_EXPERIMENTAL)] = "experimental",
	[__builtin_ctz(FAULTDRILL_F_DAMAGING)] = "damaging",
};

#define TABLE(a) { (a), FDR_ARRAY_LEN(a) }
static const struct {
	const char *const *words;
	size_t n;
} tables[FDR_NAMES_COUNT] = {
	[FDR_NAMES_STATE] = TABLE(state_words),
	[FDR_NAMES_START] = TABLE(start_words),
	[FDR_NAMES_EVENT] = TABLE(event_words),
	[FDR_NAMES_RISK] = TABLE(risk_words),
	[FDR_NAMES_PARAM] = TABLE(param_words),
	[FDR_NAMES_PHASE] = TABLE(phase_words),
	[FDR_NAMES_FLAG] = TABLE(flag_words),
};

const char *fdr_name(enum fdr_names table, uint64_t value)
{
	return value < tables[table].n ? tables[table].words[value] : NULL;
}

int fdr_name_value(enum fdr_names table, const char *word)
{
	for (size_t i = 0; i < tables[table].n; i++)
		if (!strcmp(tables[table].words[i], word))
			return (int)i;
	return -ENOENT;
}

const char *fdr_errno_name(int err, char *buf, size_t size)
{
	const char *name = strerrorname_np(abs(err));

	if (name)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%d", abs(err));
	return buf;
}

int fdr_errno_value(const char *name)
{
	char *end;
	long v = strtol(name, &end, 10);

	if (!*end && v > 0 && v <= ERRNO_MAX)
		return (int)v;
	for (int i = 1; i <= ERRNO_MAX; i++) {
		const char *known = strerrorname_np(i);

		if (known && !strcmp(known, name))
			return i;
	}
	return EIO;
}
