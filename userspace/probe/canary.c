// SPDX-License-Identifier: GPL-2.0-or-later
/* What the canaries of all kinds have in common. */
#include "canary.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "sys/addr.h"

static void on_obs(void *userdata, const struct fdr_obs *obs)
{
	struct fdr_canary_probe *c = userdata;

	if (!*c->first_state)
		snprintf(c->first_state, sizeof(c->first_state), "%s", obs->state);
	if (c->subject && strcmp(c->subject, obs->subject))
		return;
	snprintf(c->last, sizeof(c->last), "\"%.40s\" (%.100s)", obs->state, obs->detail);
	c->seen |= (!c->state || !strcmp(c->state, obs->state)) &&
		   (!c->detail || strstr(obs->detail, c->detail));
}

static void on_request(void *userdata, const struct fdr_request *r)
{
	(void)userdata;
	(void)r;
}

static const char *overridden(const char *const over[], const char *name, bool *ret)
{
	*ret = false;
	for (size_t i = 0; over && over[i]; i += 2)
		if (!strcmp(over[i], name)) {
			*ret = true;
			return over[i + 1];
		}
	return NULL;
}

static int copy_options(struct fdr_canary_probe *c, const struct fdr_opts *opts,
			const char *const over[], struct fdr_error *e)
{
	bool given;
	int r = 0;

	c->opts = (struct fdr_opts){ .kind = opts->kind };
	for (size_t i = 0; r >= 0 && i < opts->n; i++) {
		const struct fdr_opt *o = &opts->v[i];

		overridden(over, o->desc->name, &given);
		if (!o->defaulted && !given)
			r = fdr_opts_add(&c->opts, o->desc->name, o->key, o->text, o->place, e);
	}
	for (size_t i = 0; r >= 0 && over && over[i]; i += 2)
		if (over[i + 1])
			r = fdr_opts_add(&c->opts, over[i], NULL, over[i + 1],
					 (struct fdr_place){ 0 }, e);
	return r < 0 ? r : fdr_opts_finish(&c->opts, e);
}

int fdr_canary_start(struct fdr_canary_probe *c, const struct fdr_canary_env *env,
		     const struct fdr_probe_ops *ops, const struct fdr_opts *opts,
		     const char *const over[], struct fdr_error *e)
{
	struct fdr_probe_env probe_env;
	int r;

	*c = (struct fdr_canary_probe){ .env = env, .ops = ops };
	c->sink = (struct fdr_sink){ .obs = on_obs, .request = on_request, .userdata = c };
	probe_env = (struct fdr_probe_env){ .name = env->name, .poller = env->poller,
					    .sink = &c->sink };
	r = copy_options(c, opts, over, e);
	if (r >= 0)
		r = fdr_probe_start(ops, &probe_env, &c->opts, &c->probe, e);
	if (r < 0)
		fdr_canary_stop(c);
	return r;
}

void fdr_canary_expect(struct fdr_canary_probe *c, const char *subject, const char *state,
		       const char *detail)
{
	c->subject = subject;
	c->state = state;
	c->detail = detail;
	c->seen = false;
	*c->last = '\0';
}

static bool was_seen(void *data)
{
	return ((struct fdr_canary_probe *)data)->seen;
}

int fdr_canary_await(struct fdr_canary_probe *c, const char *subject, const char *state,
		     const char *detail, int64_t limit_ns, struct fdr_error *e)
{
	int r;

	if (c->subject != subject || c->state != state || c->detail != detail)
		fdr_canary_expect(c, subject, state, detail);
	r = c->env->wait(c->env->userdata, was_seen, c, fdr_now_ns() + limit_ns);
	if (r >= 0)
		return 0;
	if (r != -ETIMEDOUT)
		return fdr_err(e, r, "%s", r == -ECANCELED ? "interrupted" : strerror(-r));
	return fdr_err(e, r, "%s%s%s was not said within %.1f s; %s%s", subject ? subject : "",
		       subject && *subject ? " " : "", state ? state : "any state",
		       (double)limit_ns / 1e9, *c->last ? "it says " : "it says nothing", c->last);
}

void fdr_canary_stop(struct fdr_canary_probe *c)
{
	c->probe = fdr_probe_stop(c->probe);
	fdr_opts_clear(&c->opts);
}

int fdr_canary_knows(struct fdr_canary_probe *c, const struct fdr_opts *opts, int64_t limit_ns,
		     const char *none, struct fdr_error *e)
{
	const struct fdr_canary_env *env = c->env;
	const struct fdr_probe_ops *ops = c->ops;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < env->n_subjects; i++) {
		if (!*env->subjects[i])
			continue;
		fdr_canary_stop(c);
		r = fdr_canary_start(c, env, ops, opts, NULL, e);
		if (r < 0)
			return r;
		r = fdr_canary_await(c, env->subjects[i], NULL, NULL, limit_ns, e);
		if (r == -ETIMEDOUT)
			fdr_err(e, r, "%s %.100s: a condition that names it never holds", none,
				env->subjects[i]);
	}
	fdr_canary_stop(c);
	return r;
}

int fdr_canary_send(const char *source, const char *line, struct fdr_error *e)
{
	int fd FDR_CLEANUP_CLOSE = -1;
	struct fdr_addr to;
	int r;

	if (strncmp(source, "udp:", 4))
		return fdr_err(e, -EINVAL, "%.100s is no udp source", source);
	r = fdr_addr_parse(source + 4, SOCK_DGRAM, &to, e);
	if (r < 0)
		return r;
	fd = socket(to.sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* The address that means all of them means this host as a destination. */
	if (fd < 0 || sendto(fd, line, strlen(line), 0, (const struct sockaddr *)&to.sa, to.len) < 0)
		return fdr_err(e, -errno, "cannot send to %.100s: %s", source, strerror(errno));
	return 0;
}

int fdr_canary_file(const char *source, struct fdr_error *e)
{
	const char *path = source + strlen("file:");
	int fd FDR_CLEANUP_CLOSE = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fdr_err(e, -errno, "%.200s: %s: nothing of it could be seen%s", path,
			       strerror(errno), errno == ENOENT ? "; where it is made later, say "
			       "\"canary: off\"" : "");
	if (!S_ISREG(st.st_mode))
		return fdr_err(e, -EINVAL, "%.200s is no regular file", path);
	return 0;
}
