// SPDX-License-Identifier: GPL-2.0-or-later
/* Random requests that fit the catalogue. */
#include "generate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where neither the catalogue nor a rule says less. */
#define TIME_MAX_NS	20000000ULL
#define U64_SPAN	16
#define STIME_MAX_NS	10000000000ULL

uint32_t kt_any(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*state >> 33) % below;
}

uint64_t kt_between(uint64_t *state, uint64_t lo, uint64_t hi)
{
	uint64_t span = hi - lo;

	if (!span)
		return lo;
	/* A share of the span that is halved up to seven times. */
	span >>= kt_any(state, 8);
	return lo + (span ? (((uint64_t)kt_any(state, 1U << 31) << 31) |
			     kt_any(state, 1U << 31)) % (span + 1) : 0);
}

/* Reading the catalogue */

static uint64_t number(const struct nlattr *a)
{
	uint64_t v = 0;

	if (a && (kt_len(a) == 4 || kt_len(a) == 8))
		memcpy(&v, kt_data(a), kt_len(a));
	return v;
}

static void text(const struct nlattr *a, char *buf, size_t len)
{
	snprintf(buf, len, "%s", a ? (const char *)kt_data(a) : "");
}

static void read_param(struct kt_param *p, const struct nlattr *nest)
{
	const void *d = kt_data(nest);
	size_t n = kt_len(nest);

	text(kt_find(d, n, FAULTDRILL_PARAM_A_NAME), p->name, sizeof(p->name));
	text(kt_find(d, n, FAULTDRILL_PARAM_A_CHOICES), p->choices, sizeof(p->choices));
	p->type = number(kt_find(d, n, FAULTDRILL_PARAM_A_TYPE));
	p->min = number(kt_find(d, n, FAULTDRILL_PARAM_A_MIN));
	p->max = number(kt_find(d, n, FAULTDRILL_PARAM_A_MAX_VALUE));
	p->required = kt_find(d, n, FAULTDRILL_PARAM_A_REQUIRED);
	if (!p->min && !p->max)
		p->max = UINT64_MAX;
}

static void got_fault(const struct genlmsghdr *g, size_t len, void *arg)
{
	const struct nlattr *nest = kt_find((const char *)g + GENL_HDRLEN, len - GENL_HDRLEN,
					    FAULTDRILL_A_FAULT);
	struct kt_catalogue *c = arg;
	const struct nlattr *a = NULL;
	struct kt_fault *f;

	if (!nest || c->n == KT_MAX_FAULTS)
		return;
	f = &c->faults[c->n++];
	memset(f, 0, sizeof(*f));
	text(kt_find(kt_data(nest), kt_len(nest), FAULTDRILL_FAULT_A_NAME), f->name,
	     sizeof(f->name));
	f->flags = number(kt_find(kt_data(nest), kt_len(nest), FAULTDRILL_FAULT_A_FLAGS));
	while ((a = kt_next(kt_data(nest), kt_len(nest), FAULTDRILL_FAULT_A_PARAM, a))) {
		if (f->n_params < KT_MAX_PARAMS)
			read_param(&f->params[f->n_params++], a);
	}
	text(kt_find(kt_data(nest), kt_len(nest), FAULTDRILL_FAULT_A_UNAVAILABLE), f->left_out,
	     sizeof(f->left_out));
	if (f->flags & FAULTDRILL_F_FATAL)
		snprintf(f->left_out, sizeof(f->left_out), "fatal");
	else if (!(f->flags & FAULTDRILL_F_REVERSIBLE))
		snprintf(f->left_out, sizeof(f->left_out), "not reversible");
}

int kt_catalogue_read(struct kt_sock *s, struct kt_catalogue *c)
{
	struct kt_msg m;

	c->n = 0;
	kt_begin(&m, s, FAULTDRILL_CMD_FAULT_GET, NLM_F_DUMP);
	return kt_talk(s, &m, got_fault, c);
}

/* Rules */

