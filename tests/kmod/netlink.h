/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generic netlink by hand, for the kernel tests: they check the interface as
 * it is on the wire, without the product's own library between, and they have
 * to send what no library would.
 */
#ifndef KT_NETLINK_H
#define KT_NETLINK_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KT_MSG_MAX	16384
#define KT_REPLY_MAX	65536

struct kt_sock {
	int fd;
	uint16_t family;
	uint32_t group;		/* of the events */
	uint32_t seq;
	char error[256];	/* the kernel's own words, after a refusal */
};

/* A message being built; .h is its start. */
struct kt_msg {
	union {
		struct nlmsghdr h;
		char buf[KT_MSG_MAX];
	};
};

/* 0 or -errno; -ENOENT: the kernel has no such family here. */
int kt_open(struct kt_sock *s);
void kt_close(struct kt_sock *s);

void kt_begin(struct kt_msg *m, const struct kt_sock *s, uint8_t cmd, uint16_t flags);
/* Room for an attribute; @data may be NULL. Returns where it is. */
struct nlattr *kt_put(struct kt_msg *m, uint16_t type, const void *data, size_t len);
void kt_put_u32(struct kt_msg *m, uint16_t type, uint32_t v);
void kt_put_u64(struct kt_msg *m, uint16_t type, uint64_t v);
void kt_put_str(struct kt_msg *m, uint16_t type, const char *v);
struct nlattr *kt_nest(struct kt_msg *m, uint16_t type);
void kt_nest_end(struct kt_msg *m, struct nlattr *nest);

/*
 * Send, and take answers until the acknowledgement or the end of the dump;
 * @got is called for each.  0 or the kernel's -errno, with s->error set.
 */
int kt_talk(struct kt_sock *s, struct kt_msg *m,
	    void (*got)(const struct genlmsghdr *g, size_t len, void *arg), void *arg);

/* Reading: the attribute of that type among @len bytes from @from, or NULL. */
const struct nlattr *kt_find(const void *from, size_t len, uint16_t type);
/* The one after @prev of the same type; NULL @prev gives the first. */
const struct nlattr *kt_next(const void *from, size_t len, uint16_t type,
			     const struct nlattr *prev);
static inline const void *kt_data(const struct nlattr *a)
{
	return (const char *)a + NLA_HDRLEN;
}

static inline size_t kt_len(const struct nlattr *a)
{
	return a->nla_len - NLA_HDRLEN;
}

#endif /* KT_NETLINK_H */
