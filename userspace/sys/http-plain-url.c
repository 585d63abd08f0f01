// SPDX-License-Identifier: GPL-2.0-or-later
/* Which requests the plain client carries out, and their text. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <string.h>

#include "http-internal.h"

/* The parts of a URL that matter here; libcurl's strings. */
struct parts {
	char *scheme, *user, *password, *host, *zone, *port, *path, *query;
};

/* Headers that change how a message is delimited, or whether a connection lasts. */
static const char *const odd_headers[] = {
	"connection", "content-length", "expect", "te", "transfer-encoding", "upgrade",
};

static bool is_header(const char *header, const char *name)
{
	size_t n = strlen(name);

	return !strncasecmp(header, name, n) && (header[n] == ':' || header[n] == ';');
}

static bool given(const struct fdr_http_request *w, const char *name)
{
	for (size_t i = 0; i < w->n_headers; i++)
		if (is_header(w->headers[i], name))
			return true;
	return false;
}

static bool suits(const struct fdr_http_request *w)
{
	if (w->keepalive || (w->method && !strcmp(w->method, "CONNECT")))
		return false;
	for (size_t i = 0; i < FDR_ARRAY_LEN(odd_headers); i++)
		if (given(w, odd_headers[i]))
			return false;
	for (size_t i = 0; i < w->n_headers; i++) {
		const char *colon = strchr(w->headers[i], ':');

		/* libcurl takes a name without a value for a header that is to be left out. */
		if (colon && !colon[1 + strspn(colon + 1, " \t")])
			return false;
	}
	return true;
}

static char *part(CURLU *u, CURLUPart what)
{
	char *s = NULL;

	curl_url_get(u, what, &s, what == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0);
	return s;
}

static void split(CURLU *u, struct parts *ret)
{
	*ret = (struct parts){
		.scheme = part(u, CURLUPART_SCHEME), .user = part(u, CURLUPART_USER),
		.password = part(u, CURLUPART_PASSWORD), .host = part(u, CURLUPART_HOST),
		.zone = part(u, CURLUPART_ZONEID), .port = part(u, CURLUPART_PORT),
		.path = part(u, CURLUPART_PATH), .query = part(u, CURLUPART_QUERY),
	};
}

static void clear(struct parts *p)
{
	char *const all[] = { p->scheme, p->user, p->password, p->host, p->zone, p->port, p->path,
			      p->query };

	for (size_t i = 0; i < FDR_ARRAY_LEN(all); i++)
		curl_free(all[i]);
}

/* Names are libcurl's: it looks them up without making anybody wait. */
static bool numeric(const struct parts *p, struct fdr_http_url *ret)
{
	in_port_t port = htons((uint16_t)atoi(p->port));
	char host[INET6_ADDRSTRLEN];
	size_t n = strlen(p->host);

	if (*p->host != '[') {
		ret->sa.in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = port };
		ret->sa_len = sizeof(ret->sa.in);
		return inet_pton(AF_INET, p->host, &ret->sa.in.sin_addr) == 1;
	}
	if (n < 2 || n - 2 >= sizeof(host))
		return false;
	memcpy(host, p->host + 1, n - 2);
	host[n - 2] = '\0';
	ret->sa.in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = port };
	ret->sa_len = sizeof(ret->sa.in6);
	return inet_pton(AF_INET6, host, &ret->sa.in6.sin6_addr) == 1;
}

static int compose(const struct parts *p, const struct fdr_http_request *w,
		   struct fdr_http_url *ret)
{
	FILE *f = open_memstream(&ret->text, &ret->len);

	if (!f)
		return -ENOMEM;
	fprintf(f, "%s %s%s%s HTTP/1.1\r\n", w->method ? w->method : w->body ? "POST" : "GET",
		p->path, p->query ? "?" : "", p->query ? p->query : "");
	if (!given(w, "host"))
		fprintf(f, "Host: %s%s%s\r\n", p->host, strcmp(p->port, "80") ? ":" : "",
			strcmp(p->port, "80") ? p->port : "");
	if (!given(w, "user-agent"))
		fputs("User-Agent: faultdrill/" FDR_VERSION "\r\n", f);
	if (!given(w, "accept"))
		fputs("Accept: */*\r\n", f);
	for (size_t i = 0; i < w->n_headers; i++) {
		size_t n = strlen(w->headers[i]);
		/* "Name;" is a header without a value. */
		bool bare = n && w->headers[i][n - 1] == ';' && !strchr(w->headers[i], ':');

		fprintf(f, "%.*s%s\r\n", (int)(bare ? n - 1 : n), w->headers[i], bare ? ":" : "");
	}
	if (w->body && !given(w, "content-type"))
		fputs("Content-Type: application/x-www-form-urlencoded\r\n", f);
	if (w->body)
		fprintf(f, "Content-Length: %zu\r\n", strlen(w->body));
	fprintf(f, "\r\n%s", w->body ? w->body : "");
	if (fclose(f) != 0 || !ret->text) {
		free(ret->text);
		ret->text = NULL;
		return -ENOMEM;
	}
	return 0;
}

static bool printable(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

int fdr_http_plain_url(const char *url, const struct fdr_http_request *what,
		       struct fdr_http_url *ret)
{
	struct parts p;
	CURLU *u;
	int r = 0;

	*ret = (struct fdr_http_url){ 0 };
	if (!suits(what) || !printable(url))
		return 0;
	u = curl_url();
	if (!u)
		return -ENOMEM;
	if (curl_url_set(u, CURLUPART_URL, url, 0)) {
		curl_url_cleanup(u);
		return 0;
	}
	split(u, &p);
	if (p.scheme && !strcmp(p.scheme, "http") && !p.user && !p.password && !p.zone && p.host &&
	    p.port && p.path && numeric(&p, ret))
		r = compose(&p, what, ret) < 0 ? -ENOMEM : 1;
	if (r < 1)
		ret->sa_len = 0;
	clear(&p);
	curl_url_cleanup(u);
	return r;
}
