// SPDX-License-Identifier: GPL-2.0-or-later
#include "sentinel-words.h"

#include <errno.h>
#include <string.h>

const char *const fdr_sentinel_subscribe[] = {
	"SUBSCRIBE", "+sdown", "-sdown", "+odown", "-odown", "+try-failover",
	"-failover-abort-not-elected", "-failover-abort-no-good-slave",
	"-failover-abort-master-is-down", "+switch-master", "+tilt", "-tilt",
};
const int fdr_sentinel_n_subscribe = FDR_ARRAY_LEN(fdr_sentinel_subscribe);

static bool event(struct fdr_sentinel_event *e, const char *name, const char *host, const char *port,
		  const char *state)
{
	int n = host ? snprintf(e->subject, sizeof(e->subject), strchr(host, ':') ? "%s/[%s]:%s" :
				"%s/%s:%s", name, host, port) :
		       snprintf(e->subject, sizeof(e->subject), "%s", name);

	e->state = state;
	return *name && n > 0 && (size_t)n < sizeof(e->subject);
}

static void tell(const char *name, const char *host, const char *port, const char *state,
		 fdr_sentinel_fn *cb, void *userdata)
{
	struct fdr_sentinel_event e;

	if (event(&e, name, host, port, state))
		cb(userdata, &e);
}

/* Splits at blanks into at most @max words; returns how many there are. */
static size_t split(char *text, char *words[], size_t max)
{
	char *save = NULL;
	size_t n = 0;

	for (char *w = strtok_r(text, " ", &save); w && n < max; w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	return n;
}

/* "slave NAME IP PORT @ MASTER-NAME MASTER-IP MASTER-PORT" */
static void replica_message(const char *channel, char *const w[], size_t n, fdr_sentinel_fn *cb,
			    void *userdata)
{
	if (n < 6 || strcmp(w[4], "@"))
		return;
	if (!strcmp(channel, "+sdown"))
		tell(w[5], w[2], w[3], "lost", cb, userdata);
	/* Whether it has caught up the next poll says. */
	else if (!strcmp(channel, "-sdown"))
		tell(w[5], w[2], w[3], "stale", cb, userdata);
}

void fdr_sentinel_message(const char *channel, const char *text, fdr_sentinel_fn *cb, void *userdata)
{
	static const struct {
		const char *channel, *state;
	} of_master[] = {
		{ "+sdown", "suspect" }, { "-sdown", "up" }, { "+odown", "down" },
		{ "-odown", "suspect" }, { "+try-failover", "failover" },
		{ "-failover-abort-not-elected", "down" }, { "-failover-abort-no-good-slave", "down" },
		{ "-failover-abort-master-is-down", "down" },
	};
	char copy[512], *w[9];
	size_t n;

	if ((size_t)snprintf(copy, sizeof(copy), "%s", text) >= sizeof(copy))
		return;
	if (!strcmp(channel, "+tilt") || !strcmp(channel, "-tilt")) {
		cb(userdata, &(struct fdr_sentinel_event){
			   .state = *channel == '+' ? "tilt" : "reachable" });
		return;
	}
	n = split(copy, w, FDR_ARRAY_LEN(w));
	/* "NAME OLD-IP OLD-PORT NEW-IP NEW-PORT" */
	if (!strcmp(channel, "+switch-master") && n == 5) {
		tell(w[0], w[1], w[2], "stale", cb, userdata);
		tell(w[0], w[3], w[4], "master", cb, userdata);
		/* Until the next poll. */
		tell(w[0], NULL, NULL, "switched", cb, userdata);
		return;
	}
	if (n && !strcmp(w[0], "slave"))
		replica_message(channel, w, n, cb, userdata);
	/* "master NAME IP PORT ..." */
	if (n < 4 || strcmp(w[0], "master"))
		return;
	for (size_t i = 0; i < FDR_ARRAY_LEN(of_master); i++)
		if (!strcmp(channel, of_master[i].channel))
			tell(w[1], NULL, NULL, of_master[i].state, cb, userdata);
}

static bool is_text(const redisReply *r)
{
	return r->type == REDIS_REPLY_STRING || r->type == REDIS_REPLY_STATUS;
}

/* A field of a list of names and values; "" if it is not there. */
static const char *field(const redisReply *of, const char *name)
{
	for (size_t i = 0; i + 1 < of->elements; i += 2)
		if (is_text(of->element[i]) && is_text(of->element[i + 1]) &&
		    !strcmp(of->element[i]->str, name))
			return of->element[i + 1]->str;
	return "";
}

static bool has_flag(const char *flags, const char *flag)
{
	size_t len = strlen(flag);

	for (const char *p = flags; p; p = strchr(p, ','), p = p ? p + 1 : NULL)
		if (!strncmp(p, flag, len) && (!p[len] || p[len] == ','))
			return true;
	return false;
}

static bool is_map(const redisReply *r)
{
	return r->type == REDIS_REPLY_ARRAY;
}

static int check(const redisReply *answer, struct fdr_error *e)
{
	if (answer->type == REDIS_REPLY_ERROR)
		return fdr_err(e, -EBADMSG, "%.200s", answer->str);
	if (answer->type != REDIS_REPLY_ARRAY)
		return fdr_err(e, -EBADMSG, "no list: is it a Sentinel?");
	for (size_t i = 0; i < answer->elements; i++)
		if (!is_map(answer->element[i]) || !*field(answer->element[i], "flags"))
			return fdr_err(e, -EBADMSG, "element %zu of the list has no flags", i);
	return 0;
}

const char *fdr_sentinel_name(const redisReply *masters, size_t i)
{
	return masters->type == REDIS_REPLY_ARRAY && i < masters->elements ?
	       field(masters->element[i], "name") : NULL;
}

int fdr_sentinel_masters(const redisReply *answer, fdr_sentinel_fn *cb, void *userdata,
			 struct fdr_error *e)
{
	int r = check(answer, e);

	for (size_t i = 0; r >= 0 && i < answer->elements; i++) {
		const redisReply *m = answer->element[i];
		const char *flags = field(m, "flags"), *name = field(m, "name");

		tell(name, NULL, NULL, has_flag(flags, "failover_in_progress") ? "failover" :
		     has_flag(flags, "o_down") ? "down" :
		     has_flag(flags, "s_down") ? "suspect" : "up", cb, userdata);
		tell(name, field(m, "ip"), field(m, "port"), "master", cb, userdata);
	}
	return r;
}

int fdr_sentinel_replicas(const redisReply *answer, const char *name, fdr_sentinel_fn *cb,
			  void *userdata, struct fdr_error *e)
{
	int r = check(answer, e);

	for (size_t i = 0; r >= 0 && i < answer->elements; i++) {
		const redisReply *m = answer->element[i];
		const char *flags = field(m, "flags");
		bool linked = !strcmp(field(m, "master-link-status"), "ok");

		tell(name, field(m, "ip"), field(m, "port"), has_flag(flags, "s_down") ? "lost" :
		     linked && has_flag(flags, "slave") ? "replica" : "stale", cb, userdata);
	}
	return r;
}

bool fdr_sentinel_tilts(const redisReply *info)
{
	const char *at = is_text(info) ? strstr(info->str, "sentinel_tilt:") : NULL;

	return at && at[strlen("sentinel_tilt:")] == '1';
}
