// SPDX-License-Identifier: GPL-2.0-or-later
/* MariaDB Spider: a statement for a shard that is gone ends in an error. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "kinds.h"

#define S	FDR_NS_PER_S
#define MS	FDR_NS_PER_MS

/* A negative value is the default. */
static int number(const struct fdr_conf *c, const char *key, long def, long max, long *ret,
		  struct fdr_error *e)
{
	const char *text = fdr_conf_anywhere(c, key);
	char *end;

	*ret = def;
	if (!text)
		return 0;
	*ret = strtol(text, &end, 10);
	if (end == text || *end || *ret > max)
		return fdr_err(e, -EINVAL, "%s '%.40s': a number up to %ld", key, text, max);
	if (*ret < 0)
		*ret = def;
	return 0;
}

static void predict(int64_t connect, int64_t interval, long count, int64_t poll,
		    struct fdr_prediction *ret)
{
	int64_t refused = count * interval, silent = (count + 1) * connect + refused;

	fdr_predict_range(ret, FDR_FAILURE_SILENT, FDR_DETECTED, silent, silent + poll + S,
			  "spider_connect_timeout %s for the first and %ld more tries, "
			  "spider_connect_retry_interval %s before each of those, and up to %s until "
			  "somebody asks", fdr_predict_time(connect).s, count,
			  fdr_predict_time(interval).s, fdr_predict_time(poll).s);
	fdr_predict_range(ret, FDR_FAILURE_REFUSED, FDR_DETECTED, refused, refused + poll + S,
			  "refused at once, and tried %ld times more, %s apart", count,
			  fdr_predict_time(interval).s);
	fdr_predict_range(ret, FDR_FAILURE_HANG, FDR_DETECTED, connect, connect + poll + S,
			  "spider_connect_timeout %s without a greeting, which is not tried again",
			  fdr_predict_time(connect).s);
}

static int spider_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			  struct fdr_prediction *ret, struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#;", .blank = "=", .alike = "_-" };
	int64_t poll = (int64_t)fdr_opts_num(opts, "poll");
	long connect, interval, count, read;
	struct fdr_conf c = { 0 };
	bool given;
	int r;

	r = fdr_conf_parse(texts->text[0], &style, &c, e);
	if (r < 0)
		return r;
	r = number(&c, "spider_connect_timeout", 6, 86400, &connect, e);
	if (r >= 0)
		r = number(&c, "spider_connect_retry_interval", 1000, 86400000, &interval, e);
	if (r >= 0)
		r = number(&c, "spider_connect_retry_count", 2, 100000, &count, e);
	if (r >= 0)
		r = number(&c, "spider_net_read_timeout", 600, 31536000, &read, e);
	given = fdr_conf_anywhere(&c, "spider_connect_retry_count");
	fdr_conf_clear(&c);
	if (r < 0)
		return r;
	predict(connect * S, interval * MS, count, poll, ret);
	if (!given)
		fdr_predict_remark(ret, FDR_REMARK_RISK, "spider_connect_retry_count is not given: 2 is "
				   "assumed, and servers without MDEV-35064 try 1000 times");
	fdr_predict_remark(ret, FDR_REMARK_NOTE, "of a statement that begins after the onset: one that was "
			   "under way waits for spider_net_read_timeout %s",
			   fdr_predict_time(read * S).s);
	return 0;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("my.cnf of the server with Spider's tables"),
	{ .name = "poll", .type = FDR_OPT_TIME, .def = "0s", .max = 3600000000000,
	  .summary = "how often a statement begins that asks for the shard" },
};

const struct fdr_predict_ops fdr_predict_spider = {
	.kind = { .name = "spider", .summary = "MariaDB Spider giving up on a shard",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = spider_predict,
};
