/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_HTTP_H
#define FDR_SYS_HTTP_H

#include "base/clock.h"
#include "base/error.h"
#include "base/poller.h"

/*
 * Sends one HTTP request again and again, any number of them at a time: libcurl's
 * multi interface on our poller.
 */
struct fdr_http;
struct fdr_http_call;

struct fdr_http_request {
	const char *url;
	const char *method;		/* NULL = GET, or POST with a body */
	const char *const *headers;	/* "Name: value" */
	size_t n_headers;
	const char *body;		/* NULL = none */
	const char *want_header;	/* of the answer; NULL = none */
	size_t max_body;		/* so much of the answer's body is kept; 0 = none */
	bool keepalive;			/* false: a connection of its own for each request */
	bool insecure;			/* do not verify the server's certificate */
};

struct fdr_http_answer {
	int64_t sent_ns;	/* when the call began: connecting, or sending on a kept connection */
	int64_t done_ns;	/* when the last byte of the answer was seen, or the failure */
	bool timed_out;
	int code;		/* 0: there was no answer */
	const char *error;	/* "" where an answer came */
	const char *header;	/* the value of want_header; "" if there was none */
	const char *body;	/* with a NUL behind it */
	size_t body_len;
};

/* Copies what it needs of @r.  -EINVAL: a URL that libcurl refuses, with its reason. */
int fdr_http_new(struct fdr_poller *p, const struct fdr_http_request *r, struct fdr_http **ret,
		 struct fdr_error *e);
/* Calls under way end without a word. */
struct fdr_http *fdr_http_free(struct fdr_http *h);

/*
 * Begins a call at once.  @cb is called exactly once, from the poller, with an
 * answer that is borrowed; it may begin other calls, and may not free @h.
 * After @timeout_ns the call ends as timed out.
 */
int fdr_http_call(struct fdr_http *h, int64_t timeout_ns,
		  void (*cb)(void *userdata, const struct fdr_http_answer *a), void *userdata);
/* Calls under way. */
size_t fdr_http_pending(const struct fdr_http *h);
/* Ends all calls now, each as timed out. */
void fdr_http_expire(struct fdr_http *h);

/*
 * "200-299,304" -> true if @code is in it.  -EINVAL if that is no list of codes
 * from 100 to 599; check it once with any code.
 */
int fdr_http_code_listed(const char *list, int code);

#endif /* FDR_SYS_HTTP_H */
