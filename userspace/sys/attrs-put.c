// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "attrs.h"

static int wrong(struct fdr_error *e, const char *name, const char *want)
{
	return fdr_err(e, -EINVAL, "\"%s\" must be %s", name, want);
}

static int put_integer(struct nl_msg *msg, const struct fdr_attr *d, const json_t *v,
		       struct fdr_error *e)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v))
		return wrong(e, d->name, "an integer");
	if (n < 0 && d->kind != FDR_ATTR_S64)
		return wrong(e, d->name, "0 or more");
	if (d->kind == FDR_ATTR_U16)
		return n > UINT16_MAX ? wrong(e, d->name, "at most 65535") :
					nla_put_u16(msg, d->type, (uint16_t)n);
	if (d->kind == FDR_ATTR_U32)
		return n > UINT32_MAX ? wrong(e, d->name, "at most 4294967295") :
					nla_put_u32(msg, d->type, (uint32_t)n);
	return nla_put_u64(msg, d->type, (uint64_t)n);
}

static int put_cookie(struct nl_msg *msg, const struct fdr_attr *d, const char *s,
		      struct fdr_error *e)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno || end == s || *end || *s < '0' || *s > '9')
		return wrong(e, d->name, "a decimal number of 64 bits, as a string");
	return nla_put_u64(msg, d->type, v);
}

static int put_address(struct nl_msg *msg, const struct fdr_attr *d, const char *s,
		       struct fdr_error *e)
{
	unsigned char b[16];

	if (inet_pton(AF_INET, s, b) == 1)
		return nla_put(msg, d->type, 4, b);
	if (inet_pton(AF_INET6, s, b) == 1)
		return nla_put(msg, d->type, 16, b);
	return wrong(e, d->name, "an IP address");
}

static int put_mac(struct nl_msg *msg, const struct fdr_attr *d, const char *s,
		   struct fdr_error *e)
{
	unsigned char b[6];
	int n = 0;

	if (sscanf(s, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &b[0], &b[1], &b[2], &b[3], &b[4],
		   &b[5], &n) != 6 || s[n])
		return wrong(e, d->name, "a MAC address");
	return nla_put(msg, d->type, 6, b);
}

static int put_text(struct nl_msg *msg, const struct fdr_attr *d, const json_t *v,
		    struct fdr_error *e)
{
	const char *s = json_string_value(v);
	int n;

	if (!s || strlen(s) != json_string_length(v))
		return wrong(e, d->name, "a string");
	switch (d->kind) {
	case FDR_ATTR_COOKIE:
		return put_cookie(msg, d, s, e);
	case FDR_ATTR_IP:
		return put_address(msg, d, s, e);
	case FDR_ATTR_MAC:
		return put_mac(msg, d, s, e);
	case FDR_ATTR_ENUM:
		n = fdr_name_value(d->names, s);
		if (n < 0)
			return fdr_err(e, -EINVAL, "\"%s\" cannot be \"%.64s\"", d->name, s);
		return nla_put_u32(msg, d->type, (uint32_t)n);
	default:
		return nla_put_string(msg, d->type, s);
	}
}

static int put_pairs(struct nl_msg *msg, const struct fdr_attr *d, const json_t *v,
		     struct fdr_error *e)
{
	const char *name;
	json_t *text;

	if (!json_is_object(v))
		return wrong(e, d->name, "an object of strings");
	json_object_foreach((json_t *)v, name, text) {
		json_t *pair = json_pack("{ss sO}", "name", name, "value", text);
		struct nlattr *nest = nla_nest_start(msg, d->type);
		int r = !pair ? -ENOMEM : !nest ? -EMSGSIZE : fdr_attrs_put(d->sub, msg, pair, e);

		json_decref(pair);
		if (r < 0)
			return fdr_err_prefix(e, r, "%s: %s", d->name, name);
		nla_nest_end(msg, nest);
	}
	return 0;
}

static int put(struct nl_msg *msg, const struct fdr_attr *d, const json_t *v, struct fdr_error *e)
{
	switch (d->kind) {
	case FDR_ATTR_U16:
	case FDR_ATTR_U32:
	case FDR_ATTR_U64:
	case FDR_ATTR_S64:
		return put_integer(msg, d, v, e);
	case FDR_ATTR_FLAG:
		if (!json_is_boolean(v))
			return wrong(e, d->name, "true or false");
		return json_is_true(v) ? nla_put_flag(msg, d->type) : 0;
	case FDR_ATTR_PAIRS:
		return put_pairs(msg, d, v, e);
	case FDR_ATTR_STRING:
	case FDR_ATTR_COOKIE:
	case FDR_ATTR_ENUM:
	case FDR_ATTR_IP:
	case FDR_ATTR_MAC:
		return put_text(msg, d, v, e);
	default:
		return fdr_err(e, -EINVAL, "\"%s\" is for replies only", d->name);
	}
}

int fdr_attrs_put(const struct fdr_attrs *t, struct nl_msg *msg, const json_t *object,
		  struct fdr_error *e)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)object, name, v) {
		const struct fdr_attr *d = NULL;
		int r;

		for (size_t i = 0; i < t->n && !d; i++)
			if (!strcmp(t->v[i].name, name))
				d = &t->v[i];
		if (!d)
			return fdr_err(e, -EINVAL, "unknown member \"%.64s\"", name);
		r = put(msg, d, v, e);
		if (r == -EINVAL)
			return r;
		if (r < 0)
			return fdr_err(e, -EMSGSIZE, "\"%s\" does not fit into a message", name);
	}
	return 0;
}