/* Cut @line at " | "; returns the number of fields. */
static unsigned int split(char *line, char **fields, unsigned int max)
{
	unsigned int n = 0;

	while (line && n < max) {
		char *bar = strstr(line, " | ");

		fields[n++] = line;
		if (bar)
			*bar = '\0';
		line = bar ? bar + 3 : NULL;
	}
	for (unsigned int i = 0; i < n; i++) {
		char *end = fields[i] + strlen(fields[i]);

		fields[i] += strspn(fields[i], " \t");
		while (end > fields[i] && strchr(" \t\n", end[-1]))
			*--end = '\0';
	}
	return line ? max + 1 : n;
}

static bool apply_to_param(struct kt_param *p, const char *rule)
{
	if (!strcmp(rule, "never")) {
		p->never = true;
	} else if (!strncmp(rule, "= ", 2)) {
		p->fixed = strdup(rule + 2);
		p->never = false;
	} else if (!strncmp(rule, "<= ", 3)) {
		uint64_t max = strtoull(rule + 3, NULL, 0);

		if (max < p->max)
			p->max = max;
	} else {
		return false;
	}
	return true;
}

static bool apply(struct kt_catalogue *c, char **fields)
{
	bool good = true;

	for (unsigned int i = 0; i < c->n; i++) {
		struct kt_fault *f = &c->faults[i];

		if (strcmp(fields[0], "*") && strcmp(fields[0], f->name))
			continue;
		if (!strcmp(fields[1], "-")) {
			if (strcmp(fields[2], "never"))
				return false;
			snprintf(f->left_out, sizeof(f->left_out), "%s", fields[3]);
		}
		for (unsigned int k = 0; k < f->n_params; k++) {
			if (!strcmp(fields[1], f->params[k].name))
				good = apply_to_param(&f->params[k], fields[2]) && good;
		}
	}
	return good;
}

int kt_rules_apply(const char *path, struct kt_catalogue *c, char *why, size_t len)
{
	FILE *file = fopen(path, "r");
	unsigned int number = 0;
	char line[512];
	int r = 0;

	if (!file) {
		snprintf(why, len, "%s: %s", path, strerror(errno));
		return -1;
	}
	while (!r && fgets(line, sizeof(line), file)) {
		char *fields[4];

		number++;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (split(line, fields, 4) != 4 || !apply(c, fields)) {
			snprintf(why, len, "%s:%u: not 'fault | parameter | rule | why'", path,
				 number);
			r = -1;
		}
	}
	fclose(file);
	return r;
}

/* Values */

static void random_words(const char *choices, bool many, uint64_t *rng, char *buf, size_t len)
{
	char list[256], *word, *rest = list;
	unsigned int n = 1, chosen;

	snprintf(list, sizeof(list), "%s", choices);
	for (const char *p = list; *p; p++)
		n += *p == '|';
	chosen = kt_any(rng, n);
	buf[0] = '\0';
	for (unsigned int i = 0; (word = strsep(&rest, "|")); i++) {
		if (i != chosen && !(many && kt_any(rng, 2)))
			continue;
		if (buf[0])
			strncat(buf, ",", len - strlen(buf) - 1);
		strncat(buf, word, len - strlen(buf) - 1);
	}
}

static void random_cpus(uint64_t *rng, char *buf, size_t len)
{
	unsigned int n = sysconf(_SC_NPROCESSORS_ONLN), chosen = kt_any(rng, n);

	buf[0] = '\0';
	for (unsigned int cpu = 0; cpu < n && cpu < 32; cpu++) {
		if (cpu == chosen || !kt_any(rng, 2))
			snprintf(buf + strlen(buf), len - strlen(buf), "%s%u", buf[0] ? "," : "",
				 cpu);
	}
}

/* Either way of 0: the bounds are of what is left without the sign. */
static long long random_signed(const struct kt_param *p, uint64_t *rng, uint64_t far)
{
	uint64_t max = p->max < far ? p->max : far;
	long long v = kt_between(rng, p->min < max ? p->min : max, max);

	return kt_any(rng, 2) ? -v : v;
}

