/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_POWER_WORDS_H
#define FDR_POWER_WORDS_H

#include "power.h"

/*
 * What the other sides say, read without any socket.  Text that makes no sense is
 * FDR_POWER_UNKNOWN or -EBADMSG, never a guess.
 */

/* "Chassis Power is on", of ipmitool */
enum fdr_power_state fdr_power_ipmi_state(const char *text);
/* "shut off", of virsh domstate; in the C locale */
enum fdr_power_state fdr_power_libvirt_state(const char *text);

/* A line that QEMU sends. */
enum fdr_qmp_kind { FDR_QMP_GREETING, FDR_QMP_RETURN, FDR_QMP_ERROR, FDR_QMP_EVENT };
struct fdr_qmp_line {
	enum fdr_qmp_kind kind;
	char status[40];	/* the run state in a return; "" = none */
	char text[200];		/* of an error, or an event's name */
};
/* -EBADMSG: it is none. */
int fdr_qmp_parse(const char *line, size_t n, struct fdr_qmp_line *ret);
enum fdr_power_state fdr_qmp_state(const char *status);
/* The guest stays stopped in this state, also after a reset, until it is told to go on. */
bool fdr_qmp_stands(const char *status);

/* A Redfish ComputerSystem. */
struct fdr_redfish_system {
	enum fdr_power_state state;
	char word[40];		/* its PowerState */
	char target[512];	/* the path that resets go to; "" = it has none */
	bool lists_types;	/* it says which ResetTypes it takes */
	char types[400];	/* " On ForceOff ", with blanks around each */
};
/* -EBADMSG: no JSON object, or one without a PowerState. */
int fdr_redfish_parse(const char *text, size_t n, struct fdr_redfish_system *ret);
/* The ResetType for @op, of those that the system takes; NULL: it takes none of them. */
const char *fdr_redfish_type(const struct fdr_redfish_system *s, enum fdr_power_op op);
/* What the service says went wrong; "" = it does not. */
void fdr_redfish_error(const char *text, size_t n, char *buf, size_t size);

#endif /* FDR_POWER_WORDS_H */
