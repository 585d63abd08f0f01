// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ctype.h>
#include <linux/string.h>
#include "request.h"

/*
 * Cut the next word off *line, with the quotes of key="a value" removed.
 * NULL at the end; an error pointer where a quote is not closed.
 */
static char *next_word(char **line)
{
	char *in = skip_spaces(*line), *word = in, *out = in;
	bool quoted = false;

	if (!*in)
		return NULL;
	for (; *in && (quoted || !isspace(*in)); in++) {
		if (*in == '"')
			quoted = !quoted;
		else
			*out++ = *in;
	}
	*line = in + !!*in;
	*out = '\0';
	return quoted ? ERR_PTR(-EINVAL) : word;
}

static int parse_start(const char *text, struct fdr_request *req)
{
	u64 ns;
	int err;

	if (!strcmp(text, "now")) {
		req->start = FAULTDRILL_START_NOW;
		return 0;
	}
	if (*text == '+') {
		req->start = FAULTDRILL_START_DELAY;
		err = fdr_parse_time(text + 1, &ns);
	} else if (!strncmp(text, "realtime:", 9)) {
		req->start = FAULTDRILL_START_REALTIME;
		err = kstrtou64(text + 9, 10, &ns);
	} else if (!strncmp(text, "boottime:", 9)) {
		req->start = FAULTDRILL_START_BOOTTIME;
		err = kstrtou64(text + 9, 10, &ns);
	} else {
		return -EINVAL;
	}
	if (err || ns > S64_MAX)
		return err ?: -ERANGE;
	req->start_ns = ns;
	return 0;
}

static int set_boot_id(const char *text, struct fdr_request *req)
{
	req->boot_id = text;
	return 0;
}

/* A length of time that is given is not 0: 0 means "not given" further on. */
static int parse_length(const char *text, u64 *ret)
{
	return fdr_parse_time(text, ret) ?: *ret ? 0 : -ERANGE;
}

static int parse_duration(const char *text, struct fdr_request *req)
{
	return parse_length(text, &req->duration_ns);
}

static int parse_lease(const char *text, struct fdr_request *req)
{
	return parse_length(text, &req->lease_ns);
}

static int parse_cookie(const char *text, struct fdr_request *req)
{
	return kstrtou64(text, strncmp(text, "0x", 2) ? 10 : 16, &req->cookie);
}

static int parse_dry_run(const char *text, struct fdr_request *req)
{
	return fdr_parse_bool(text, &req->dry_run);
}

static int parse_force(const char *text, struct fdr_request *req)
{
	return fdr_parse_bool(text, &req->force);
}

static const struct {
	const char *name;
	int (*parse)(const char *text, struct fdr_request *req);
	const char *expected;
} own_keys[] = {
	{ "start", parse_start, "now, +TIME, realtime:NANOSECONDS or boottime:NANOSECONDS" },
	{ "duration", parse_duration, "a time such as 8s" },
	{ "lease", parse_lease, "a time such as 10s" },
	{ "boot_id", set_boot_id, "a boot id" },
	{ "cookie", parse_cookie, "a number" },
	{ "dry_run", parse_dry_run, "yes or no" },
	{ "force", parse_force, "yes or no" },
};

static int parse_pair(char *word, struct fdr_request *req, struct netlink_ext_ack *extack)
{
	char *value = strchr(word, '=');
	unsigned int i;

	if (!value || value == word)
		return fdr_refuse(extack, -EINVAL, "'%.64s' is not understood; expected KEY=VALUE",
				  word);
	*value++ = '\0';
	for (i = 0; i < ARRAY_SIZE(own_keys); i++) {
		if (strcmp(word, own_keys[i].name))
			continue;
		if (own_keys[i].parse(value, req))
			return fdr_refuse(extack, -EINVAL,
					  "%s: '%.64s' is not understood; expected %s",
					  word, value, own_keys[i].expected);
		return 0;
	}
	if (req->n_params == FDR_MAX_PARAMS)
		return fdr_refuse(extack, -E2BIG, "more than %d parameters", FDR_MAX_PARAMS);
	req->params[req->n_params].name = word;
	req->params[req->n_params++].value = value;
	return 0;
}

int fdr_request_parse(char *line, struct fdr_request *ret_req, struct netlink_ext_ack *extack)
{
	struct fdr_request req = { };
	char *word;
	int err;

	while ((word = next_word(&line))) {
		if (IS_ERR(word))
			return fdr_refuse(extack, -EINVAL, "a double quote is not closed");
		if (!req.fault) {
			req.fault = word;
			continue;
		}
		err = parse_pair(word, &req, extack);
		if (err)
			return err;
	}
	if (!req.fault)
		return fdr_refuse(extack, -EINVAL, "no fault is named; write FAULT [KEY=VALUE]...");
	*ret_req = req;
	return 0;
}

int fdr_request_submit(char *line, enum fdr_via via, struct netlink_ext_ack *extack)
{
	struct fdr_injection *inj;
	struct fdr_request req;
	int err;

	err = fdr_request_parse(line, &req, extack);
	err = err ?: fdr_session_inject(&req, via, &inj, extack);
	if (!err)
		fdr_session_go(inj);
	return err;
}
