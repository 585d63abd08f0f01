// SPDX-License-Identifier: GPL-2.0-or-later
/* Ganglia's XML, through expat; a host stands in the cluster whose tag came last before it. */
#include "ganglia-words.h"

#include <errno.h>
#include <expat.h>
#include <inttypes.h>
#include <string.h>

struct reader {
	XML_Parser parser;
	void (*row)(void *userdata, const struct fdr_ganglia_row *r);
	void *userdata;
	char cluster[FDR_GANGLIA_NAME];
	bool begun;
	const char *broken;		/* the element that lacks what it must have */
};

static const char *attribute(const char **atts, const char *name)
{
	for (; *atts; atts += 2)
		if (!strcmp(atts[0], name))
			return atts[1];
	return NULL;
}

static bool is_number(const char *text, uint64_t *ret)
{
	size_t n = strspn(text, "0123456789");

	if (!n || n > 15 || text[n])
		return false;
	*ret = strtoull(text, NULL, 10);
	return true;
}

static bool take_name(const char **atts, char name[FDR_GANGLIA_NAME])
{
	const char *text = attribute(atts, "NAME");

	snprintf(name, FDR_GANGLIA_NAME, "%s", text ? text : "");
	return *name;
}

static bool take_host(struct reader *x, const char **atts)
{
	const char *tn = attribute(atts, "TN"), *tmax = attribute(atts, "TMAX");
	char host[FDR_GANGLIA_NAME];
	struct fdr_ganglia_row r = { .cluster = x->cluster, .host = host };

	if (!take_name(atts, host) || !tn || !is_number(tn, &r.tn_s) ||
	    (tmax && !is_number(tmax, &r.tmax_s)))
		return false;
	x->row(x->userdata, &r);
	return true;
}

static void on_element(void *userdata, const char *name, const char **atts)
{
	struct reader *x = userdata;
	bool ok = true;

	if (!strcmp(name, "GANGLIA_XML"))
		x->begun = true;
	else if (x->begun && !strcmp(name, "CLUSTER"))
		ok = take_name(atts, x->cluster);
	else if (x->begun && !strcmp(name, "HOST"))
		ok = take_host(x, atts);
	if (ok)
		return;
	x->broken = !strcmp(name, "HOST") ? "HOST" : "CLUSTER";
	XML_StopParser(x->parser, XML_FALSE);
}

static int why_not(const struct reader *x, struct fdr_error *e)
{
	enum XML_Error code = XML_GetErrorCode(x->parser);

	if (x->broken)
		return fdr_err(e, -EBADMSG, "a %s in Ganglia's answer lacks what it must have",
			       x->broken);
	if (code == XML_ERROR_NO_MEMORY)
		return fdr_err(e, -ENOMEM, "out of memory");
	if (!x->begun)
		return fdr_err(e, -EBADMSG, "this is no answer of Ganglia's: it has no GANGLIA_XML");
	return fdr_err(e, -EBADMSG, "Ganglia's answer is broken off or damaged, in line %lu: %s",
		       (unsigned long)XML_GetCurrentLineNumber(x->parser), XML_ErrorString(code));
}

int fdr_ganglia_xml(const char *text, size_t len,
		    void (*row)(void *userdata, const struct fdr_ganglia_row *r), void *userdata,
		    struct fdr_error *e)
{
	struct reader x = { .parser = XML_ParserCreate(NULL), .row = row, .userdata = userdata };
	int r = 0;

	if (!x.parser)
		return fdr_err(e, -ENOMEM, "out of memory");
	XML_SetUserData(x.parser, &x);
	XML_SetStartElementHandler(x.parser, on_element);
	if (!len)
		r = fdr_err(e, -EBADMSG, "an empty answer");
	else if (len > INT32_MAX)
		r = fdr_err(e, -EFBIG, "the answer does not end");
	else if (XML_Parse(x.parser, text, (int)len, 1) != XML_STATUS_OK || !x.begun)
		r = why_not(&x, e);
	XML_ParserFree(x.parser);
	return r;
}
