// SPDX-License-Identifier: GPL-2.0-or-later
/* Generic netlink by hand. */
#include "netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/faultdrill.h>

static void *genl_attrs(const struct genlmsghdr *g)
{
	return (char *)g + GENL_HDRLEN;
}

const struct nlattr *kt_next(const void *from, size_t len, uint16_t type,
			     const struct nlattr *prev)
{
	const char *p = from, *end = p + len;

	while (end - p >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)p;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > end - p)
			return NULL;
		if ((a->nla_type & NLA_TYPE_MASK) == type) {
			if (!prev)
				return a;
			if (a == prev)
				prev = NULL;
		}
		p += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

const struct nlattr *kt_find(const void *from, size_t len, uint16_t type)
{
	return kt_next(from, len, type, NULL);
}

void kt_begin(struct kt_msg *m, const struct kt_sock *s, uint8_t cmd, uint16_t flags)
{
	struct genlmsghdr *g = NLMSG_DATA(&m->h);

	memset(m->buf, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	m->h.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	m->h.nlmsg_type = s->family;
	m->h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	g->cmd = cmd;
	g->version = FAULTDRILL_GENL_VERSION;
}

struct nlattr *kt_put(struct kt_msg *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = (void *)(m->buf + NLMSG_ALIGN(m->h.nlmsg_len));

	memset(a, 0, NLA_HDRLEN + NLA_ALIGN(len));
	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	if (data)
		memcpy((char *)a + NLA_HDRLEN, data, len);
	m->h.nlmsg_len = NLMSG_ALIGN(m->h.nlmsg_len) + NLA_ALIGN(a->nla_len);
	return a;
}

void kt_put_u32(struct kt_msg *m, uint16_t type, uint32_t v)
{
	kt_put(m, type, &v, sizeof(v));
}

void kt_put_u64(struct kt_msg *m, uint16_t type, uint64_t v)
{
	kt_put(m, type, &v, sizeof(v));
}

void kt_put_str(struct kt_msg *m, uint16_t type, const char *v)
{
	kt_put(m, type, v, strlen(v) + 1);
}

struct nlattr *kt_nest(struct kt_msg *m, uint16_t type)
{
	return kt_put(m, type | NLA_F_NESTED, NULL, 0);
}

void kt_nest_end(struct kt_msg *m, struct nlattr *nest)
{
	nest->nla_len = m->buf + m->h.nlmsg_len - (char *)nest;
}

/* The text that comes with an error, if any. */
static void take_error(struct kt_sock *s, const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = NLMSG_DATA(h);
	size_t skip = sizeof(*e);
	const struct nlattr *a;

	s->error[0] = '\0';
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - NLMSG_HDRLEN;
	a = kt_find((const char *)e + NLMSG_ALIGN(skip),
		    h->nlmsg_len - NLMSG_HDRLEN - NLMSG_ALIGN(skip), NLMSGERR_ATTR_MSG);
	if (a)
		strncat(s->error, kt_data(a), sizeof(s->error) - 1);
}

int kt_talk(struct kt_sock *s, struct kt_msg *m,
	    void (*got)(const struct genlmsghdr *g, size_t len, void *arg), void *arg)
{
	static __thread union {
		struct nlmsghdr h;
		char buf[KT_REPLY_MAX];
	} r;

	m->h.nlmsg_seq = ++s->seq;
	if (send(s->fd, m->buf, m->h.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		ssize_t n = recv(s->fd, r.buf, sizeof(r.buf), 0);
		struct nlmsghdr *h;

		if (n < 0)
			return -errno;
		for (h = &r.h; NLMSG_OK(h, (size_t)n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_seq != s->seq)
				continue;
			if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
				take_error(s, h);
				return *(int *)NLMSG_DATA(h);
			}
			if (got)
				got(NLMSG_DATA(h), h->nlmsg_len - NLMSG_HDRLEN, arg);
		}
	}
}

static void got_family(const struct genlmsghdr *g, size_t len, void *arg)
{
	struct kt_sock *s = arg;
	const struct nlattr *id, *groups, *group;

	len -= GENL_HDRLEN;
	id = kt_find(genl_attrs(g), len, CTRL_ATTR_FAMILY_ID);
	if (id)
		s->family = *(const uint16_t *)kt_data(id);
	groups = kt_find(genl_attrs(g), len, CTRL_ATTR_MCAST_GROUPS);
	group = groups ? kt_find(kt_data(groups), kt_len(groups), 1) : NULL;
	id = group ? kt_find(kt_data(group), kt_len(group), CTRL_ATTR_MCAST_GRP_ID) : NULL;
	if (id)
		s->group = *(const uint32_t *)kt_data(id);
}

int kt_open(struct kt_sock *s)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	const int one = 1;
	struct kt_msg m;
	int r;

	memset(s, 0, sizeof(*s));
	s->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (s->fd < 0)
		return -errno;
	setsockopt(s->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(s->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	if (bind(s->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		r = -errno;
		close(s->fd);
		return r;
	}
	s->family = GENL_ID_CTRL;
	kt_begin(&m, s, CTRL_CMD_GETFAMILY, 0);
	kt_put_str(&m, CTRL_ATTR_FAMILY_NAME, FAULTDRILL_GENL_NAME);
	r = kt_talk(s, &m, got_family, s);
	if (r < 0)
		close(s->fd);
	return r;
}

void kt_close(struct kt_sock *s)
{
	close(s->fd);
}
