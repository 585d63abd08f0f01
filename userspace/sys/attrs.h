/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_ATTRS_H
#define FDR_SYS_ATTRS_H

#include <jansson.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "base/error.h"
#include "names.h"

/*
 * The netlink nests as JSON objects, by tables: the members have the
 * specification's names with '_' for '-', and enumerations are words.
 */
enum fdr_attr_kind {
	FDR_ATTR_STRING,
	FDR_ATTR_U16,
	FDR_ATTR_U32,
	FDR_ATTR_U64,
	FDR_ATTR_S64,
	FDR_ATTR_COOKIE,	/* u64 as a decimal string */
	FDR_ATTR_FLAG,		/* true or false */
	FDR_ATTR_ENUM,		/* u32 as a word of .names */
	FDR_ATTR_BITS,		/* u32 as an array of words of .names */
	FDR_ATTR_CHOICES,	/* string "a|b" as an array */
	FDR_ATTR_IP,		/* 4 or 16 bytes as text */
	FDR_ATTR_MAC,		/* 6 bytes as text */
	FDR_ATTR_NEST,		/* object of .sub */
	FDR_ATTR_NESTS,		/* multi-attr: array of objects of .sub */
	FDR_ATTR_PAIRS,		/* multi-attr: object, NAME of .sub to VALUE of .sub */
};

struct fdr_attr {
	int type;		/* FAULTDRILL_..._A_... */
	const char *name;
	enum fdr_attr_kind kind;
	enum fdr_names names;
	const struct fdr_attrs *sub;
};

struct fdr_attrs {
	const struct fdr_attr *v;
	size_t n;
};

extern const struct fdr_attrs fdr_status_attrs;
extern const struct fdr_attrs fdr_fault_attrs;
extern const struct fdr_attrs fdr_injection_attrs;
extern const struct fdr_attrs fdr_beacon_attrs;
extern const struct fdr_attrs fdr_event_attrs;

/*
 * A new object from the attributes inside @nest; what the table does not know
 * is skipped, and what is absent is left out (flags are false, arrays empty).  -EBADMSG: an attribute of the wrong size; -ENOMEM.
 */
int fdr_attrs_to_json(const struct fdr_attrs *t, struct nlattr *nest, json_t **ret);
/*
 * Puts the members of @object as attributes.  -EINVAL: an unknown member or a
 * value of the wrong type or range, named in the text; -EMSGSIZE.
 */
int fdr_attrs_put(const struct fdr_attrs *t, struct nl_msg *msg, const json_t *object,
		  struct fdr_error *e);

#endif /* FDR_SYS_ATTRS_H */
