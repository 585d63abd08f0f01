/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TEST_COMMON_PEER_H
#define TEST_COMMON_PEER_H

#include "base/obs.h"
#include "base/opts.h"
#include "base/poller.h"

#define MS	FDR_NS_PER_MS

/* What a probe or workload reported, kept. */
struct seen_obs {
	char source[32], subject[128], state[32], detail[256];
	bool pushed;
	struct fdr_interval when;
};

struct seen_request {
	uint64_t seq;
	int64_t intended_ns, sent_ns, done_ns;
	enum fdr_request_status status;
	int code;
	char served_by[64], detail[160];
};

struct recorder {
	struct fdr_sink sink;
	struct seen_obs *obs;
	size_t n_obs;
	struct seen_request *requests;
	size_t n_requests;
};

void recorder_init(struct recorder *r);
void recorder_clear(struct recorder *r);
/* The n-th report (from 0) on @subject; NULL if there are fewer. */
const struct seen_obs *recorder_obs(const struct recorder *r, const char *subject, size_t n);
/* Is @state the last that was reported of @subject? */
bool recorder_is(const struct recorder *r, const char *subject, const char *state);
/* Runs the poller until that is so: false after 10 s. */
bool await_state(struct fdr_poller *p, const struct recorder *r, const char *subject,
		 const char *state);
/* Runs the poller until there are @n requests: false after 20 s. */
bool await_requests(struct fdr_poller *p, const struct recorder *r, size_t n);
void run_for(struct fdr_poller *p, int64_t ns);

/* Options from pairs of name and value; "patterns:down" is an entry of a map. */
void make_opts(struct fdr_opts *o, const struct fdr_kind *kind, ...) __attribute__((sentinel));

/* Adds one option; @name NULL ends it. */
void make_more(struct fdr_opts *o, const char *name, const char *value);

/* A server on the test's own poller, which answers as the test likes. */
struct peer;
struct peer_conn;
typedef void (*peer_fn)(void *userdata, struct peer_conn *c, const char *data, size_t len);

/* Listens on @path (an IPv4 address: there; NULL: on 127.0.0.1); @port 0 = any. */
struct peer *peer_listen(struct fdr_poller *p, const char *path, unsigned int port, peer_fn cb,
			 void *userdata);
unsigned int peer_port(const struct peer *s);
size_t peer_accepted(const struct peer *s);
/* Stops listening; the connections there are stay. */
void peer_deafen(struct peer *s);
void peer_close(struct peer *s);
void peer_send(struct peer_conn *c, const char *data, size_t len);
/* No other call on @c after this one. */
void peer_hang_up(struct peer_conn *c);

/* A fresh directory in /tmp; removed with all that is in it. */
char *make_dir(void);
void remove_dir(char *dir);

#endif /* TEST_COMMON_PEER_H */
