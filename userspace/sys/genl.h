/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_GENL_H
#define FDR_SYS_GENL_H

#include <jansson.h>

#include "base/error.h"

/*
 * The module's generic netlink family.  Objects are as in attrs.h.  Every
 * function returns a negative errno with the kernel's own words (extack) in
 * @e where it gave some; -ENOENT with "not loaded" if there is no such family.
 * Needs CAP_SYS_ADMIN in the initial namespaces.  Calls block until the kernel
 * has answered, for 30 s at most (-ETIMEDOUT).  Not thread safe.
 */
struct fdr_genl;

int fdr_genl_open(struct fdr_genl **ret, struct fdr_error *e);
struct fdr_genl *fdr_genl_close(struct fdr_genl *g);
FDR_DEFINE_CLEANUP(struct fdr_genl *, fdr_genl_close);

int fdr_genl_status(struct fdr_genl *g, json_t **ret, struct fdr_error *e);
/* Array of faults; @name: only that one. */
int fdr_genl_faults(struct fdr_genl *g, const char *name, json_t **ret, struct fdr_error *e);
int fdr_genl_arm(struct fdr_genl *g, uint64_t arm_ns, struct fdr_error *e);
int fdr_genl_disarm(struct fdr_genl *g, struct fdr_error *e);
/* @injection: members as of the agent's "inject". */
int fdr_genl_inject(struct fdr_genl *g, const json_t *injection, json_t **ret,
		    struct fdr_error *e);
int fdr_genl_renew(struct fdr_genl *g, uint32_t id, uint64_t lease_ns, struct fdr_error *e);
/* @id 0: all. */
int fdr_genl_clear(struct fdr_genl *g, uint32_t id, uint32_t *ret_cleared, struct fdr_error *e);
/* Array of injections; @id not 0: only that one. */
int fdr_genl_injections(struct fdr_genl *g, uint32_t id, json_t **ret, struct fdr_error *e);
/* @beacon: object of fdr_beacon_attrs; an empty one turns it off. */
int fdr_genl_beacon(struct fdr_genl *g, const json_t *beacon, struct fdr_error *e);

/* The multicast group "events", on a non-blocking socket of its own. */
struct fdr_genl_events;

int fdr_genl_events_open(struct fdr_genl_events **ret, struct fdr_error *e);
struct fdr_genl_events *fdr_genl_events_close(struct fdr_genl_events *ev);
FDR_DEFINE_CLEANUP(struct fdr_genl_events *, fdr_genl_events_close);
/* Readable when there are events. */
int fdr_genl_events_fd(const struct fdr_genl_events *ev);
/* Whether the group is the one of @g's family: not so once the module was reloaded. */
bool fdr_genl_events_of(const struct fdr_genl_events *ev, const struct fdr_genl *g);
/*
 * Hands over all that is there.  -ENOBUFS: some were lost (their seq shows
 * which); go on reading.
 */
int fdr_genl_events_read(struct fdr_genl_events *ev,
			 void (*cb)(void *userdata, const json_t *event), void *userdata);

#endif /* FDR_SYS_GENL_H */
