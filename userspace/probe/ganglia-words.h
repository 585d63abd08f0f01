/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_GANGLIA_WORDS_H
#define FDR_PROBE_GANGLIA_WORDS_H

#include "base/error.h"

/* What gmond and gmetad say of hosts, in the XML that they send to whoever connects. */

#define FDR_GANGLIA_NAME	256		/* longest name, with its NUL; longer ones are cut */

struct fdr_ganglia_row {
	const char *cluster, *host;	/* borrowed */
	uint64_t tn_s;			/* since something came from it */
	uint64_t tmax_s;		/* it should come at least so often; 0: not said */
};

/*
 * Calls @row for each host.  -EBADMSG: this is no whole answer of Ganglia's; hosts that
 * came before the damage may have been handed over.  @text is not changed.
 */
int fdr_ganglia_xml(const char *text, size_t len,
		    void (*row)(void *userdata, const struct fdr_ganglia_row *r), void *userdata,
		    struct fdr_error *e);

#endif /* FDR_PROBE_GANGLIA_WORDS_H */
