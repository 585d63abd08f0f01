/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_HTTP_H
#define FDR_SYS_HTTP_H

#include "base/clock.h"
#include "base/error.h"
#include "base/poller.h"

/*
 * Sends one HTTP request again and again, to one URL or many, any number of them at a
 * time: by a lean client of ours where the request is a plain one to a numeric address,
 * by libcurl otherwise, both on our poller.
 */
struct fdr_http;

struct fdr_http_request {
	const char *url;		/* the first; NULL = none yet */
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
/* One more URL for the same request, for fdr_http_call_url(); not while calls are under way. */
int fdr_http_add_url(struct fdr_http *h, const char *url, size_t *ret_url, struct fdr_error *e);
/* Calls under way end without a word. */
struct fdr_http *fdr_http_free(struct fdr_http *h);

/*
 * Begins a call at once, to the first URL.  @cb is called exactly once, from the poller,
 * with an answer that is borrowed; it may begin other calls, and may not free @h.
 * After @timeout_ns the call ends as timed out.  Fails only for want of something of our
 * own (memory, descriptors, ports); @cb is not called then.
 */
int fdr_http_call(struct fdr_http *h, int64_t timeout_ns,
		  void (*cb)(void *userdata, const struct fdr_http_answer *a), void *userdata);
int fdr_http_call_url(struct fdr_http *h, size_t url, int64_t timeout_ns,
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
