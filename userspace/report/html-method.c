// SPDX-License-Identifier: GPL-2.0-or-later
#include "html.h"

#include "show.h"

/* What each probe showed before anything was broken. */
static void canaries(FILE *f, const struct fdr_result *r)
{
	const char *name;
	json_t *c;

	if (!json_object_size(r->canaries))
		return;
	fputs("<h2>The canaries</h2>\n<dl class=\"words card\">\n", f);
	json_object_foreach(r->canaries, name, c) {
		const char *proven = json_string_value(json_object_get(c, "proven"));
		const char *missing = json_string_value(json_object_get(c, "missing"));

		fputs("<dt>", f);
		fdr_put_html(f, name);
		fputs("</dt><dd>", f);
		fdr_put_html(f, proven ? proven : "off: nothing was proven");
		if (missing && *missing) {
			fputs("; not proven: ", f);
			fdr_put_html(f, missing);
		}
		fputs("</dd>\n", f);
	}
	fputs("</dl>\n", f);
}

void fdr_html_method(FILE *f, const struct fdr_result *r)
{
	static const struct {
		const char *word, *meaning;
	} words[] = {
		{ "onset", "The fault took effect: stamped by the victim's kernel right before the "
		  "fault's first instruction." },
		{ "first error", "The intended send time of the first request that failed, timed "
		  "out or came late. A dash: no request did." },
		{ "suspected", "A detector first saw trouble that it had not confirmed yet." },
		{ "detected", "The detector's confirmed verdict." },
		{ "served", "Requests succeed again, and went on doing so for the plan's hold "
		  "time. A dash: they never stopped." },
		{ "redundant", "What was lost is back: all nodes take part again." },
		{ "±", "Half the interval that holds the instant: how often a detector was asked, "
		  "plus how well clocks of different nodes compare. Marks whose intervals overlap "
		  "have no known order." },
		{ "median, interval", "Half the reactions are quicker. The interval makes no "
		  "assumption about their distribution; it exists from six trials on." },
		{ "≥", "With so few trials the quantile is bounded from below only (95 % "
		  "confidence). An upper bound of p90 takes 29 trials, of p95 59, of p99 299." },
		{ "deadline", "What had not come by then is counted as later than that, not "
		  "dropped: dropping it would flatter the system." },
		{ "lost time", "Requests that were lost or late, divided by the sending rate. The "
		  "longest gap is between two successes." },
		{ "per CPU-second", "Successful requests, divided by the seconds of processor time "
		  "that the serving nodes used meanwhile. Processor time is read at an interval and "
		  "taken to be spread evenly between two readings." },
	};

	canaries(f, r);
	fputs("<h2 id=\"words\">The words</h2>\n<dl class=\"words card\">\n", f);
	for (size_t i = 0; i < FDR_ARRAY_LEN(words); i++)
		fprintf(f, "<dt>%s</dt><dd>%s</dd>\n", words[i].word, words[i].meaning);
	fputs("</dl>\n", f);
}
