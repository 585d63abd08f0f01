// SPDX-License-Identifier: GPL-2.0-or-later
/* What became of each injection. */
#include "track.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/faultdrill.h>

#include "generate.h"

/* Room for events while the listener's CPU is stopped by a fault. */
#define RECEIVE_BUFFER	(8 << 20)

struct event {
	uint32_t type, id, state;
	uint64_t seq, cookie;
	int64_t at;
};

void kt_track_wrong(struct kt_track *t, const char *fmt, ...)
{
	va_list args;

	__atomic_add_fetch(&t->wrong, 1, __ATOMIC_RELAXED);
	flockfile(stdout);
	printf("# wrong: ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	funlockfile(stdout);
}

static struct kt_tracked *by_cookie(struct kt_track *t, uint64_t cookie)
{
	uint64_t i = cookie - KT_FIRST_COOKIE;

	return i < t->n ? &t->items[i] : NULL;
}

static uint64_t number(const void *d, size_t n, uint16_t type)
{
	const struct nlattr *a = kt_find(d, n, type);
	uint64_t v = 0;

	if (a && (kt_len(a) == 4 || kt_len(a) == 8))
		memcpy(&v, kt_data(a), kt_len(a));
	return v;
}

/* Each has a name, and no name comes twice. */
static void check_counters(struct kt_track *t, const struct kt_tracked *i, const void *d, size_t n)
{
	const char *names[KT_MAX_COUNTERS];
	const struct nlattr *a = NULL, *name;
	unsigned int count = 0;

	while ((a = kt_next(d, n, FAULTDRILL_EVENT_A_COUNTER, a))) {
		name = kt_find(kt_data(a), kt_len(a), FAULTDRILL_COUNTER_A_NAME);
		if (!name || !kt_find(kt_data(a), kt_len(a), FAULTDRILL_COUNTER_A_VALUE) ||
		    count == KT_MAX_COUNTERS) {
			kt_track_wrong(t, "%s %u: a counter without name or value, or too many",
				       i->fault, i->id);
			return;
		}
		names[count] = kt_data(name);
		for (unsigned int k = 0; k < count; k++) {
			if (!strcmp(names[k], names[count]))
				kt_track_wrong(t, "%s %u: counter %s comes twice", i->fault,
					       i->id, names[k]);
		}
		count++;
	}
}

static void check_end(struct kt_track *t, const struct kt_tracked *i)
{
	bool begun = i->state == FAULTDRILL_STATE_FIRED || i->state == FAULTDRILL_STATE_EXPIRED;

	if (i->state <= FAULTDRILL_STATE_ACTIVE)
		kt_track_wrong(t, "%s %u ended in state %u", i->fault, i->id, i->state);
	/* A lease may lapse before the start. */
	if (begun && !i->onset && !i->lease_ns)
		kt_track_wrong(t, "%s %u ended in state %u without an onset", i->fault, i->id,
			       i->state);
	if (i->onset && i->ended_ns < i->onset_ns)
		kt_track_wrong(t, "%s %u ended %lld ns before its onset", i->fault, i->id,
			       (long long)(i->onset_ns - i->ended_ns));
	if (i->onset && i->state == FAULTDRILL_STATE_EXPIRED && i->duration_ns && !i->lease_ns &&
	    i->ended_ns - i->onset_ns < (int64_t)i->duration_ns)
		kt_track_wrong(t, "%s %u ended after %lld ns of %llu", i->fault, i->id,
			       (long long)(i->ended_ns - i->onset_ns),
			       (unsigned long long)i->duration_ns);
}

static void of_injection(struct kt_track *t, const struct event *e, const void *d, size_t n)
{
	struct kt_tracked *i = by_cookie(t, e->cookie);

	if (!i) {
		kt_track_wrong(t, "an event of a request that was never made: cookie %#llx, id %u",
			       (unsigned long long)e->cookie, e->id);
		return;
	}
	switch (e->type) {
	case FAULTDRILL_EVENT_ACCEPTED:
		if (i->accepted)
			kt_track_wrong(t, "%s %u was accepted twice", i->fault, e->id);
		i->accepted = true;
		i->id = e->id;
		t->live++;
		break;
	case FAULTDRILL_EVENT_ONSET:
		if (!i->accepted || i->onset || i->ended)
			kt_track_wrong(t, "%s %u: an onset %s", i->fault, e->id,
				       i->ended ? "after the end" : i->onset ? "comes twice" :
				       "before it was accepted");
		i->onset = true;
		i->onset_ns = e->at;
		break;
	case FAULTDRILL_EVENT_ENDED:
		if (!i->accepted || i->ended)
			kt_track_wrong(t, "%s %u: an end %s", i->fault, e->id,
				       i->ended ? "comes twice" : "before it was accepted");
		i->ended = true;
		i->ended_ns = e->at;
		i->state = e->state;
		t->live--;
		check_end(t, i);
		check_counters(t, i, d, n);
		break;
	case FAULTDRILL_EVENT_FIRST_HIT:
	case FAULTDRILL_EVENT_RENEWED:
		if (!i->accepted)
			kt_track_wrong(t, "%s %u: event %u before it was accepted", i->fault,
				       e->id, e->type);
		break;
	}
}

static void one_event(struct kt_track *t, const struct genlmsghdr *g, size_t len)
{
	const struct nlattr *nest = kt_find((const char *)g + GENL_HDRLEN, len - GENL_HDRLEN,
					    FAULTDRILL_A_EVENT);
	struct event e;
	const void *d;
	size_t n;

	if (!nest)
		return;
	d = kt_data(nest);
	n = kt_len(nest);
	e.type = number(d, n, FAULTDRILL_EVENT_A_TYPE);
	e.seq = number(d, n, FAULTDRILL_EVENT_A_SEQ);
	e.id = number(d, n, FAULTDRILL_EVENT_A_ID);
	e.cookie = number(d, n, FAULTDRILL_EVENT_A_COOKIE);
	e.state = number(d, n, FAULTDRILL_EVENT_A_STATE);
	e.at = number(d, n, FAULTDRILL_EVENT_A_BOOTTIME_NS);
	pthread_mutex_lock(&t->lock);
	t->events++;
	if (e.seq == 1 && t->seq) {
		if (t->live)
			kt_track_wrong(t, "%u injections had not ended when the module was unloaded",
				       t->live);
		t->live = 0;
		t->loads++;
	} else if (t->seq && e.seq != t->seq + 1) {
		kt_track_wrong(t, "event %llu follows event %llu", (unsigned long long)e.seq,
			       (unsigned long long)t->seq);
	}
	t->seq = e.seq;
	if (e.id)
		of_injection(t, &e, d, n);
	pthread_mutex_unlock(&t->lock);
}

static void *listen_to_events(void *arg)
{
	static union {
		struct nlmsghdr h;
		char buf[KT_REPLY_MAX];
	} r;
	struct kt_track *t = arg;

	while (!__atomic_load_n(&t->stop, __ATOMIC_RELAXED)) {
		ssize_t n = recv(t->sock.fd, r.buf, sizeof(r.buf), 0);
		struct nlmsghdr *h;

		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				kt_track_wrong(t, "events: %s", strerror(errno));
			continue;
		}
		for (h = &r.h; NLMSG_OK(h, (size_t)n); h = NLMSG_NEXT(h, n)) {
			const struct genlmsghdr *g = NLMSG_DATA(h);

			if (h->nlmsg_len >= NLMSG_HDRLEN + GENL_HDRLEN &&
			    g->cmd == FAULTDRILL_CMD_EVENT)
				one_event(t, g, h->nlmsg_len - NLMSG_HDRLEN);
		}
	}
	return NULL;
}

