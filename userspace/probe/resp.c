// SPDX-License-Identifier: GPL-2.0-or-later
#include "resp.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

/* More of an answer than this nobody sends who is a Redis. */
#define ANSWER_MAX	(16u << 20)
/* How often it is looked at besides: what comes is then known to be no older. */
#define TICK_NS		(5 * FDR_NS_PER_MS)

struct fdr_resp {
	struct fdr_poller *poller;
	const struct fdr_resp_ops *ops;
	void *userdata;
	struct fdr_poll_io *io;
	struct fdr_poll_timer *tick;	/* once before it is up: the outcome was there at once */
	redisReader *reader;
	size_t held;			/* bytes since the last whole answer */
	int64_t quiet_ns;		/* nothing was there then */
	int fd, err;
	bool up, over, *closed;
};

static void fail(struct fdr_resp *c, const char *why)
{
	if (c->over)
		return;
	c->over = true;
	c->io = fdr_poll_io_free(c->io);
	c->ops->down(c->userdata, why);
}

/* Hands over what is whole; false: it was closed meanwhile, or is over. */
static bool answers(struct fdr_resp *c)
{
	bool closed = false;
	void *reply = NULL;

	c->closed = &closed;
	while (!closed && !c->over) {
		if (redisReaderGetReply(c->reader, &reply) != REDIS_OK) {
			fail(c, c->reader->errstr);
			break;
		}
		if (!reply)
			break;
		c->held = 0;
		c->ops->reply(c->userdata, reply);
		freeReplyObject(reply);
	}
	if (!closed)
		c->closed = NULL;
	return !closed && !c->over;
}

static void on_readable(void *userdata, int fd, uint32_t revents)
{
	struct fdr_resp *c = userdata;
	char buf[16384];
	ssize_t n;

	(void)revents;
	do {
		int64_t asked = fdr_now_ns();

		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			c->quiet_ns = asked;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			fail(c, n ? strerror(errno) : "the other end closed the connection");
			return;
		}
		c->held += (size_t)n;
		if (c->held > ANSWER_MAX || redisReaderFeed(c->reader, buf, (size_t)n) != REDIS_OK) {
			fail(c, "an answer that does not end");
			return;
		}
	} while (answers(c));
}

static void connected(struct fdr_resp *c, int err)
{
	int r;

	c->io = fdr_poll_io_free(c->io);
	if (err) {
		fail(c, strerror(-err));
		return;
	}
	c->up = true;
	c->quiet_ns = fdr_now_ns();
	fdr_poll_timer_set(c->tick, c->quiet_ns + TICK_NS);
	r = fdr_poller_add_io(c->poller, c->fd, EPOLLIN, on_readable, c, &c->io);
	if (r < 0)
		fail(c, strerror(-r));
	else
		c->ops->up(c->userdata);
}

static void on_connected(void *userdata, int fd, uint32_t revents)
{
	(void)revents;
	connected(userdata, fdr_addr_connected(fd));
}

static void on_tick(void *userdata, int64_t when)
{
	struct fdr_resp *c = userdata;

	(void)when;
	if (c->over)
		return;
	if (!c->up) {
		connected(c, c->err);
		return;
	}
	fdr_poll_timer_set(c->tick, fdr_now_ns() + TICK_NS);
	on_readable(c, c->fd, 0);
}

struct fdr_interval fdr_resp_when(const struct fdr_resp *c)
{
	return (struct fdr_interval){ c->quiet_ns, fdr_now_ns() };
}

static bool ours(int r)
{
	return r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -ENOBUFS || r == -EADDRNOTAVAIL;
}

int fdr_resp_open(struct fdr_poller *poller, const struct fdr_addr *addr,
		  const struct fdr_resp_ops *ops, void *userdata, struct fdr_resp **ret)
{
	struct fdr_resp *c = calloc(1, sizeof(*c));
	bool done = false;
	int r = -ENOMEM;

	if (!c)
		return r;
	*c = (struct fdr_resp){ .poller = poller, .ops = ops, .userdata = userdata, .fd = -1 };
	c->reader = redisReaderCreate();
	if (c->reader)
		r = fdr_poller_add_timer(poller, on_tick, c, &c->tick);
	if (r >= 0) {
		c->err = fdr_addr_connect(addr, &c->fd, &done);
		r = ours(c->err) ? c->err : c->err < 0 || done ?
		    fdr_poll_timer_set(c->tick, fdr_now_ns()) :
		    fdr_poller_add_io(poller, c->fd, EPOLLOUT, on_connected, c, &c->io);
	}
	if (r < 0) {
		fdr_resp_close(c);
		return r;
	}
	*ret = c;
	return 0;
}

void fdr_resp_send(struct fdr_resp *c, int argc, const char *const argv[])
{
	char *text = NULL;
	long long len;

	if (c->over || !c->up)
		return;
	len = redisFormatCommandArgv(&text, argc, (const char **)argv, NULL);
	/* Questions are small, and few are under way: the kernel takes them whole. */
	if (len < 0 || send(c->fd, text, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL) != len)
		fail(c, len < 0 ? "out of memory" : "it takes no question");
	redisFreeCommand(text);
}

struct fdr_resp *fdr_resp_close(struct fdr_resp *c)
{
	if (!c)
		return NULL;
	if (c->closed)
		*c->closed = true;
	fdr_poll_io_free(c->io);
	fdr_poll_timer_free(c->tick);
	if (c->reader)
		redisReaderFree(c->reader);
	fdr_closep(&c->fd);
	free(c);
	return NULL;
}
