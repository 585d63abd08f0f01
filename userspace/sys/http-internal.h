/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_HTTP_INTERNAL_H
#define FDR_SYS_HTTP_INTERNAL_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "http.h"

/*
 * Two clients carry requests out.  The plain one knows HTTP/1.1 to a numeric address, a
 * connection for each request, and costs a tenth of libcurl's instructions; whatever else is
 * asked for (TLS, names, kept connections, odd headers) is libcurl's.
 */
struct fdr_http_curl;
struct fdr_http_plain;

typedef void (*fdr_http_cb)(void *userdata, const struct fdr_http_answer *a);

/* A URL, in the form that its client wants. */
struct fdr_http_url {
	char *text;		/* plain: the whole request as it is sent; else the URL */
	size_t len;
	socklen_t sa_len;	/* 0: libcurl's */
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} sa;
};

/*
 * Makes the plain client's form of @url.  1: done; 0: it is one for libcurl; or negative
 * errno.  @url has been found good.
 */
int fdr_http_plain_url(const char *url, const struct fdr_http_request *what,
		       struct fdr_http_url *ret);

/* @what must outlive it. */
int fdr_http_plain_new(struct fdr_poller *p, const struct fdr_http_request *what,
		       struct fdr_http_plain **ret);
struct fdr_http_plain *fdr_http_plain_free(struct fdr_http_plain *h);
int fdr_http_plain_call(struct fdr_http_plain *h, const struct fdr_http_url *url,
			int64_t timeout_ns, fdr_http_cb cb, void *userdata);
size_t fdr_http_plain_pending(const struct fdr_http_plain *h);
void fdr_http_plain_expire(struct fdr_http_plain *h);

int fdr_http_curl_new(struct fdr_poller *p, const struct fdr_http_request *what,
		      struct fdr_http_curl **ret);
struct fdr_http_curl *fdr_http_curl_free(struct fdr_http_curl *h);
int fdr_http_curl_call(struct fdr_http_curl *h, const struct fdr_http_url *url,
		       int64_t timeout_ns, fdr_http_cb cb, void *userdata);
size_t fdr_http_curl_pending(const struct fdr_http_curl *h);
void fdr_http_curl_expire(struct fdr_http_curl *h);

#endif /* FDR_SYS_HTTP_INTERNAL_H */
