/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_LINK_INTERNAL_H
#define FDR_SYS_LINK_INTERNAL_H

#include "link.h"
#include "stream.h"

/* Of what the child prints on stderr, so much is kept: the end. */
#define FDR_STDERR_TAIL		1024

struct fdr_link {
	char *node;
	sd_event *loop;
	struct fdr_stream *stream;
	json_t *hello;

	pid_t pid;			/* 0: none, or reaped */
	int efd, pidfd;
	sd_event_source *stderr_source, *child_source, *linger;
	bool child_ended;
	int child_status;
	char tail[FDR_STDERR_TAIL];
	size_t tail_len;

	bool stream_ended, dead;
	int error;
	char end_text[256];		/* how the stream ended */
	char why[900];			/* the whole story */

	json_int_t last_id;
	struct {
		json_int_t id;
		fdr_link_answer_fn cb;	/* NULL: nothing is asked */
		void *userdata;
	} ask;
	struct {
		json_int_t id;
		bool waiting;
		json_t *reply;
		int64_t received_ns;
	} call;

	void (*on_event)(void *userdata, struct fdr_link *l, const char *event,
			 const json_t *data, int64_t received_ns);
	void *event_data;
	void (*on_death)(void *userdata, struct fdr_link *l, const char *why);
	void *death_data;
};

/* Reads what is there, without waiting; false at its end. */
bool fdr_link_read_stderr(struct fdr_link *l);
/* Why there is no connection, from all that is known; "" if nothing is. */
void fdr_link_explain(const struct fdr_link *l, char *buf, size_t size);

/* fdr_link_call() that also says when the answer came (CLOCK_MONOTONIC). */
int fdr_link_call_stamped(struct fdr_link *l, const char *op, json_t *args, int64_t deadline_ns,
			  json_t **ret_result, int64_t *ret_received_ns, struct fdr_error *e);

#endif /* FDR_SYS_LINK_INTERNAL_H */
