// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Corosync's totem: the token is missed, then the others agree that one is gone.
 * Watches nodes; what runs on them is Pacemaker's.
 */
#include <errno.h>
#include <string.h>

#include "conf.h"
#include "kinds.h"

#define MS	FDR_NS_PER_MS

struct totem {
	size_t nodes;
	int64_t token_ns;		/* as configured */
	int64_t effective_ns;		/* with the coefficient for each node past two */
	int64_t consensus_ns, join_ns, coefficient_ns, retransmit_ns;
	unsigned long retransmits;
	bool consensus_given, two_node, votequorum, wait_for_all;
	bool wait_given;
	unsigned long device_votes;	/* of a quorum device; 0: there is none */
	int64_t device_ns;		/* how long a new membership waits for its vote */
};

static int64_t time_of(const struct fdr_conf *c, size_t block, const char *key, int64_t def_ns)
{
	return block == FDR_CONF_NONE ? def_ns :
	       fdr_conf_time_or(fdr_conf_value(c, block, key), MS, def_ns);
}

static const char *text_of(const struct fdr_conf *c, size_t block, const char *key)
{
	const char *text = block == FDR_CONF_NONE ? NULL : fdr_conf_value(c, block, key);

	return text ? text : "";
}

static size_t block(const struct fdr_conf *c, size_t parent, const char *name)
{
	for (size_t i = fdr_conf_next(c, parent, name, FDR_CONF_NONE); i != FDR_CONF_NONE;
	     i = fdr_conf_next(c, parent, name, i))
		if (c->v[i].opens)
			return i;
	return FDR_CONF_NONE;
}

static size_t count_nodes(const struct fdr_conf *c)
{
	size_t list = block(c, FDR_CONF_NONE, "nodelist"), n = 0;

	for (size_t i = 0; list != FDR_CONF_NONE && i < c->n; i++)
		n += c->v[i].parent == list && c->v[i].opens && c->v[i].n &&
		     !strcmp(c->v[i].words[0], "node");
	return n;
}

/* qdevice: its vote is waited for whenever the membership changes. */
static void read_device(const struct fdr_conf *c, size_t quorum, struct totem *t)
{
	size_t device = quorum == FDR_CONF_NONE ? quorum : block(c, quorum, "device");
	const char *votes = text_of(c, device, "votes");

	if (device == FDR_CONF_NONE || !*text_of(c, device, "model"))
		return;
	t->device_votes = *votes ? strtoul(votes, NULL, 10) : 1;
	t->device_ns = time_of(c, device, "sync_timeout", 30000 * MS);
}

static int read_totem(const struct fdr_conf *c, struct totem *t, struct fdr_error *e)
{
	size_t totem = block(c, FDR_CONF_NONE, "totem"), quorum = block(c, FDR_CONF_NONE, "quorum");
	const char *retransmits = text_of(c, totem, "token_retransmits_before_loss_const");
	const char *wait = text_of(c, quorum, "wait_for_all");

	if (totem == FDR_CONF_NONE)
		return fdr_err(e, -ENOENT, "there is no totem section");
	*t = (struct totem){
		.nodes = count_nodes(c),
		.token_ns = time_of(c, totem, "token", 3000 * MS),
		.coefficient_ns = time_of(c, totem, "token_coefficient", 650 * MS),
		.join_ns = time_of(c, totem, "join", 50 * MS),
		.retransmits = *retransmits ? strtoul(retransmits, NULL, 10) : 4,
		.two_node = fdr_conf_true(text_of(c, quorum, "two_node"), false),
		.votequorum = !strcmp(text_of(c, quorum, "provider"), "corosync_votequorum"),
		.wait_given = *wait,
		.consensus_given = *text_of(c, totem, "consensus"),
	};
	if (!t->nodes)
		t->nodes = strtoul(text_of(c, quorum, "expected_votes"), NULL, 10);
	read_device(c, quorum, t);
	t->wait_for_all = t->wait_given ? fdr_conf_true(wait, false) : t->two_node;
	t->effective_ns = t->token_ns;
	if (t->nodes > 2)
		t->effective_ns += (int64_t)(t->nodes - 2) * t->coefficient_ns;
	t->consensus_ns = time_of(c, totem, "consensus", t->effective_ns / 10 * 12);
	t->retransmit_ns = time_of(c, totem, "token_retransmit",
				   (int64_t)((double)t->effective_ns / ((double)t->retransmits + 0.2)));
	return 0;
}

