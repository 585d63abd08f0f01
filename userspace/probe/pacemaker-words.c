// SPDX-License-Identifier: GPL-2.0-or-later
/* The logs of Corosync and Pacemaker, and crm_mon's XML, through expat. */
#include "pacemaker-words.h"

#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"

#define NAME_CHARS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-"

/* A message of Corosync's begins after this, one of Pacemaker's after its severity. */
static const char *const begins[] = {
	"[TOTEM ] ", "[QUORUM] ", "[VOTEQ ] ", "[MAIN  ] ",
	"error: ", "warning: ", "notice: ", "info: ",
};

/* What needs no name. */
static const struct {
	const char *words, *subject, *state;
} plain[] = {
	{ "A processor failed, forming new configuration", "ring", "token-lost" },
	{ "A new membership (", "ring", "formed" },
	{ "Corosync main process was not scheduled", "ring", "paused" },
	{ "Process pause detected for", "ring", "paused" },
	{ "This node is within the primary component", "quorum", "quorate" },
	{ "This node is within the non-primary component", "quorum", "no-quorum" },
	{ "Quorum acquired", "quorum", "quorate" },
	{ "Quorum lost", "quorum", "no-quorum" },
};

/* Of several the first in the line: what comes later is somebody's words. */
static const char *message_of(const char *line)
{
	const char *found = NULL, *first = NULL;

	for (size_t i = 0; i < FDR_ARRAY_LEN(begins); i++) {
		const char *s = strstr(line, begins[i]);

		if (!s || s == line || !strchr(" \t", s[-1]) || (first && s > first))
			continue;
		first = s;
		found = s + strlen(begins[i]);
	}
	return found;
}

/* Past @words, if the text begins with them. */
static const char *after(const char *s, const char *words)
{
	size_t n = strlen(words);

	return s && !strncmp(s, words, n) ? s + n : NULL;
}

/* Takes a name, and goes past it; NULL: there is none, or it is too long. */
static const char *take_name(const char *s, const char *prefix, char *buf, size_t size)
{
	size_t n = s ? strspn(s, NAME_CHARS) : 0;
	int len;

	/* A name may hold a colon, and one may follow it. */
	if (n && s[n - 1] == ':')
		n--;
	if (!n)
		return NULL;
	len = snprintf(buf, size, "%s%.*s", prefix, (int)n, s);
	return len > 0 && (size_t)len < size ? s + n : NULL;
}

static bool is_word(const char *s, const char *word)
{
	size_t n = strlen(word);

	return s && !strncmp(s, word, n) && (!s[n] || strchr(" |,:.\r", s[n]));
}

/* "Node node1 state is now lost | nodeid=1 ..." */
static bool read_member(const char *s, struct fdr_pacemaker_event *ret)
{
	s = take_name(after(s, "Node "), "member/", ret->subject, sizeof(ret->subject));
	s = after(s, " state is now ");
	if (is_word(s, "lost"))
		ret->state = "lost";
	else if (is_word(s, "member"))
		ret->state = "member";
	return ret->state;
}

/* "Requesting fencing (reboot) of node node1", and "targeting node node1" since 2.1.6. */
static bool read_request(const char *s, struct fdr_pacemaker_event *ret)
{
	s = after(s, "Requesting fencing (");
	s = s ? strchr(s, ')') : NULL;
	if (!s)
		return false;
	if (after(s, ") of node "))
		s = after(s, ") of node ");
	else
		s = after(s, ") targeting node ");
	if (take_name(s, "fence/", ret->subject, sizeof(ret->subject)))
		ret->state = "requested";
	return ret->state;
}

/* "Peer node1 was terminated (reboot) by node2 on behalf of ...: OK", or "was not terminated". */
static bool read_fenced(const char *s, struct fdr_pacemaker_event *ret)
{
	s = take_name(after(s, "Peer "), "fence/", ret->subject, sizeof(ret->subject));
	if (after(s, " was terminated ("))
		ret->state = "fenced";
	else if (after(s, " was not terminated ("))
		ret->state = "failed";
	return ret->state;
}

