/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_WORKLOAD_REDIS_CLIENT_H
#define FDR_WORKLOAD_REDIS_CLIENT_H

#include <hiredis/hiredis.h>

#include "base/opts.h"
#include "worker-pool.h"

/* Where a Redis server is and how one logs in there; copies of its own. */
struct fdr_redis_place {
	char *host;			/* or the path of a socket */
	int port;			/* 0: a path */
	char *user, password[256];
	char *served_by;		/* field of INFO server; "": do not ask */
};

/* One connection, made when it is needed, and made anew after it failed. */
struct fdr_redis {
	const struct fdr_redis_place *place;
	redisContext *c;		/* NULL: not connected */
	char server[128];		/* what served_by says */
};

/* @address in place of the option of that name, unless NULL; clear it in either case. */
int fdr_redis_place_read(const struct fdr_opts *opts, const char *address,
			 struct fdr_redis_place *ret, struct fdr_error *e);
void fdr_redis_place_clear(struct fdr_redis_place *p);

/* Connects if need be.  False: @j says why not. */
bool fdr_redis_connect(struct fdr_redis *x, struct fdr_job *j);
/* Runs a command by the job's deadline; NULL: it failed, and @j says how. */
redisReply *fdr_redis_ask(struct fdr_redis *x, struct fdr_job *j, int n, const char **words);
void fdr_redis_close(struct fdr_redis *x);
/* What is left of the job's time. */
struct timeval fdr_redis_left(const struct fdr_job *j);

#endif /* FDR_WORKLOAD_REDIS_CLIENT_H */