/* False: there is no telling what a text should be. */
static bool random_value(const struct kt_param *p, uint64_t *rng, char *buf, size_t len)
{
	uint64_t max = p->max;

	switch (p->type) {
	case FAULTDRILL_PARAM_U64:
		if (max - p->min > U64_SPAN && max == UINT64_MAX)
			max = p->min + U64_SPAN;
		snprintf(buf, len, "%llu", (unsigned long long)kt_between(rng, p->min, max));
		return true;
	case FAULTDRILL_PARAM_PPM:
		if (max > 1000000)
			max = 1000000;
		snprintf(buf, len, "%llu", (unsigned long long)kt_between(rng, p->min, max));
		return true;
	case FAULTDRILL_PARAM_TIME:
		if (max > TIME_MAX_NS)
			max = TIME_MAX_NS > p->min ? TIME_MAX_NS : p->min;
		snprintf(buf, len, "%lluns", (unsigned long long)kt_between(rng, p->min, max));
		return true;
	case FAULTDRILL_PARAM_S64:
		snprintf(buf, len, "%lld", random_signed(p, rng, INT32_MAX));
		return true;
	case FAULTDRILL_PARAM_STIME:
		snprintf(buf, len, "%lldns", random_signed(p, rng, STIME_MAX_NS));
		return true;
	case FAULTDRILL_PARAM_BOOL:
		snprintf(buf, len, "%s", kt_any(rng, 2) ? "yes" : "no");
		return true;
	case FAULTDRILL_PARAM_CHOICE:
	case FAULTDRILL_PARAM_CHOICES:
		random_words(p->choices, p->type == FAULTDRILL_PARAM_CHOICES, rng, buf, len);
		return true;
	case FAULTDRILL_PARAM_CPULIST:
		random_cpus(rng, buf, len);
		return true;
	}
	return false;
}

/* NULL: leave it out. */
static const char *choose(const struct kt_param *p, uint64_t *rng, kt_place_fn place, char *buf,
			  size_t len)
{
	if (p->never)
		return NULL;
	if (p->fixed)
		return p->fixed[0] == '%' ? place(p->fixed + 1, buf, len) : p->fixed;
	if (!p->required && kt_any(rng, 2))
		return NULL;
	return random_value(p, rng, buf, len) ? buf : NULL;
}

bool kt_has_places(const struct kt_fault *f, kt_place_fn place, char *why, size_t len)
{
	for (unsigned int i = 0; i < f->n_params; i++) {
		const struct kt_param *p = &f->params[i];
		char buf[FAULTDRILL_VALUE_MAX + 1];

		if (!p->required || !p->fixed || p->fixed[0] != '%' ||
		    place(p->fixed + 1, buf, sizeof(buf)))
			continue;
		snprintf(why, len, "this machine has no %s for '%s'", p->fixed + 1, p->name);
		return false;
	}
	return true;
}

bool kt_put_params(struct kt_msg *m, const struct kt_fault *f, uint64_t *rng, kt_place_fn place,
		   char *why, size_t len)
{
	for (unsigned int i = 0; i < f->n_params; i++) {
		const struct kt_param *p = &f->params[i];
		char buf[FAULTDRILL_VALUE_MAX + 1];
		const char *value = choose(p, rng, place, buf, sizeof(buf));
		struct nlattr *nest;

		if (!value && p->required) {
			snprintf(why, len, "no value for '%s': random.txt needs a row", p->name);
			return false;
		}
		if (!value)
			continue;
		nest = kt_nest(m, FAULTDRILL_INJECTION_A_PARAM);
		kt_put_str(m, FAULTDRILL_PARAM_A_NAME, p->name);
		kt_put_str(m, FAULTDRILL_PARAM_A_VALUE, value);
		kt_nest_end(m, nest);
	}
	return true;
}