static void predict_ring(const struct totem *t, struct fdr_prediction *p)
{
	int64_t lo = t->effective_ns - t->retransmit_ns, hi = t->effective_ns;
	char more[80] = "";

	if (t->nodes > 2)
		snprintf(more, sizeof(more), " (%s + %zu x %s)", fdr_predict_time(t->token_ns).s,
			 t->nodes - 2, fdr_predict_time(t->coefficient_ns).s);
	fdr_predict_range(p, FDR_FAILURE_SILENT, FDR_SUSPECTED, lo, hi,
			  "token %s%s, less up to %s since it was last passed on",
			  fdr_predict_time(t->effective_ns).s, more,
			  fdr_predict_time(t->retransmit_ns).s);
	/* The new ring forms within a few joins once the missing node is given up. */
	fdr_predict_range(p, FDR_FAILURE_SILENT, FDR_DETECTED, lo + t->consensus_ns,
			  hi + t->consensus_ns + 2 * t->join_ns,
			  "token %s%s + consensus %s, less up to %s since the token was last passed "
			  "on, and up to 2 x join %s", fdr_predict_time(t->effective_ns).s, more,
			  fdr_predict_time(t->consensus_ns).s, fdr_predict_time(t->retransmit_ns).s,
			  fdr_predict_time(t->join_ns).s);
	for (int f = FDR_FAILURE_REFUSED; f <= FDR_FAILURE_HANG; f++)
		fdr_predict_never(p, (enum fdr_failure)f, FDR_DETECTED, "corosync watches its own "
				  "ring; a service that fails on a live node is Pacemaker's to "
				  "monitor (corosync itself dying looks \"silent\")");
}

static void contradictions(const struct totem *t, struct fdr_prediction *p)
{
	if (t->consensus_given && (double)t->consensus_ns < 1.2 * (double)t->effective_ns)
		fdr_predict_remark(p, t->nodes > 2 ? FDR_REMARK_CONTRADICTION : FDR_REMARK_RISK,
				   "consensus %s is less than 1.2 x token %s: %s",
				   fdr_predict_time(t->consensus_ns).s,
				   fdr_predict_time(t->effective_ns).s, t->nodes > 2 ?
				   "rings form without nodes that are well" :
				   "with two nodes it works, with a third it will not");
	if (t->consensus_ns < t->join_ns)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "consensus %s is shorter than join "
				   "%s: corosync refuses to start",
				   fdr_predict_time(t->consensus_ns).s,
				   fdr_predict_time(t->join_ns).s);
	if (t->retransmit_ns < 30 * MS)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "the token is sent again after %s "
				   "(token / (token_retransmits_before_loss_const + 0.2)), below the "
				   "30 ms that corosync accepts", fdr_predict_time(t->retransmit_ns).s);
	if (t->two_node && t->nodes && t->nodes != 2)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "two_node: 1 with %zu nodes",
				   t->nodes);
	if (t->two_node && t->device_votes)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "two_node: 1 with a quorum device: "
				   "corosync takes one or the other");
}

static void quorum(const struct totem *t, struct fdr_prediction *p)
{
	if (!t->votequorum) {
		fdr_predict_remark(p, FDR_REMARK_RISK, "no quorum provider: after a split both sides "
				   "go on");
	} else if (t->device_votes) {
		fdr_predict_remark(p, FDR_REMARK_NOTE, "what is left waits for the vote of the quorum "
				   "device, at most sync_timeout %s, before it is quorate",
				   fdr_predict_time(t->device_ns).s);
	} else if (t->nodes == 2 && !t->two_node) {
		fdr_predict_never(p, FDR_FAILURE_SILENT, FDR_PROMOTED, "two nodes without two_node: 1:"
				  " the survivor has one vote of two and no quorum");
	}
	if (t->two_node && t->wait_given && !t->wait_for_all)
		fdr_predict_remark(p, FDR_REMARK_RISK, "two_node: 1 with wait_for_all: 0: a node that "
				   "starts alone takes over without having seen the other");
	if (!t->nodes)
		fdr_predict_remark(p, FDR_REMARK_NOTE, "no nodelist: two nodes are assumed");
	if (t->effective_ns < 1000 * MS)
		fdr_predict_remark(p, FDR_REMARK_RISK, "token %s: a node that is busy for so long is "
				   "taken for dead", fdr_predict_time(t->effective_ns).s);
}

static int read_conf(const char *text, struct totem *ret, struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#", .blank = ":=", .braces = true };
	struct fdr_conf c = { 0 };
	int r = fdr_conf_parse(text, &style, &c, e);

	if (r >= 0)
		r = read_totem(&c, ret, e);
	fdr_conf_clear(&c);
	return r;
}

int64_t fdr_corosync_device_wait(const char *text)
{
	struct fdr_error e = { 0 };
	struct totem t = { 0 };

	return read_conf(text, &t, &e) < 0 ? 0 : t.device_ns;
}

static int corosync_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			    struct fdr_prediction *ret, struct fdr_error *e)
{
	struct totem t = { 0 };
	int r;

	(void)opts;
	r = read_conf(texts->text[0], &t, e);
	if (r < 0)
		return r;
	predict_ring(&t, ret);
	contradictions(&t, ret);
	quorum(&t, ret);
	return 0;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("corosync.conf"),
};

const struct fdr_predict_ops fdr_predict_corosync = {
	.kind = { .name = "corosync", .summary = "corosync's token and membership",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = corosync_predict,
};
