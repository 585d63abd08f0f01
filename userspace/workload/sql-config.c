// SPDX-License-Identifier: GPL-2.0-or-later
#include "sql.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/file.h"

#define WORD	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/* ":PORT" at the end of @text; @ret_n: how long it is without. */
static bool take_port(const char *text, size_t *ret_n, int *ret)
{
	const char *colon = strrchr(text, ':');
	char *end;
	long port;

	*ret_n = strlen(text);
	*ret = 0;
	if (!colon)
		return true;
	port = colon[1] >= '0' && colon[1] <= '9' ? strtol(colon + 1, &end, 10) : 0;
	if (port < 1 || port > 65535 || *end)
		return false;
	*ret = (int)port;
	*ret_n = (size_t)(colon - text);
	return true;
}

bool fdr_sql_parse_endpoint(const char *text, struct fdr_sql_endpoint *ret)
{
	size_t n = strlen(text), skip = 0;

	*ret = (struct fdr_sql_endpoint){ .path = *text == '/' };
	if (*text == '[') {
		const char *close = strchr(text, ']');

		if (!close || (close[1] && close[1] != ':') ||
		    !take_port(close + 1, &n, &ret->port))
			return false;
		skip = 1;
		n = (size_t)(close - text) - 1;
	} else if (!take_port(text, &n, &ret->port)) {
		return false;
	} else if (!ret->path && memchr(text, ':', n)) {
		return false;		/* an IPv6 address without brackets */
	}
	if (!n || n >= sizeof(ret->host))
		return false;
	memcpy(ret->host, text + skip, n);
	return true;
}

static int read_endpoints(struct fdr_sql_config *c, const char *list, struct fdr_error *e)
{
	char *copy FDR_CLEANUP_FREE = strdup(list);
	char *save = NULL;

	if (!copy)
		return fdr_err(e, -ENOMEM, "out of memory");
	for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		if (c->n_endpoints == FDR_SQL_ENDPOINTS_MAX)
			return fdr_err(e, -EINVAL, "endpoints: more than %d",
				       FDR_SQL_ENDPOINTS_MAX);
		if (!fdr_sql_parse_endpoint(w, &c->endpoints[c->n_endpoints++]))
			return fdr_err(e, -EINVAL, "endpoints: \"%.200s\" is no server: write HOST, "
				       "HOST:PORT, [IPv6]:PORT or the path of a socket", w);
	}
	return 0;
}

static int copy_text(char **to, const struct fdr_opts *opts, const char *name)
{
	const char *s = fdr_opts_str(opts, name);

	*to = s ? strdup(s) : NULL;
	return s && !*to ? -ENOMEM : 0;
}

static int check_words(const struct fdr_sql_config *c, struct fdr_error *e)
{
	if (!*c->table || c->table[strspn(c->table, WORD)] || strlen(c->table) > 63)
		return fdr_err(e, -EINVAL, "table: \"%.80s\" is no name of letters, digits and _",
			       c->table);
	if (!*c->database || c->database[strspn(c->database, WORD "-.")] ||
	    strlen(c->database) > 63)
		return fdr_err(e, -EINVAL, "database: \"%.80s\" is no name of letters, digits, _, - "
			       "and .", c->database);
	if (!c->ledgered && !c->statement)
		return fdr_err(e, -EINVAL, "say what each request does: \"ledger: yes\", or a "
			       "\"statement\"");
	if (c->ledgered && c->statement)
		return fdr_err(e, -EINVAL, "statement: with \"ledger: yes\" the statement is the "
			       "ledger's own");
	return 0;
}

static int fill(struct fdr_sql_config *c, const struct fdr_opts *opts, struct fdr_error *e)
{
	const char *path = fdr_opts_str(opts, "password_file");
	int r = 0;

	c->retry = fdr_opts_num(opts, "retry");
	c->connect_ns = (int64_t)fdr_opts_num(opts, "connect_timeout");
	c->timeout_ns = (int64_t)fdr_opts_num(opts, "timeout");
	if (copy_text(&c->user, opts, "user") < 0 || copy_text(&c->table, opts, "table") < 0 ||
	    copy_text(&c->database, opts, "database") < 0 ||
	    copy_text(&c->statement, opts, "statement") < 0 ||
	    copy_text(&c->extra, opts, "defaults_file") < 0 ||
	    (!c->extra && copy_text(&c->extra, opts, "conninfo") < 0))
		return fdr_err(e, -ENOMEM, "out of memory");
	if (path) {
		r = fdr_read_line(path, c->password, sizeof(c->password));
		c->has_password = true;
	}
	if (r < 0)
		return fdr_err(e, r, "password_file: %s: %s", path, strerror(-r));
	r = check_words(c, e);
	return r < 0 ? r : read_endpoints(c, fdr_opts_str(opts, "endpoints"), e);
}

int fdr_sql_config_new(const struct fdr_sql_driver *driver, const struct fdr_opts *opts,
		       const struct fdr_ledger *ledger, struct fdr_sql_config **ret,
		       struct fdr_error *e)
{
	struct fdr_sql_config *c = calloc(1, sizeof(*c));
	pthread_mutex_t *lock = calloc(1, sizeof(*lock));
	int r;

	if (!c || !lock) {
		free(c);
		free(lock);
		return fdr_err(e, -ENOMEM, "out of memory");
	}
	pthread_mutex_init(lock, NULL);
	c->lock = lock;
	c->driver = driver;
	c->ledgered = ledger;
	if (ledger)
		c->ledger = *ledger;
	r = fill(c, opts, e);
	if (r < 0) {
		fdr_sql_config_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

void fdr_sql_config_free(void *config)
{
	struct fdr_sql_config *c = config;

	if (!c)
		return;
	pthread_mutex_destroy(c->lock);
	free(c->lock);
	free(c->user);
	free(c->database);
	free(c->table);
	free(c->statement);
	free(c->extra);
	free(c);
}

char *fdr_sql_with_names(const struct fdr_sql_config *c, const char *statement)
{
	const char *at = strchr(statement, '{');
	char name[160], *text;

	if (!at)
		return strdup(statement);
	if (!strncmp(at, "{table}", strlen("{table}")))
		c->driver->name_table(c, name, sizeof(name));
	else
		snprintf(name, sizeof(name), "%s", c->database);
	if (asprintf(&text, "%.*s%s%s", (int)(at - statement), statement, name,
		     strchr(at, '}') + 1) < 0)
		return NULL;
	return text;
}
