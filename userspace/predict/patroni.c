// SPDX-License-Identifier: GPL-2.0-or-later
/* Patroni: the leader's key expires in the store, and a replica takes it. */
#include <string.h>

#include "conf.h"
#include "kinds.h"

#define S	FDR_NS_PER_S

/* "mode: required", which no other section has, or "watchdog: {mode: required}"; perhaps in quotes. */
static bool is_guarded(const struct fdr_conf *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const char *key = fdr_conf_word(c, i, 0);

		for (size_t w = 1; !strcmp(key, "mode") || !strcmp(key, "watchdog"); w++) {
			if (w >= c->v[i].n)
				break;
			if (strstr(c->v[i].words[w], "require"))
				return true;
		}
	}
	return false;
}

static int patroni_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			   struct fdr_prediction *ret, struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#", .blank = ":", .plain = true };
	int64_t ttl, loop, retry;
	struct fdr_conf c = { 0 };
	bool guarded;
	int r;

	(void)opts;
	r = fdr_conf_parse(texts->text[0], &style, &c, e);
	if (r < 0)
		return r;
	ttl = fdr_conf_time_or(fdr_conf_anywhere(&c, "ttl"), S, 30 * S);
	loop = fdr_conf_time_or(fdr_conf_anywhere(&c, "loop_wait"), S, 10 * S);
	retry = fdr_conf_time_or(fdr_conf_anywhere(&c, "retry_timeout"), S, 10 * S);
	guarded = is_guarded(&c);
	fdr_conf_clear(&c);
	fdr_predict_range(ret, FDR_FAILURE_SILENT, FDR_DETECTED, ttl - loop, ttl + S,
			  "ttl %s since the leader's key was last renewed, at most loop_wait %s "
			  "before", fdr_predict_time(ttl).s, fdr_predict_time(loop).s);
	fdr_predict_range(ret, FDR_FAILURE_SILENT, FDR_PROMOTED, ttl - loop, ttl + loop + S,
			  "ttl %s, less up to loop_wait %s that is past, and up to loop_wait until a "
			  "replica takes the key", fdr_predict_time(ttl).s, fdr_predict_time(loop).s);
	fdr_predict_range(ret, FDR_FAILURE_REFUSED, FDR_DETECTED, 0, loop + S,
			  "PostgreSQL is looked at every loop_wait %s; it is restarted in place before "
			  "another takes over", fdr_predict_time(loop).s);
	if (ttl < loop + 2 * retry)
		fdr_predict_remark(ret, FDR_REMARK_CONTRADICTION, "ttl %s is less than loop_wait %s + 2 "
				   "x retry_timeout %s: a leader that retries the store loses its key",
				   fdr_predict_time(ttl).s, fdr_predict_time(loop).s,
				   fdr_predict_time(retry).s);
	if (!guarded)
		fdr_predict_remark(ret, FDR_REMARK_RISK, "no watchdog is required: a leader that stands "
				   "still for longer than ttl and wakes up is a second one, and before "
				   "Patroni 3.0.3, with etcd3, takes the key back from the new one");
	return 0;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("patroni.yml, or what \"patronictl show-config\" prints"),
};

const struct fdr_predict_ops fdr_predict_patroni = {
	.kind = { .name = "patroni", .summary = "Patroni failing PostgreSQL over",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = patroni_predict,
};
