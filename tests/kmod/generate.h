/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random requests: the catalogue as the kernel tells it, the rules of
 * random.txt, and parameters that fit both.
 */
#ifndef KT_GENERATE_H
#define KT_GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/faultdrill.h>

#include "netlink.h"

#define KT_MAX_FAULTS	128
#define KT_MAX_PARAMS	32

struct kt_param {
	char name[FAULTDRILL_NAME_MAX + 1];
	uint32_t type;			/* enum faultdrill_param_type */
	uint64_t min, max;
	bool required;
	char choices[256];
	const char *fixed;		/* by rule: always this */
	bool never;			/* by rule: left alone */
};

struct kt_fault {
	char name[FAULTDRILL_NAME_MAX + 1];
	uint32_t flags;			/* FAULTDRILL_F_* */
	struct kt_param params[KT_MAX_PARAMS];
	unsigned int n_params;
	char left_out[FAULTDRILL_REASON_MAX + 1];	/* why; "" = take it */
};

struct kt_catalogue {
	struct kt_fault faults[KT_MAX_FAULTS];
	unsigned int n;
};

/* A stream of numbers that its seed determines. */
uint32_t kt_any(uint64_t *state, uint32_t below);
/* From lo to hi, the small ones more often. */
uint64_t kt_between(uint64_t *state, uint64_t lo, uint64_t hi);

/* What the kernel tells. 0 or -errno. */
int kt_catalogue_read(struct kt_sock *s, struct kt_catalogue *c);
/* Apply the rules of a file; 0, or -1 with the place and what is wrong in @why. */
int kt_rules_apply(const char *path, struct kt_catalogue *c, char *why, size_t len);

/* The machine's part: what %@word stands for, or NULL where there is no such thing. */
typedef const char *(*kt_place_fn)(const char *word, char *buf, size_t len);

/* Whether the machine has all that the rules name; if not, @why says what is missing. */
bool kt_has_places(const struct kt_fault *f, kt_place_fn place, char *why, size_t len);

/*
 * Put parameters that may be right into an injection.  False, with a word on it
 * in @why, where a required one has no value.
 */
bool kt_put_params(struct kt_msg *m, const struct kt_fault *f, uint64_t *rng, kt_place_fn place,
		   char *why, size_t len);

#endif /* KT_GENERATE_H */