int kt_track_resume(struct kt_track *t, const struct kt_sock *s)
{
	if (setsockopt(t->sock.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &s->group,
		       sizeof(s->group)) < 0)
		return -errno;
	return 0;
}

int kt_track_start(struct kt_track *t)
{
	const struct timeval soon = { .tv_usec = 100000 };
	const int room = RECEIVE_BUFFER;
	int r;

	pthread_mutex_init(&t->lock, NULL);
	r = kt_open(&t->sock);
	if (r < 0)
		return r;
	setsockopt(t->sock.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	setsockopt(t->sock.fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	r = kt_track_resume(t, &t->sock);
	return r < 0 ? r : -pthread_create(&t->thread, NULL, listen_to_events, t);
}

void kt_track_stop(struct kt_track *t)
{
	__atomic_store_n(&t->stop, true, __ATOMIC_RELAXED);
	pthread_join(t->thread, NULL);
	kt_close(&t->sock);
}

uint64_t kt_track_add(struct kt_track *t, const char *fault, uint64_t duration_ns,
		      uint64_t lease_ns)
{
	uint64_t cookie = 0;

	pthread_mutex_lock(&t->lock);
	if (t->n < KT_MAX_TRACKED) {
		struct kt_tracked *i = &t->items[t->n];

		snprintf(i->fault, sizeof(i->fault), "%s", fault);
		i->duration_ns = duration_ns;
		i->lease_ns = lease_ns;
		cookie = KT_FIRST_COOKIE + t->n++;
	}
	pthread_mutex_unlock(&t->lock);
	return cookie;
}

void kt_track_replied(struct kt_track *t, uint64_t cookie, uint32_t id)
{
	struct kt_tracked *i;

	pthread_mutex_lock(&t->lock);
	i = by_cookie(t, cookie);
	i->replied = true;
	i->id = id;
	pthread_mutex_unlock(&t->lock);
}

uint32_t kt_track_some(struct kt_track *t, uint64_t *rng)
{
	uint32_t id = 0;

	pthread_mutex_lock(&t->lock);
	/* One of the last few: others are most likely over. */
	for (unsigned int tries = 0; !id && t->n && tries < 8; tries++)
		id = t->items[t->n - 1 - kt_any(rng, t->n < 24 ? t->n : 24)].id;
	pthread_mutex_unlock(&t->lock);
	return id;
}

unsigned int kt_track_live(struct kt_track *t, bool tell)
{
	unsigned int n = 0;

	pthread_mutex_lock(&t->lock);
	for (unsigned int k = 0; k < t->n; k++) {
		const struct kt_tracked *i = &t->items[k];

		/* An answer without the event is a loss as well. */
		if (!(i->accepted || i->replied) || i->ended)
			continue;
		n++;
		if (tell)
			printf("# %s %u was accepted%s and has not ended\n", i->fault, i->id,
			       i->onset ? ", took effect" : "");
	}
	pthread_mutex_unlock(&t->lock);
	return n;
}
