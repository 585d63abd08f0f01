// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines of "drbdsetup events2": VERB OBJECT NAME:VALUE ... */
#include "drbd-words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"

struct word {
	const char *drbd, *state;
};

static const struct word roles[] = {
	{ "Primary", "primary" }, { "Secondary", "secondary" }, { "Unknown", "unknown" },
};

static const struct word connections[] = {
	{ "Connected", "connected" }, { "StandAlone", "standalone" },
	{ "Connecting", "connecting" }, { "Unconnected", "connecting" },
	{ "Disconnecting", "connecting" }, { "Timeout", "lost" }, { "BrokenPipe", "lost" },
	{ "NetworkFailure", "lost" }, { "ProtocolError", "lost" }, { "TearDown", "lost" },
};

static const struct word disks[] = {
	{ "UpToDate", "up-to-date" }, { "Consistent", "consistent" },
	{ "Inconsistent", "inconsistent" }, { "Outdated", "outdated" }, { "Failed", "failed" },
	{ "Diskless", "diskless" }, { "Attaching", "attaching" }, { "Detaching", "detaching" },
	{ "Negotiating", "negotiating" }, { "DUnknown", "unknown" },
};

static const struct word replications[] = {
	{ "Off", "off" }, { "Established", "established" }, { "SyncSource", "syncing" },
	{ "SyncTarget", "syncing" }, { "StartingSyncS", "syncing" },
	{ "StartingSyncT", "syncing" }, { "WFBitMapS", "syncing" }, { "WFBitMapT", "syncing" },
	{ "WFSyncUUID", "syncing" }, { "PausedSyncS", "paused" }, { "PausedSyncT", "paused" },
	{ "VerifyS", "verifying" }, { "VerifyT", "verifying" }, { "Ahead", "behind" },
	{ "Behind", "behind" },
};

/* What an object tells, and what that is called in a subject. */
static const struct fact {
	const char *object, *field, *part;
	bool of_peer, of_volume;
	const struct word *words;
	size_t n_words;
} facts[] = {
	{ "resource", "role", "", false, false, roles, FDR_ARRAY_LEN(roles) },
	{ "connection", "connection", "/connection", true, false, connections,
	  FDR_ARRAY_LEN(connections) },
	{ "connection", "role", "/peer-role", true, false, roles, FDR_ARRAY_LEN(roles) },
	{ "device", "disk", "/disk", false, true, disks, FDR_ARRAY_LEN(disks) },
	{ "peer-device", "replication", "/replication", true, true, replications,
	  FDR_ARRAY_LEN(replications) },
	{ "peer-device", "peer-disk", "/peer-disk", true, true, disks, FDR_ARRAY_LEN(disks) },
};

static const char *const verbs[] = { "exists", "create", "change", "destroy" };

struct text {
	const char *start;
	size_t len;
};

static bool is(struct text t, const char *word)
{
	return t.len == strlen(word) && !memcmp(t.start, word, t.len);
}

/* The next word of the line; of no length at its end. */
static struct text next(const char **line)
{
	struct text t = { .start = *line + strspn(*line, " \t\r") };

	t.len = strcspn(t.start, " \t\r");
	*line = t.start + t.len;
	return t;
}

/* The value of NAME:VALUE in the rest of the line; of no length where it is not there. */
static struct text value(const char *rest, const char *name)
{
	size_t len = strlen(name);

	for (;;) {
		struct text t = next(&rest);

		if (!t.len)
			return t;
		if (t.len > len && t.start[len] == ':' && !memcmp(t.start, name, len))
			return (struct text){ t.start + len + 1, t.len - len - 1 };
	}
}

static const char *state_of(const struct fact *f, struct text word)
{
	for (size_t i = 0; i < f->n_words; i++)
		if (is(word, f->words[i].drbd))
			return f->words[i].state;
	return NULL;
}

/* The peer has no name before it is configured, and in 8.4 always this one. */
static struct text peer_of(const char *rest)
{
	struct text t = value(rest, "conn-name");

	return t.len ? t : (struct text){ "peer", 4 };
}

static void add(struct fdr_drbd_event *ret, const struct fact *f, const char *rest, bool gone)
{
	struct text name = value(rest, "name"), volume = value(rest, "volume");
	struct text word = value(rest, f->field), peer = peer_of(rest);
	int n;

	if (!name.len || (f->of_volume && !volume.len) || (!word.len && !gone))
		return;
	n = snprintf(ret->facts[ret->n].subject, sizeof(ret->facts[0].subject), "%.*s%s%s%.*s%s%.*s",
		     (int)name.len, name.start, f->part, f->of_peer ? "/" : "",
		     f->of_peer ? (int)peer.len : 0, peer.start, f->of_volume ? "/" : "",
		     f->of_volume ? (int)volume.len : 0, volume.start);
	/* A name that was cut would be another's. */
	if (n < 0 || (size_t)n >= sizeof(ret->facts[0].subject))
		return;
	ret->facts[ret->n++].state = gone ? "gone" : state_of(f, word);
}

bool fdr_drbd_event(const char *line, struct fdr_drbd_event *ret)
{
	struct text verb = next(&line), object;
	bool known = false;

	ret->n = 0;
	if (verb.len && isdigit((unsigned char)*verb.start))
		verb = next(&line);
	for (size_t i = 0; i < FDR_ARRAY_LEN(verbs); i++)
		known |= is(verb, verbs[i]);
	object = next(&line);
	if (!known || !object.len)
		return false;
	for (size_t i = 0; i < FDR_ARRAY_LEN(facts); i++)
		if (is(object, facts[i].object))
			add(ret, &facts[i], line, is(verb, "destroy"));
	return true;
}
