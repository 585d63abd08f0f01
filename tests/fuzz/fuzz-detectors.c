// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as what Ceph, DRBD, Nagios, Ganglia, Pacemaker, Redis Sentinel, VRRP's routers and
 * marks of scripts say.
 */
#include <string.h>

#include "base/mark.h"
#include "fuzz.h"
#include "probe/ceph-words.h"
#include "probe/drbd-words.h"
#include "probe/ganglia-words.h"
#include "probe/nagios-words.h"
#include "probe/pacemaker-words.h"
#include "probe/sentinel-words.h"
#include "probe/vrrp-packet.h"

static void on_nagios(void *userdata, const struct fdr_nagios_row *r)
{
	(void)userdata;
	FUZZ_CHECK(*r->subject && strlen(r->subject) < FDR_NAGIOS_NAME && r->state && r->output);
}

static void on_ganglia(void *userdata, const struct fdr_ganglia_row *r)
{
	(void)userdata;
	FUZZ_CHECK(*r->host && strlen(r->host) < FDR_GANGLIA_NAME);
	FUZZ_CHECK(strlen(r->cluster) < FDR_GANGLIA_NAME);
}

static void nagios(const char *text)
{
	char *copy = strdup(text), subject[FDR_NAGIOS_NAME] = "";
	const char *state, *message;
	struct fdr_error e = { 0 };

	FUZZ_CHECK(copy);
	fdr_nagios_status(copy, on_nagios, NULL, &e);
	free(copy);
	if (fdr_nagios_log(text, subject, sizeof(subject), &state, &message))
		FUZZ_CHECK(*subject && state && message >= text && message <= text + strlen(text));
}

static void drbd(const char *text)
{
	struct fdr_drbd_event event;

	if (!fdr_drbd_event(text, &event))
		return;
	FUZZ_CHECK(event.n <= sizeof(event.facts) / sizeof(event.facts[0]));
	for (size_t i = 0; i < event.n; i++)
		FUZZ_CHECK(memchr(event.facts[i].subject, '\0', sizeof(event.facts[i].subject)));
}

static void on_ceph(void *userdata, const char *subject, const char *state, const char *detail)
{
	(void)userdata;
	FUZZ_CHECK(*subject && *state && detail);
}

/* Of a line that is refused nothing is told. */
static void ceph(const char *text)
{
	struct fdr_ceph_view v = { .fact = on_ceph }, dry = { 0 };
	struct fdr_error e = { 0 };

	if (fdr_ceph_line(text, &dry, &e) >= 0)
		FUZZ_CHECK(dry.since_ns >= 0 && fdr_ceph_line(text, &v, &e) >= 0);
}

static void on_pacemaker(void *userdata, const struct fdr_pacemaker_event *e)
{
	(void)userdata;
	FUZZ_CHECK(memchr(e->subject, '\0', sizeof(e->subject)) && *e->subject && e->state);
	FUZZ_CHECK(memchr(e->node, '\0', sizeof(e->node)));
}

static void pacemaker(const char *text, size_t size)
{
	struct fdr_pacemaker_event event;
	struct fdr_error e = { 0 };

	if (fdr_pacemaker_line(text, &event))
		on_pacemaker(NULL, &event);
	fdr_pacemaker_xml(text, size, "n", on_pacemaker, NULL, &e);
}

static void on_sentinel(void *userdata, const struct fdr_sentinel_event *e)
{
	(void)userdata;
	/* The Sentinel itself has no name in what it says. */
	FUZZ_CHECK(memchr(e->subject, '\0', sizeof(e->subject)) && e->state &&
		   (*e->subject || !strcmp(e->state, "tilt") || !strcmp(e->state, "reachable")));
}

/* As a message of each channel, and as an answer. */
static void sentinel(const char *text, size_t size)
{
	redisReader *reader = redisReaderCreate();
	struct fdr_error e = { 0 };
	void *reply = NULL;

	for (int i = 1; i < fdr_sentinel_n_subscribe; i++)
		fdr_sentinel_message(fdr_sentinel_subscribe[i], text, on_sentinel, NULL);
	FUZZ_CHECK(reader);
	redisReaderFeed(reader, text, size);
	if (redisReaderGetReply(reader, &reply) == REDIS_OK && reply) {
		fdr_sentinel_tilts(reply);
		fdr_sentinel_replicas(reply, "m", on_sentinel, NULL, &e);
		if (fdr_sentinel_masters(reply, on_sentinel, NULL, &e) >= 0)
			fdr_sentinel_name(reply, 0);
		freeReplyObject(reply);
	}
	redisReaderFree(reader);
}

/* What was read as a mark can be written again, and is the same. */
static void mark(const char *text)
{
	char line[8192];
	struct fdr_mark m, again;

	if (!fdr_mark_read(text, &m))
		return;
	FUZZ_CHECK(fdr_mark_word_ok(m.name, sizeof(m.name)));
	FUZZ_CHECK(fdr_mark_word_ok(m.state, sizeof(m.state)));
	if (!m.mono_ns || fdr_mark_write(line, sizeof(line), &m) < 0)
		return;
	FUZZ_CHECK(fdr_mark_read(line, &again));
	FUZZ_CHECK(!strcmp(m.name, again.name) && !strcmp(m.state, again.state));
	FUZZ_CHECK(m.mono_ns == again.mono_ns && !strcmp(m.boot, again.boot));
}

static void packets(const uint8_t *data, size_t size)
{
	struct fdr_vrrp_advert advert;
	uint32_t address;
	uint8_t mac[6];

	if (fdr_vrrp_packet(data, size, &advert) >= 0)
		FUZZ_CHECK(advert.vrid && advert.vrid < 256 && advert.priority < 256 &&
			   advert.interval_ns > 0 && advert.n_addresses <= FDR_VRRP_ADDRESSES);
	if (fdr_arp_announces(data, size, &address, mac))
		FUZZ_CHECK(address);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fdr_error e = { 0 };
	char *text = malloc(size + 1);

	FUZZ_CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	nagios(text);
	ceph(text);
	drbd(text);
	pacemaker(text, size);
	sentinel(text, size);
	mark(text);
	fdr_ganglia_xml(text, size, on_ganglia, NULL, &e);
	free(text);
	packets(data, size);
	return 0;
}
