// SPDX-License-Identifier: GPL-2.0-or-later
#include "http.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>

#include "http-internal.h"

struct fdr_http {
	struct fdr_poller *poller;
	struct fdr_http_request what;	/* with copies of all texts */
	char **headers, *method, *body, *want_header;
	struct fdr_http_url *urls;
	size_t n_urls;
	/* Each is made when the first URL needs it. */
	struct fdr_http_plain *plain;
	struct fdr_http_curl *curl;
};

static int code_range(const char **s, int *ret_lo, int *ret_hi)
{
	int n = 0;

	if (sscanf(*s, "%3d%n", ret_lo, &n) != 1)
		return -EINVAL;
	*s += n;
	*ret_hi = *ret_lo;
	if (**s == '-') {
		if (sscanf(++*s, "%3d%n", ret_hi, &n) != 1)
			return -EINVAL;
		*s += n;
	}
	return *ret_lo < 100 || *ret_hi > 599 || *ret_hi < *ret_lo ? -EINVAL : 0;
}

int fdr_http_code_listed(const char *list, int code)
{
	bool listed = false;
	int lo, hi;

	for (;; list++) {
		list += strspn(list, " ");
		if (code_range(&list, &lo, &hi) < 0)
			return -EINVAL;
		listed |= code >= lo && code <= hi;
		list += strspn(list, " ");
		if (!*list)
			return listed;
		if (*list != ',')
			return -EINVAL;
	}
}

static int check_url(const char *url, struct fdr_error *e)
{
	CURLU *u = curl_url();
	char *scheme = NULL;
	CURLUcode r;
	int ret = 0;

	if (!u)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = curl_url_set(u, CURLUPART_URL, url, 0);
	if (r || curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
	    (strcmp(scheme, "http") && strcmp(scheme, "https")))
		ret = fdr_err(e, -EINVAL, "\"%.300s\" is no URL that begins with http:// or https://%s%s",
			      url, r ? ": " : "", r ? curl_url_strerror(r) : "");
	curl_free(scheme);
	curl_url_cleanup(u);
	return ret;
}

/* Copies the request, for calls that begin later. */
static int copy_request(struct fdr_http *h, const struct fdr_http_request *r)
{
	h->what = *r;
	h->method = r->method ? strdup(r->method) : NULL;
	h->body = r->body ? strdup(r->body) : NULL;
	h->want_header = r->want_header ? strdup(r->want_header) : NULL;
	h->headers = calloc(r->n_headers + 1, sizeof(*h->headers));
	if ((r->method && !h->method) || (r->body && !h->body) ||
	    (r->want_header && !h->want_header) || !h->headers)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_headers; i++) {
		h->headers[i] = strdup(r->headers[i]);
		if (!h->headers[i])
			return -ENOMEM;
	}
	h->what.url = NULL;
	h->what.method = h->method;
	h->what.body = h->body;
	h->what.want_header = h->want_header;
	h->what.headers = (const char *const *)h->headers;
	return 0;
}

/* The client that @url, which has been found good, wants. */
static int prepare(struct fdr_http *h, const char *url, struct fdr_http_url *ret)
{
	int r = fdr_http_plain_url(url, &h->what, ret);

	if (r < 0)
		return r;
	if (r)
		return h->plain ? 0 : fdr_http_plain_new(h->poller, &h->what, &h->plain);
	ret->text = strdup(url);
	if (!ret->text)
		return -ENOMEM;
	return h->curl ? 0 : fdr_http_curl_new(h->poller, &h->what, &h->curl);
}

int fdr_http_add_url(struct fdr_http *h, const char *url, size_t *ret_url, struct fdr_error *e)
{
	size_t n = h->n_urls;
	int r = check_url(url, e);

	if (r < 0)
		return r;
	/* Calls under way point at URLs, so none may be: see http.h. */
	if (!(n & (n - 1))) {
		void *more = reallocarray(h->urls, n ? n * 2 : 1, sizeof(*h->urls));

		if (!more)
			return fdr_err(e, -ENOMEM, "out of memory");
		h->urls = more;
	}
	r = prepare(h, url, &h->urls[n]);
	if (r < 0) {
		free(h->urls[n].text);
		return fdr_err(e, r, r == -EIO ? "libcurl does not start" : "out of memory");
	}
	h->n_urls++;
	*ret_url = n;
	return 0;
}

int fdr_http_new(struct fdr_poller *p, const struct fdr_http_request *r, struct fdr_http **ret,
		 struct fdr_error *e)
{
	struct fdr_http *h = calloc(1, sizeof(*h));
	size_t first;
	int err = 0;

	if (!h)
		return fdr_err(e, -ENOMEM, "out of memory");
	h->poller = p;
	if (copy_request(h, r) < 0)
		err = fdr_err(e, -ENOMEM, "out of memory");
	else if (r->url)
		err = fdr_http_add_url(h, r->url, &first, e);
	if (err < 0) {
		fdr_http_free(h);
		return err;
	}
	*ret = h;
	return 0;
}

struct fdr_http *fdr_http_free(struct fdr_http *h)
{
	if (!h)
		return NULL;
	fdr_http_plain_free(h->plain);
	fdr_http_curl_free(h->curl);
	for (size_t i = 0; i < h->n_urls; i++)
		free(h->urls[i].text);
	free(h->urls);
	for (size_t i = 0; h->headers && h->headers[i]; i++)
		free(h->headers[i]);
	free(h->headers);
	free(h->method);
	free(h->body);
	free(h->want_header);
	free(h);
	return NULL;
}

int fdr_http_call_url(struct fdr_http *h, size_t url, int64_t timeout_ns,
		      void (*cb)(void *userdata, const struct fdr_http_answer *a), void *userdata)
{
	const struct fdr_http_url *u = &h->urls[url];

	return u->sa_len ? fdr_http_plain_call(h->plain, u, timeout_ns, cb, userdata) :
			   fdr_http_curl_call(h->curl, u, timeout_ns, cb, userdata);
}

int fdr_http_call(struct fdr_http *h, int64_t timeout_ns,
		  void (*cb)(void *userdata, const struct fdr_http_answer *a), void *userdata)
{
	return fdr_http_call_url(h, 0, timeout_ns, cb, userdata);
}

size_t fdr_http_pending(const struct fdr_http *h)
{
	return (h->plain ? fdr_http_plain_pending(h->plain) : 0) +
	       (h->curl ? fdr_http_curl_pending(h->curl) : 0);
}

void fdr_http_expire(struct fdr_http *h)
{
	if (h->plain)
		fdr_http_plain_expire(h->plain);
	if (h->curl)
		fdr_http_curl_expire(h->curl);
}