/* What an operation on a resource came to; a monitor's result is no news while it is well. */
static const char *result_of(const char *operation, const char *result)
{
	bool ok = is_word(result, "ok") || is_word(result, "OK");

	if (!strcmp(operation, "stop"))
		return ok ? "stopped" : "failed";
	if (!strcmp(operation, "start"))
		return ok ? "started" : "failed";
	/* The first look at a resource finds in most cases that it is not running. */
	if (!strcmp(operation, "probe") || is_word(result, "not running"))
		return ok ? "started" : is_word(result, "not running") ? "stopped" : NULL;
	return NULL;
}

/* "Result of start operation for vip on node1: ok | CIB update 12 ..." */
static bool read_result(const char *s, struct fdr_pacemaker_event *ret)
{
	char operation[FDR_PACEMAKER_NAME];

	s = take_name(after(s, "Result of "), "", operation, sizeof(operation));
	s = take_name(after(s, " operation for "), "resource/", ret->subject, sizeof(ret->subject));
	s = take_name(after(s, " on "), "", ret->node, sizeof(ret->node));
	s = after(s, ": ");
	if (s)
		ret->state = result_of(operation, s);
	return ret->state;
}

bool fdr_pacemaker_line(const char *line, struct fdr_pacemaker_event *ret)
{
	static bool (*const readers[])(const char *s, struct fdr_pacemaker_event *ret) = {
		read_member, read_request, read_fenced, read_result,
	};
	const char *s = message_of(line);

	if (!s)
		return false;
	for (size_t i = 0; i < FDR_ARRAY_LEN(plain); i++) {
		if (!after(s, plain[i].words))
			continue;
		*ret = (struct fdr_pacemaker_event){ .state = plain[i].state };
		snprintf(ret->subject, sizeof(ret->subject), "%s", plain[i].subject);
		return true;
	}
	for (size_t i = 0; i < FDR_ARRAY_LEN(readers); i++) {
		*ret = (struct fdr_pacemaker_event){ .state = NULL };
		if (readers[i](s, ret))
			return true;
	}
	return false;
}

struct reader {
	XML_Parser parser;
	const char *self;
	void (*event)(void *userdata, const struct fdr_pacemaker_event *e);
	void *userdata;
	bool begun, in_nodes, bad_status, no_memory;
	/* Of a clone there are several of one name, on as many nodes. */
	struct resource {
		char name[FDR_PACEMAKER_NAME];
		bool active, failed, here;	/* of the one that is being read */
		const char *state;		/* of all of that name */
	} *resources;
	size_t n_resources;
	struct resource *reading;		/* NULL: none */
};

static const char *attribute(const char **atts, const char *name)
{
	for (; *atts; atts += 2)
		if (!strcmp(atts[0], name))
			return atts[1];
	return "";
}

static bool yes(const char **atts, const char *name)
{
	return !strcmp(attribute(atts, name), "true");
}

static void tell(const struct reader *x, const char *prefix, const char *name, const char *state)
{
	struct fdr_pacemaker_event e = { .state = state };
	int n = snprintf(e.subject, sizeof(e.subject), "%s%s", prefix, name);

	/* A name that was cut would be another's. */
	if (n > 0 && (size_t)n < sizeof(e.subject))
		x->event(x->userdata, &e);
}

static const char *node_state(const char **atts)
{
	if (yes(atts, "unclean"))
		return "unclean";
	if (yes(atts, "pending"))
		return "pending";
	if (!yes(atts, "online"))
		return "offline";
	if (yes(atts, "standby"))
		return "standby";
	return yes(atts, "maintenance") ? "maintenance" : "online";
}

static struct resource *find_resource(struct reader *x, const char *name)
{
	struct resource *all;

