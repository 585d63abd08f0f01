// SPDX-License-Identifier: GPL-2.0-or-later
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "frame.h"

/* More than this queued: the peer has stopped reading. */
#define OUT_MAX		(8U << 20)

struct fdr_stream {
	int rfd, wfd;
	clockid_t clock;
	sd_event_source *read, *write;
	struct fdr_frames in;
	char *out;
	size_t out_start, out_len;
	bool ended;
	const struct fdr_stream_ops *ops;
	void *userdata;
};

static void end(struct fdr_stream *s, int err, const char *why)
{
	if (s->ended)
		return;
	s->ended = true;
	sd_event_source_set_enabled(s->read, SD_EVENT_OFF);
	sd_event_source_set_enabled(s->write, SD_EVENT_OFF);
	s->ops->end(s->userdata, err, why);
}

/* The callbacks may end the stream, never free it. */
static void deliver(struct fdr_stream *s, int64_t received_ns)
{
	struct fdr_error e = { "" };

	while (!s->ended) {
		json_t *msg = NULL;
		int r = fdr_frames_next(&s->in, &msg, &e);

		if (r < 0)
			end(s, r, e.text);
		if (r <= 0)
			return;
		s->ops->frame(s->userdata, msg, received_ns);
		json_decref(msg);
	}
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct fdr_stream *s = userdata;
	char buf[16384];
	ssize_t n = read(fd, buf, sizeof(buf));
	int64_t received_ns = fdr_clock_ns(s->clock);

	(void)source;
	(void)revents;
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			end(s, -errno, strerror(errno));
		return 0;
	}
	if (!n) {
		end(s, 0, s->in.len && !s->in.want_preamble ? "closed in the middle of a frame" :
							      "closed by the peer");
		return 0;
	}
	if (fdr_frames_feed(&s->in, buf, (size_t)n) < 0)
		end(s, -ENOMEM, "out of memory");
	else
		deliver(s, received_ns);
	return 0;
}

/* Writes what it can; 0, or negative errno where the pipe is broken. */
static int flush(struct fdr_stream *s)
{
	while (s->out_len) {
		ssize_t n = write(s->wfd, s->out + s->out_start, s->out_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return -errno;
		s->out_start += (size_t)n;
		s->out_len -= (size_t)n;
	}
	if (!s->out_len) {
		free(s->out);
		s->out = NULL;
		s->out_start = 0;
	}
	return sd_event_source_set_enabled(s->write, s->out_len ? SD_EVENT_ON : SD_EVENT_OFF);
}

static int on_writable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct fdr_stream *s = userdata;
	int r = flush(s);

	(void)source;
	(void)fd;
	(void)revents;
	if (r < 0)
		end(s, r, strerror(-r));
	return 0;
}

static int queue(struct fdr_stream *s, const char *data, size_t n)
{
	char *out;

	if (s->out_len + n > OUT_MAX)
		return -ENOBUFS;
	if (s->out_start) {
		memmove(s->out, s->out + s->out_start, s->out_len);
		s->out_start = 0;
	}
	out = realloc(s->out, s->out_len + n);
	if (!out)
		return -ENOMEM;
	memcpy(out + s->out_len, data, n);
	s->out = out;
	s->out_len += n;
	return flush(s);
}

int fdr_stream_send(struct fdr_stream *s, const json_t *msg)
{
	char *data FDR_CLEANUP_FREE = NULL;
	size_t n;
	int r;

	if (s->ended)
		return -EPIPE;
	r = fdr_frame_encode(msg, &data, &n);
	return r < 0 ? r : queue(s, data, n);
}

bool fdr_stream_flushed(const struct fdr_stream *s)
{
	return !s->out_len;
}

bool fdr_stream_greeted(const struct fdr_stream *s)
{
	return !s->in.want_preamble;
}

const char *fdr_stream_noise(const struct fdr_stream *s, char *buf, size_t size)
{
	return fdr_frames_noise(&s->in, buf, size);
}

static int set_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

static int watch(struct fdr_stream *s, sd_event *loop)
{
	int r = set_nonblock(s->rfd);

	if (r >= 0)
		r = set_nonblock(s->wfd);
	if (r >= 0)
		r = sd_event_add_io(loop, &s->read, s->rfd, EPOLLIN, on_readable, s);
	if (r >= 0)
		r = sd_event_add_io(loop, &s->write, s->wfd, EPOLLOUT, on_writable, s);
	return r < 0 ? r : sd_event_source_set_enabled(s->write, SD_EVENT_OFF);
}

int fdr_stream_new(sd_event *loop, int rfd, int wfd, bool agent,
		   const struct fdr_stream_ops *ops, void *userdata, struct fdr_stream **ret)
{
	struct fdr_stream *s FDR_CLEANUP(fdr_stream_freep) = calloc(1, sizeof(*s));
	int r;

	if (!s) {
		fdr_closep(&rfd);
		if (wfd != rfd)
			fdr_closep(&wfd);
		return -ENOMEM;
	}
	s->rfd = rfd;
	/* epoll takes a descriptor once; a socket is watched for both. */
	s->wfd = wfd == rfd ? fcntl(rfd, F_DUPFD_CLOEXEC, 3) : wfd;
	s->clock = agent ? CLOCK_BOOTTIME : CLOCK_MONOTONIC;
	s->ops = ops;
	s->userdata = userdata;
	s->in.want_preamble = !agent;
	if (s->wfd < 0)
		return -errno;
	r = watch(s, loop);
	if (r >= 0 && agent)
		r = queue(s, FDR_PREAMBLE, strlen(FDR_PREAMBLE));
	if (r < 0)
		return r;
	*ret = FDR_TAKE_PTR(s);
	return 0;
}

struct fdr_stream *fdr_stream_free(struct fdr_stream *s)
{
	if (!s)
		return NULL;
	sd_event_source_disable_unref(s->read);
	sd_event_source_disable_unref(s->write);
	fdr_closep(&s->rfd);
	fdr_closep(&s->wfd);
	fdr_frames_clear(&s->in);
	free(s->out);
	free(s);
	return NULL;
}
