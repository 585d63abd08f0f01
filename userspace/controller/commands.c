// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"

static const struct fdr_command *const commands[] = {
	&fdr_cmd_check,
	&fdr_cmd_predict,
	&fdr_cmd_run,
	&fdr_cmd_campaign,
	&fdr_cmd_report,
	&fdr_cmd_export,
	&fdr_cmd_stats,
	&fdr_cmd_compare,
	&fdr_cmd_workload,
	&fdr_cmd_mark,
	&fdr_cmd_list,
	&fdr_cmd_load,
	&fdr_cmd_unload,
	&fdr_cmd_status,
	&fdr_cmd_arm,
	&fdr_cmd_disarm,
	&fdr_cmd_inject,
	&fdr_cmd_renew,
	&fdr_cmd_clear,
	&fdr_cmd_events,
	&fdr_cmd_power,
	&fdr_cmd_completion,
	&fdr_cmd_version,
	&fdr_cmd_help,
};

const struct fdr_command *const *fdr_commands(size_t *ret_n)
{
	*ret_n = FDR_ARRAY_LEN(commands);
	return commands;
}

const struct fdr_command *fdr_command_find(const char *name)
{
	for (size_t i = 0; i < FDR_ARRAY_LEN(commands); i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

int fdr_fail(int err, const struct fdr_error *e)
{
	fdr_error_("%s", *e->text ? e->text : strerror(abs(err)));
	return err == -ECANCELED ? FDR_EXIT_ABORTED : FDR_EXIT_FAIL;
}