	for (size_t i = 0; i < x->n_resources; i++)
		if (!strcmp(x->resources[i].name, name))
			return &x->resources[i];
	all = realloc(x->resources, (x->n_resources + 1) * sizeof(*all));
	if (!all) {
		x->no_memory = true;
		return NULL;
	}
	x->resources = all;
	all = &all[x->n_resources++];
	*all = (struct resource){ .state = "stopped" };
	snprintf(all->name, sizeof(all->name), "%s", name);
	return all;
}

static void begin_resource(struct reader *x, const char **atts)
{
	const char *id = attribute(atts, "id");

	x->reading = *id && strlen(id) < FDR_PACEMAKER_NAME ? find_resource(x, id) : NULL;
	if (!x->reading)
		return;
	x->reading->active = yes(atts, "active") && strcmp(attribute(atts, "role"), "Stopped");
	x->reading->failed = yes(atts, "failed");
	x->reading->here = false;
}

static void end_resource(struct reader *x)
{
	if (x->reading && x->reading->here && x->reading->active)
		x->reading->state = x->reading->failed ? "failed" : "started";
	x->reading = NULL;
}

static void on_element(void *userdata, const char *name, const char **atts)
{
	struct reader *x = userdata;

	if (!strcmp(name, "pacemaker-result") || !strcmp(name, "crm_mon"))
		x->begun = true;
	else if (!strcmp(name, "current_dc") && *attribute(atts, "with_quorum"))
		tell(x, "quorum", "", yes(atts, "with_quorum") ? "quorate" : "no-quorum");
	else if (!strcmp(name, "nodes"))
		x->in_nodes = true;
	else if (!strcmp(name, "resource"))
		begin_resource(x, atts);
	else if (!strcmp(name, "node") && x->reading)
		x->reading->here |= !strcmp(attribute(atts, "name"), x->self);
	else if (!strcmp(name, "node") && x->in_nodes && *attribute(atts, "name"))
		tell(x, "node/", attribute(atts, "name"), node_state(atts));
	else if (!strcmp(name, "status") && x->begun)
		x->bad_status = strcmp(attribute(atts, "code"), "0");
}

static void on_end(void *userdata, const char *name)
{
	struct reader *x = userdata;

	if (!strcmp(name, "nodes"))
		x->in_nodes = false;
	else if (!strcmp(name, "resource"))
		end_resource(x);
}

static int parse(struct reader *x, const char *text, size_t len, struct fdr_error *e)
{
	if (!len)
		return fdr_err(e, -EBADMSG, "an empty answer");
	if (len > INT32_MAX)
		return fdr_err(e, -EFBIG, "the answer does not end");
	if (XML_Parse(x->parser, text, (int)len, 1) != XML_STATUS_OK)
		return fdr_err(e, -EBADMSG, "crm_mon's answer is broken off or damaged, in line "
			       "%lu: %s", (unsigned long)XML_GetCurrentLineNumber(x->parser),
			       XML_ErrorString(XML_GetErrorCode(x->parser)));
	if (!x->begun)
		return fdr_err(e, -EBADMSG, "this is no answer of crm_mon's: it has no "
			       "pacemaker-result");
	if (x->no_memory)
		return fdr_err(e, -ENOMEM, "out of memory");
	if (x->bad_status)
		return fdr_err(e, -ENOTCONN, "crm_mon has not reached the cluster");
	for (size_t i = 0; i < x->n_resources; i++)
		tell(x, "resource/", x->resources[i].name, x->resources[i].state);
	return 0;
}

int fdr_pacemaker_xml(const char *text, size_t len, const char *self,
		      void (*event)(void *userdata, const struct fdr_pacemaker_event *e),
		      void *userdata, struct fdr_error *e)
{
	struct reader x = { .parser = XML_ParserCreate(NULL), .self = self, .event = event,
			    .userdata = userdata };
	int r;

	if (!x.parser)
		return fdr_err(e, -ENOMEM, "out of memory");
	XML_SetUserData(x.parser, &x);
	XML_SetElementHandler(x.parser, on_element, on_end);
	r = parse(&x, text, len, e);
	XML_ParserFree(x.parser);
	free(x.resources);
	return r;
}
