// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include <linux/faultdrill.h>

#include "beacon.h"

static void boot_id_text(const uint8_t id[16], char *out)
{
	for (unsigned int i = 0; i < 16; i++)
		out += sprintf(out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", id[i]);
}

int fdr_beacon_decode(const void *data, size_t n, struct fdr_beacon_msg *ret)
{
	struct faultdrill_beacon b;
	struct fdr_beacon_msg m = { 0 };

	if (n != sizeof(b))
		return -EMSGSIZE;
	memcpy(&b, data, sizeof(b));
	if (be32toh(b.magic) != FAULTDRILL_BEACON_MAGIC)
		return -EBADMSG;
	if (be16toh(b.version) != FAULTDRILL_BEACON_VERSION)
		return -EPROTONOSUPPORT;
	m.phase = be16toh(b.phase);
	memcpy(m.fault, b.fault, sizeof(b.fault));
	/* It comes from the network and goes to terminals and files. */
	for (const char *c = m.fault; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-')
			return -EINVAL;
	if (m.phase > FAULTDRILL_BEACON_PANIC)
		return -EINVAL;
	m.cookie = be64toh(b.cookie);
	m.injection = be32toh(b.injection);
	m.seq = be32toh(b.seq);
	m.boottime_ns = (int64_t)be64toh(b.boottime_ns);
	m.monotonic_ns = (int64_t)be64toh(b.monotonic_ns);
	m.realtime_ns = (int64_t)be64toh(b.realtime_ns);
	boot_id_text(b.boot_id, m.boot_id);
	*ret = m;
	return 0;
}
