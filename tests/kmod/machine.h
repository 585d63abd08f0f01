/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine that the random steps are made on: what to aim at, and whether it is as before. */
#ifndef KT_MACHINE_H
#define KT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kt_machine {
	char hooks[4096];	/* ftrace's, as far as they fit */
	char online[64];	/* CPUs */
	char threads[1024];	/* names of the module's */
	int64_t wall_ns;	/* CLOCK_REALTIME minus CLOCK_BOOTTIME */
	long available_kib;
};

/* Start what faults may be aimed at: a process that is started again when it is killed. */
void kt_machine_start(void);
void kt_machine_end(void);

/*
 * What %@word of random.txt stands for, or NULL where there is no such thing:
 * pid (a process that may be killed), disk, ifname, dir (on a disk), cgroup.
 */
const char *kt_place(const char *word, char *buf, size_t len);

/* Read every file right below a directory, whatever it says. */
void kt_read_tree(const char *dir);

void kt_machine_look(struct kt_machine *m);
/* Waits up to 10 s for it to be so; where it does not come, @why says what differs. */
bool kt_machine_same(const struct kt_machine *before, struct kt_machine *now, char *why,
		     size_t len);

#endif /* KT_MACHINE_H */
