// SPDX-License-Identifier: GPL-2.0-or-later
/* A BMC, by Redfish. */
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "drivers.h"
#include "words.h"

#define BODY_MAX	((size_t)1 << 20)

struct exchange {
	const struct fdr_power_limits *limits;
	CURL *curl;
	struct curl_slist *headers;
	char user[128], password[256];
	char url[1024];
	char *body;
	size_t n;
	char error[CURL_ERROR_SIZE];
};

static size_t on_body(char *data, size_t one, size_t n, void *userdata)
{
	struct exchange *x = userdata;
	char *more;

	(void)one;
	if (x->n + n > BODY_MAX)
		return 0;
	more = realloc(x->body, x->n + n + 1);
	if (!more)
		return 0;
	x->body = more;
	memcpy(x->body + x->n, data, n);
	x->n += n;
	x->body[x->n] = '\0';
	return n;
}

/* Not 0: libcurl gives up. */
static int on_progress(void *userdata, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct exchange *x = userdata;
	struct pollfd f = { .fd = x->limits->stop_fd, .events = POLLIN };

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return x->limits->stop_fd >= 0 && poll(&f, 1, 0) > 0;
}

/* 200 to 299, or an error that says what the service said. */
static int judge(struct exchange *x, CURLcode code, const char *url, struct fdr_error *e)
{
	char said[300];
	long status = 0;

	if (code == CURLE_ABORTED_BY_CALLBACK)
		return fdr_err(e, -ECANCELED, "called off");
	if (code == CURLE_OPERATION_TIMEDOUT)
		return fdr_err(e, -ETIMEDOUT, "%s: no answer in time", url);
	if (code != CURLE_OK)
		return fdr_err(e, -EIO, "%s: %s", url, *x->error ? x->error :
			       curl_easy_strerror(code));
	curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300)
		return 0;
	fdr_redfish_error(x->body ? x->body : "", x->n, said, sizeof(said));
	return fdr_err(e, status == 401 || status == 403 ? -EACCES : -EIO, "%s: HTTP status %ld%s%s",
		       url, status, *said ? ": " : "", said);
}

/* GET, or POST where there is @post. */
static int ask(struct exchange *x, const char *path, const char *post, struct fdr_error *e)
{
	int64_t left_ms = (x->limits->deadline_ns - fdr_now_ns()) / FDR_NS_PER_MS;
	char url[2048];

	if (left_ms <= 0)
		return fdr_err(e, -ETIMEDOUT, "no answer in time");
	snprintf(url, sizeof(url), "%s%s", x->url, path);
	x->n = 0;
	*x->error = '\0';
	curl_easy_setopt(x->curl, CURLOPT_URL, url);
	curl_easy_setopt(x->curl, CURLOPT_TIMEOUT_MS, (long)left_ms);
	if (post)
		curl_easy_setopt(x->curl, CURLOPT_POSTFIELDS, post);
	return judge(x, curl_easy_perform(x->curl), url, e);
}

static int read_password(struct exchange *x, const char *path, struct fdr_error *e)
{
	FILE *f FDR_CLEANUP_FCLOSE = fopen(path, "re");

	if (!f)
		return fdr_err(e, -errno, "password_file %s: %s", path, strerror(errno));
	if (!fgets(x->password, sizeof(x->password), f))
		return fdr_err(e, -ENODATA, "password_file %s is empty", path);
	x->password[strcspn(x->password, "\r\n")] = '\0';
	return 0;
}

static int prepare(struct exchange *x, const struct fdr_opts *opts, struct fdr_error *e)
{
	const char *user = fdr_opts_str(opts, "user"), *file = fdr_opts_str(opts, "password_file");
	size_t n;
	int r = file ? read_password(x, file, e) : 0;

	if (r < 0)
		return r;
	snprintf(x->url, sizeof(x->url), "%s", fdr_opts_str(opts, "url"));
	for (n = strlen(x->url); n && x->url[n - 1] == '/'; )
		x->url[--n] = '\0';
	x->curl = curl_easy_init();
	x->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (!x->curl || !x->headers)
		return fdr_err(e, -ENOMEM, "out of memory");
	if (user) {
		curl_easy_setopt(x->curl, CURLOPT_USERNAME, user);
		curl_easy_setopt(x->curl, CURLOPT_PASSWORD, x->password);
		curl_easy_setopt(x->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	}
	/* The stored word is asked for again, and sent nowhere else. */
	curl_easy_setopt(x->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(x->curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(x->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(x->curl, CURLOPT_ERRORBUFFER, x->error);
	curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->headers);
	curl_easy_setopt(x->curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(x->curl, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(x->curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(x->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(x->curl, CURLOPT_XFERINFODATA, x);
	if (fdr_opts_num(opts, "insecure")) {
		curl_easy_setopt(x->curl, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(x->curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	return 0;
}

static int reset(struct exchange *x, const struct fdr_redfish_system *s, enum fdr_power_op op,
		 struct fdr_error *e)
{
	const char *type = fdr_redfish_type(s, op);
	char post[80];

	if (*s->target != '/')
		return fdr_err(e, -EOPNOTSUPP, "the system has no action #ComputerSystem.Reset");
	if (!type)
		return fdr_err(e, -EOPNOTSUPP, "the system takes none of the ResetTypes for that, "
			       "but:%s", s->types);
	snprintf(post, sizeof(post), "{\"ResetType\": \"%s\"}", type);
	return ask(x, s->target, post, e);
}

static int redfish_act(const struct fdr_power_limits *limits, const struct fdr_opts *opts,
		       enum fdr_power_op op, enum fdr_power_state *ret_state, struct fdr_error *e)
{
	struct exchange *x = calloc(1, sizeof(*x));
	struct fdr_redfish_system s;
	int r;

	if (!x)
		return fdr_err(e, -ENOMEM, "out of memory");
	x->limits = limits;
	r = prepare(x, opts, e);
	if (r >= 0)
		r = ask(x, fdr_opts_str(opts, "system"), NULL, e);
	if (r >= 0 && fdr_redfish_parse(x->body ? x->body : "", x->n, &s) < 0)
		r = fdr_err(e, -EBADMSG, "%s is no ComputerSystem with a PowerState",
			    fdr_opts_str(opts, "system"));
	if (r >= 0)
		*ret_state = s.state;
	if (r >= 0 && op != FDR_POWER_STATUS)
		r = reset(x, &s, op, e);
	curl_slist_free_all(x->headers);
	curl_easy_cleanup(x->curl);
	free(x->body);
	explicit_bzero(x->password, sizeof(x->password));
	free(x);
	return r;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "url", .type = FDR_OPT_STRING, .required = true,
	  .summary = "the BMC: https://HOST[:PORT]" },
	{ .name = "system", .type = FDR_OPT_PATH, .required = true,
	  .summary = "path of the ComputerSystem, such as /redfish/v1/Systems/1" },
	{ .name = "user", .type = FDR_OPT_STRING, .summary = "its user" },
	{ .name = "password_file", .type = FDR_OPT_STRING,
	  .summary = "file whose first line is the password" },
	{ .name = "insecure", .type = FDR_OPT_BOOL, .def = "no",
	  .summary = "do not verify the BMC's certificate" },
	FDR_POWER_TIMEOUT_OPTION,
};

const struct fdr_power_ops fdr_power_redfish = {
	.kind = { .name = "redfish", .summary = "a BMC, by Redfish",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.act = redfish_act,
};
