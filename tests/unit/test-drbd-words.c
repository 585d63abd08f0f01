// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines of "drbdsetup events2", sound and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "probe/drbd-words.h"

/* "SUBJECT=STATE;" of each fact; "none": it is no event. */
static const char *read_as(const char *line)
{
	static char text[1024];
	struct fdr_drbd_event event;
	/* On the heap, so that reading past the end is seen. */
	char *copy = strdup(line);

	*text = '\0';
	if (!fdr_drbd_event(copy, &event))
		strcpy(text, "none");
	else
		for (size_t i = 0; i < event.n; i++) {
			size_t n = strlen(text);

			snprintf(text + n, sizeof(text) - n, "%s=%s;", event.facts[i].subject,
				 event.facts[i].state ? event.facts[i].state : "?");
		}
	free(copy);
	return text;
}

#define READS(line, as)	assert_string_equal(read_as(line), as)

/* As drbd-utils 9.22 prints it of module 8.4. */
static void lines_of_84(void **state)
{
	(void)state;
	READS("exists resource name:r0 role:Secondary suspended:no", "r0=secondary;");
	READS("exists connection name:r0 peer-node-id:0 conn-name:peer connection:Connected "
	      "role:Primary", "r0/connection/peer=connected;r0/peer-role/peer=primary;");
	READS("exists connection name:r0 peer-node-id:0 connection:StandAlone role:Unknown",
	      "r0/connection/peer=standalone;r0/peer-role/peer=unknown;");
	READS("exists device name:r0 volume:0 minor:0 disk:UpToDate", "r0/disk/0=up-to-date;");
	READS("exists peer-device name:r0 peer-node-id:0 conn-name:peer volume:0 "
	      "replication:Established peer-disk:UpToDate resync-suspended:no",
	      "r0/replication/peer/0=established;r0/peer-disk/peer/0=up-to-date;");
	READS("exists -", "");
	READS("2026-11-28T12:34:26.630033+00:00 change connection name:r0 peer-node-id:0 "
	      "conn-name:peer connection:NetworkFailure role:Unknown",
	      "r0/connection/peer=lost;r0/peer-role/peer=unknown;");
	READS("change connection name:r0 peer-node-id:0 conn-name:peer", "");
	READS("change device name:r0 volume:0 minor:0 disk:Failed", "r0/disk/0=failed;");
	READS("change peer-device name:r0 peer-node-id:0 conn-name:peer volume:0 "
	      "replication:SyncTarget", "r0/replication/peer/0=syncing;");
	READS("call helper name:r0 peer-node-id:0 conn-name:peer volume:0 minor:0 "
	      "helper:split-brain", "none");
}

static void lines_of_9(void **state)
{
	(void)state;
	READS("change resource name:data may_promote:no promotion_score:10101 role:Primary",
	      "data=primary;");
	READS("change connection name:data peer-node-id:2 conn-name:node-c "
	      "connection:Unconnected", "data/connection/node-c=connecting;");
	READS("destroy connection name:data peer-node-id:2 conn-name:node-c",
	      "data/connection/node-c=gone;data/peer-role/node-c=gone;");
	READS("destroy device name:data volume:1 minor:7", "data/disk/1=gone;");
}

static void damage(void **state)
{
	const char *whole = "2026-11-28T12:34:26.6+00:00 exists peer-device name:r0 "
			    "conn-name:peer volume:0 replication:Established peer-disk:UpToDate";
	char text[512];

	(void)state;
	READS("", "none");
	READS("   ", "none");
	READS("exists", "none");
	READS("ssh: connect to host node1 port 22: Connection refused", "none");
	READS("changes resource name:r0 role:Primary", "none");
	READS("change resource role:Primary", "");
	READS("change resource name: role:Primary", "");
	READS("change device name:r0 disk:UpToDate", "");
	READS("change device name:r0 volume:0 disk:", "");
	READS("change device name:r0 volume:0 disk:Sideways", "r0/disk/0=?;");
	READS("change device name:r0 volume:0 disk:UpToDateX", "r0/disk/0=?;");
	READS("change device xname:r1 name:r0 volume:0 disk:Diskless\r", "r0/disk/0=diskless;");
	/* Cut at each byte it is an event or not, and nothing is made up. */
	for (size_t n = 0; n < strlen(whole); n++) {
		snprintf(text, sizeof(text), "%.*s", (int)n, whole);
		if (strstr(read_as(text), "up-to-date"))
			fail_msg("%zu bytes: %s", n, text);
	}
	/* A name that does not fit is left out. */
	snprintf(text, sizeof(text), "change resource name:%0300d role:Primary", 0);
	READS(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_84),
		cmocka_unit_test(lines_of_9),
		cmocka_unit_test(damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
