// SPDX-License-Identifier: GPL-2.0-or-later
#include "attrs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

static json_t *word(enum fdr_names names, uint32_t value)
{
	const char *w = fdr_name(names, value);

	/* A newer module may know more than we do. */
	return w ? json_string(w) : json_sprintf("unknown-%" PRIu32, value);
}

static json_t *bits(enum fdr_names names, uint32_t value)
{
	json_t *a = json_array();

	for (unsigned int bit = 0; a && bit < 32; bit++)
		if (value & (UINT32_C(1) << bit))
			json_array_append_new(a, word(names, bit));
	return a;
}

static json_t *split(const char *text)
{
	json_t *a = json_array();

	while (a && *text) {
		size_t n = strcspn(text, "|");

		json_array_append_new(a, json_stringn(text, n));
		text += n + (text[n] == '|');
	}
	return a;
}

/* The kernel's strings are ASCII; what is not (a device's name?) must not cost us the rest. */
static json_t *string(const char *s)
{
	json_t *j = json_string(s);
	char *copy FDR_CLEANUP_FREE = j ? NULL : strdup(s);

	if (j || !copy)
		return j;
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return json_string(copy);
}

static json_t *address(const struct nlattr *a)
{
	char text[INET6_ADDRSTRLEN];

	if (!inet_ntop(nla_len(a) == 4 ? AF_INET : AF_INET6, nla_data(a), text, sizeof(text)))
		return NULL;
	return json_string(text);
}

static json_t *mac(const struct nlattr *a)
{
	const unsigned char *b = nla_data(a);

	return json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
}

static bool size_ok(enum fdr_attr_kind kind, const struct nlattr *a)
{
	int n = nla_len(a);

	switch (kind) {
	case FDR_ATTR_STRING:
	case FDR_ATTR_CHOICES:
		return n > 0 && !((const char *)nla_data(a))[n - 1];
	case FDR_ATTR_U16:
		return n == 2;
	case FDR_ATTR_U32:
	case FDR_ATTR_ENUM:
	case FDR_ATTR_BITS:
		return n == 4;
	case FDR_ATTR_U64:
	case FDR_ATTR_S64:
	case FDR_ATTR_COOKIE:
		return n == 8;
	case FDR_ATTR_IP:
		return n == 4 || n == 16;
	case FDR_ATTR_MAC:
		return n == 6;
	default:
		return true;
	}
}

static json_t *value(const struct fdr_attr *d, struct nlattr *a)
{
	json_t *j = NULL;

	switch (d->kind) {
	case FDR_ATTR_STRING:
		return string(nla_get_string(a));
	case FDR_ATTR_U16:
		return json_integer(nla_get_u16(a));
	case FDR_ATTR_U32:
		return json_integer(nla_get_u32(a));
	case FDR_ATTR_U64:
	case FDR_ATTR_S64:
		return json_integer((json_int_t)nla_get_u64(a));
	case FDR_ATTR_COOKIE:
		return json_sprintf("%" PRIu64, nla_get_u64(a));
	case FDR_ATTR_FLAG:
		return json_true();
	case FDR_ATTR_ENUM:
		return word(d->names, nla_get_u32(a));
	case FDR_ATTR_BITS:
		return bits(d->names, nla_get_u32(a));
	case FDR_ATTR_CHOICES:
		return split(nla_get_string(a));
	case FDR_ATTR_IP:
		return address(a);
	case FDR_ATTR_MAC:
		return mac(a);
	case FDR_ATTR_NEST:
	case FDR_ATTR_NESTS:
	case FDR_ATTR_PAIRS:
		return fdr_attrs_to_json(d->sub, a, &j) < 0 ? NULL : j;
	}
	return NULL;
}

/* Adds one element to the array or object that a multi-attr is collected in. */
static int collect(const struct fdr_attr *d, json_t *object, json_t *item)
{
	json_t *all = json_object_get(object, d->name);
	const char *name;

	if (!all) {
		all = json_object();
		if (json_object_set_new(object, d->name, all) < 0)
			return -ENOMEM;
	}
	if (d->kind == FDR_ATTR_NESTS)
		return json_array_append(all, item) < 0 ? -ENOMEM : 0;
	name = json_string_value(json_object_get(item, "name"));
	if (!name || !json_object_get(item, "value"))
		return -EBADMSG;
	return json_object_set(all, name, json_object_get(item, "value")) < 0 ? -ENOMEM : 0;
}

static int decode(const struct fdr_attrs *t, struct nlattr *a, json_t *object)
{
	const struct fdr_attr *d = NULL;
	json_t *j;
	int r = 0;

	for (size_t i = 0; i < t->n && !d; i++)
		if (t->v[i].type == nla_type(a))
			d = &t->v[i];
	if (!d)
		return 0;
	if (!size_ok(d->kind, a))
		return -EBADMSG;
	j = value(d, a);
	if (!j)
		return -EBADMSG;
	if (d->kind == FDR_ATTR_NESTS || d->kind == FDR_ATTR_PAIRS) {
		r = collect(d, object, j);
		json_decref(j);
	} else if (json_object_set_new(object, d->name, j) < 0) {
		r = -ENOMEM;
	}
	return r;
}

int fdr_attrs_to_json(const struct fdr_attrs *t, struct nlattr *nest, json_t **ret)
{
	json_t *object = json_object();
	struct nlattr *a;
	int rem, r;

	if (!object)
		return -ENOMEM;
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].kind == FDR_ATTR_FLAG)
			json_object_set_new(object, t->v[i].name, json_false());
		else if (t->v[i].kind == FDR_ATTR_NESTS)
			json_object_set_new(object, t->v[i].name, json_array());
	}
	nla_for_each_nested(a, nest, rem) {
		r = decode(t, a, object);
		if (r < 0) {
			json_decref(object);
			return r;
		}
	}
	*ret = object;
	return 0;
}
