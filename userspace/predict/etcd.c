// SPDX-License-Identifier: GPL-2.0-or-later
/* etcd: followers that hear no more of their leader stand for election. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "kinds.h"

#define MS	FDR_NS_PER_MS
#define MAX_MS	50000	/* etcd's own limit for an election timeout */

/*
 * One setting stands as "heartbeat-interval: 100" in a configuration file, as
 * "--heartbeat-interval=100" on a command line, and as ETCD_HEARTBEAT_INTERVAL="100" in an
 * environment file.  The last one counts.
 */
static const char *setting(const struct fdr_conf *c, const char *name, const char *variable)
{
	const char *found = NULL;

	for (size_t at = 0; at < c->n; at++) {
		for (size_t i = 0; i + 1 < c->v[at].n; i++) {
			const char *word = fdr_conf_word(c, at, i);

			word += strspn(word, "-");
			if (!strcmp(word, name) || !strcmp(word, variable))
				found = fdr_conf_word(c, at, i + 1);
		}
	}
	return found;
}

static int milliseconds(const char *text, const char *name, long def, long *ret, struct fdr_error *e)
{
	char *end;

	*ret = def;
	if (!text)
		return 0;
	text += strspn(text, "\"'");
	*ret = strtol(text, &end, 10);
	if (end == text || end[strspn(end, "\"'")] || *ret < 1 || *ret > MAX_MS)
		return fdr_err(e, -EINVAL, "%s '%.40s': milliseconds, from 1 to %d", name, text, MAX_MS);
	return 0;
}

static void predict(int64_t beat, int64_t ticks, unsigned long nodes, struct fdr_prediction *ret)
{
	/* Drawn anew between election and twice that, less a tick; the first tick is not whole. */
	int64_t least = (ticks - 2) * beat, most = (2 * ticks - 1) * beat;

	for (int f = FDR_FAILURE_SILENT; f <= FDR_FAILURE_HANG; f++) {
		enum fdr_failure failure = (enum fdr_failure)f;

		if (nodes && nodes < 3) {
			fdr_predict_never(ret, failure, FDR_PROMOTED, "the one of %lu that is left has no "
					  "majority", nodes);
			continue;
		}
		fdr_predict_range(ret, failure, FDR_DETECTED, least, most, "one to two election timeouts of "
				  "%s, in heartbeats of %s, since the leader was last heard",
				  fdr_predict_time(ticks * beat).s, fdr_predict_time(beat).s);
		fdr_predict_range(ret, failure, FDR_PROMOTED, least, 2 * most, "the same, and as much again "
				  "where the vote is split");
	}
}

static int etcd_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			struct fdr_prediction *ret, struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#", .blank = ":=", .plain = true };
	unsigned long nodes = (unsigned long)fdr_opts_num(opts, "nodes");
	struct fdr_conf c = { 0 };
	long beat, election;
	int r;

	r = fdr_conf_parse(texts->text[0], &style, &c, e);
	if (r < 0)
		return r;
	r = milliseconds(setting(&c, "heartbeat-interval", "ETCD_HEARTBEAT_INTERVAL"),
			 "heartbeat-interval", 100, &beat, e);
	if (r >= 0)
		r = milliseconds(setting(&c, "election-timeout", "ETCD_ELECTION_TIMEOUT"),
				 "election-timeout", 1000, &election, e);
	fdr_conf_clear(&c);
	if (r < 0)
		return r;
	if (election < 5 * beat) {
		fdr_predict_remark(ret, FDR_REMARK_CONTRADICTION, "election-timeout %ld ms is less than five "
				   "times heartbeat-interval %ld ms: etcd does not start", election, beat);
		return 0;
	}
	predict(beat * MS, election / beat, nodes, ret);
	fdr_predict_remark(ret, FDR_REMARK_NOTE, "of the leader's loss: that of a follower is no event "
			   "for the others, who go on as long as they are a majority");
	return 0;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("etcd's configuration or environment file, or what its command line stands in"),
	{ .name = "nodes", .type = FDR_OPT_U64, .min = 1, .max = 1000,
	  .summary = "how many members there are: is a majority left?" },
};

const struct fdr_predict_ops fdr_predict_etcd = {
	.kind = { .name = "etcd", .summary = "followers of etcd electing a leader in place of a lost one",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = etcd_predict,
};
