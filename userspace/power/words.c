// SPDX-License-Identifier: GPL-2.0-or-later
#include "words.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static bool is_any(const char *word, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, v[i]))
			return true;
	return false;
}
#define IS_ANY(word, v) is_any(word, v, FDR_ARRAY_LEN(v))

/* A word that is cut is none of ours. */
static void copy(char *buf, size_t size, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (n >= size)
		n = 0;
	memcpy(buf, text ? text : "", n);
	buf[n] = '\0';
}

enum fdr_power_state fdr_power_ipmi_state(const char *text)
{
	static const char prefix[] = "Chassis Power is ";

	if (strncmp(text, prefix, sizeof(prefix) - 1))
		return FDR_POWER_UNKNOWN;
	text += sizeof(prefix) - 1;
	return !strcmp(text, "on") ? FDR_POWER_ON : !strcmp(text, "off") ? FDR_POWER_OFF :
	       FDR_POWER_UNKNOWN;
}

enum fdr_power_state fdr_power_libvirt_state(const char *text)
{
	/* A domain that is paused, or shuts down, has its memory and can go on. */
	static const char *const on[] = { "running", "idle", "paused", "in shutdown" };

	if (!strcmp(text, "shut off"))
		return FDR_POWER_OFF;
	return IS_ANY(text, on) ? FDR_POWER_ON : FDR_POWER_UNKNOWN;
}

int fdr_qmp_parse(const char *line, size_t n, struct fdr_qmp_line *ret)
{
	json_t *j = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL), *v;
	int r = 0;

	*ret = (struct fdr_qmp_line){ 0 };
	if (json_is_object(json_object_get(j, "QMP"))) {
		ret->kind = FDR_QMP_GREETING;
	} else if ((v = json_object_get(j, "return"))) {
		ret->kind = FDR_QMP_RETURN;
		copy(ret->status, sizeof(ret->status),
		     json_string_value(json_object_get(v, "status")));
	} else if (json_is_object(v = json_object_get(j, "error"))) {
		ret->kind = FDR_QMP_ERROR;
		snprintf(ret->text, sizeof(ret->text), "%s",
			 json_is_string(json_object_get(v, "desc")) ?
			 json_string_value(json_object_get(v, "desc")) : "no reason given");
	} else if (json_is_string(v = json_object_get(j, "event"))) {
		ret->kind = FDR_QMP_EVENT;
		copy(ret->text, sizeof(ret->text), json_string_value(v));
	} else {
		r = -EBADMSG;
	}
	json_decref(j);
	return r;
}

enum fdr_power_state fdr_qmp_state(const char *status)
{
	static const char *const on[] = {
		"running", "paused", "prelaunch", "postmigrate", "inmigrate", "internal-error",
		"io-error", "guest-panicked", "suspended", "save-vm", "debug", "watchdog",
		"finish-migrate", "restore-vm", "colo",
	};

	/* QEMU with -no-shutdown stays when the guest has turned itself off. */
	if (!strcmp(status, "shutdown"))
		return FDR_POWER_OFF;
	return IS_ANY(status, on) ? FDR_POWER_ON : FDR_POWER_UNKNOWN;
}

bool fdr_qmp_stands(const char *status)
{
	static const char *const stands[] = {
		"shutdown", "guest-panicked", "internal-error", "io-error", "watchdog", "paused",
	};

	return IS_ANY(status, stands);
}

static void redfish_types(const json_t *action, struct fdr_redfish_system *s)
{
	const json_t *list = json_object_get(action, "ResetType@Redfish.AllowableValues");
	const json_t *item;
	size_t i, n = 1;

	s->lists_types = json_is_array(list);
	strcpy(s->types, " ");
	json_array_foreach(list, i, item) {
		const char *word = json_string_value(item);
		size_t len = word ? strlen(word) : 0;

		if (len && !strchr(word, ' ') && n + len + 2 < sizeof(s->types))
			n += (size_t)sprintf(s->types + n, "%s ", word);
	}
}

int fdr_redfish_parse(const char *text, size_t n, struct fdr_redfish_system *ret)
{
	/* One that is turning on has power; one that is turning off has it still. */
	static const char *const on[] = { "On", "PoweringOn", "PoweringOff", "Paused" };
	json_t *j = json_loadb(text, n, 0, NULL);
	const json_t *action = json_object_get(json_object_get(j, "Actions"),
					       "#ComputerSystem.Reset");
	const char *word = json_string_value(json_object_get(j, "PowerState"));

	*ret = (struct fdr_redfish_system){ 0 };
	if (word) {
		copy(ret->word, sizeof(ret->word), word);
		ret->state = !strcmp(word, "Off") ? FDR_POWER_OFF :
			     IS_ANY(word, on) ? FDR_POWER_ON : FDR_POWER_UNKNOWN;
		copy(ret->target, sizeof(ret->target),
		     json_string_value(json_object_get(action, "target")));
		redfish_types(action, ret);
	}
	json_decref(j);
	return word ? 0 : -EBADMSG;
}

const char *fdr_redfish_type(const struct fdr_redfish_system *s, enum fdr_power_op op)
{
	static const char *const wanted[][3] = {
		[FDR_POWER_STATUS] = { NULL },
		[FDR_POWER_TURN_ON] = { "On", "ForceOn", NULL },
		[FDR_POWER_TURN_OFF] = { "ForceOff", NULL },
		[FDR_POWER_RESET] = { "ForceRestart", "PowerCycle", NULL },
	};

	for (const char *const *w = wanted[op]; *w; w++) {
		char word[32];

		snprintf(word, sizeof(word), " %s ", *w);
		if (!s->lists_types || strstr(s->types, word))
			return *w;
	}
	return NULL;
}

void fdr_redfish_error(const char *text, size_t n, char *buf, size_t size)
{
	json_t *j = json_loadb(text, n, 0, NULL);
	const json_t *error = json_object_get(j, "error");
	const json_t *first = json_array_get(json_object_get(error, "@Message.ExtendedInfo"), 0);
	const char *said = json_string_value(json_object_get(first, "Message"));

	if (!said)
		said = json_string_value(json_object_get(error, "message"));
	snprintf(buf, size, "%s", said ? said : "");
	json_decref(j);
}
