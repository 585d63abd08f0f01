// SPDX-License-Identifier: GPL-2.0-or-later
/* Acknowledged data: what was lost, and in what state the copies are. */
#include "loss.h"

#include <string.h>

#include "html.h"
#include "show.h"

/* "0.440 s", or the two ends where they differ. */
static struct fdr_shown rpo(const struct fdr_result_loss *l)
{
	struct fdr_shown s = { "–" };

	if (!l->lost)
		return s;
	if (l->rpo.hi_ns - l->rpo.lo_ns < FDR_NS_PER_MS)
		return fdr_show_ns(l->rpo.hi_ns);
	snprintf(s.s, sizeof(s.s), "%.24s – %.24s", fdr_show_ns(l->rpo.lo_ns).s,
		 fdr_show_ns(l->rpo.hi_ns).s);
	return s;
}

static void text_row(struct fdr_out *o, const struct fdr_result_trial *t)
{
	const struct fdr_result_loss *l = &t->loss;
	const struct {
		uint64_t n;
		int width;
		bool judged;
	} v[] = {
		{ l->acknowledged, 14, l->judged }, { l->lost, 9, l->judged },
		{ l->recoverable, 13, l->judged }, { l->phantom, 9, true },
		{ l->corrupt, 9, true }, { l->duplicate, 7, true }, { l->diverged, 10, true },
	};
	char n[16];

	snprintf(n, sizeof(n), "%u", t->n);
	fputs("  ", o->f);
	fdr_cell(o, 3, "", n);
	for (size_t i = 0; i < FDR_ARRAY_LEN(v); i++)
		fdr_cell(o, v[i].width, i && v[i].n ? FDR_YELLOW : "",
			 v[i].judged ? fdr_show_count(v[i].n).s : "–");
	fputs("  ", o->f);
	fdr_cell(o, 0, l->lost ? FDR_YELLOW : "", rpo(l).s);
	fputc('\n', o->f);
	if (*l->why_not) {
		fputs("       ", o->f);
		fdr_paragraph(o, 7, 7, l->why_not);
	}
}

void fdr_loss_text(struct fdr_out *o, const struct fdr_result *r)
{
	static const struct {
		const char *name;
		int width;
	} head[] = {
		{ "#", 3 }, { "acknowledged", 14 }, { "lost", 9 }, { "recoverable", 13 },
		{ "phantom", 9 }, { "corrupt", 9 }, { "twice", 7 }, { "diverged", 10 },
	};

	if (!r->data.wanted)
		return;
	fdr_title(o, "Data", "records; each counts where it was first found so");
	fputs("  ", o->f);
	for (size_t i = 0; i < FDR_ARRAY_LEN(head); i++)
		fdr_cell(o, head[i].width, FDR_DIM, head[i].name);
	fputs("  ", o->f);
	fdr_cell(o, 0, FDR_DIM, "RPO");
	fputc('\n', o->f);
	fdr_rule(o, 84);
	for (size_t i = 0; i < r->n_trials; i++)
		if (r->trials[i].loss.wanted)
			text_row(o, &r->trials[i]);
}

static void html_trial(FILE *f, const struct fdr_result_trial *t)
{
	const struct fdr_result_loss *l = &t->loss;
	const uint64_t judged[] = { l->acknowledged, l->lost, l->recoverable };
	const uint64_t found[] = { l->phantom, l->corrupt, l->duplicate, l->diverged };

	fprintf(f, "<tr><th scope=\"row\">%u</th>", t->n);
	for (size_t i = 0; i < FDR_ARRAY_LEN(judged); i++)
		if (l->judged)
			fprintf(f, "<td%s>%s</td>", i == 1 ? " class=\"strong\"" : "",
				fdr_show_count(judged[i]).s);
		else
			fputs("<td class=\"nil\">–</td>", f);
	fprintf(f, "<td>%s</td>", rpo(l).s);
	for (size_t i = 0; i < FDR_ARRAY_LEN(found); i++)
		fprintf(f, "<td>%s</td>", fdr_show_count(found[i]).s);
	fputs("<td class=\"l\">", f);
	fdr_put_html(f, l->why_not);
	fputs("</td></tr>\n", f);
}

static uint64_t member(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n > 0 ? (uint64_t)n : 0;
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void html_copy(FILE *f, const struct fdr_result_trial *t, const json_t *ledger,
		      const json_t *copy)
{
	static const char *const counts[] = { "records", "behind", "ahead", "corrupt", "duplicate",
					      "foreign" };
	bool read = json_is_true(json_object_get(copy, "read"));

	fprintf(f, "<tr><th scope=\"row\">%u</th><td class=\"l\">", t->n);
	fdr_put_html(f, text(ledger, "workload"));
	fputs("</td><td class=\"l\">", f);
	fdr_put_html(f, text(copy, "name"));
	fputs("</td>", f);
	for (size_t i = 0; i < FDR_ARRAY_LEN(counts); i++)
		fprintf(f, "<td%s>%s</td>", read ? "" : " class=\"nil\"",
			read ? fdr_show_count(member(copy, counts[i])).s : "–");
	fputs("<td class=\"l\">", f);
	fdr_put_html(f, text(copy, "error"));
	fputs("</td></tr>\n", f);
}

static void html_copies(FILE *f, const struct fdr_result *r)
{
	const json_t *ledger, *copy;
	size_t i, k;

	fputs("<div class=\"card scroll\"><table><caption>Each copy of the data, as it was read "
	      "back after the trial. Behind: records that the service has and this copy lacks; "
	      "ahead: the reverse. Both at once are two histories.</caption><thead><tr>"
	      "<th scope=\"col\">trial</th><th scope=\"col\" class=\"l\">workload</th>"
	      "<th scope=\"col\" class=\"l\">copy</th><th scope=\"col\">records</th>"
	      "<th scope=\"col\">behind</th><th scope=\"col\">ahead</th>"
	      "<th scope=\"col\">corrupt</th><th scope=\"col\">twice</th>"
	      "<th scope=\"col\">foreign</th><th scope=\"col\" class=\"l\">why not read</th>"
	      "</tr></thead>\n<tbody>\n", f);
	for (size_t n = 0; n < r->n_trials; n++)
		json_array_foreach(r->trials[n].loss.ledgers, i, ledger)
			json_array_foreach(json_object_get(ledger, "copies"), k, copy)
				html_copy(f, &r->trials[n], ledger, copy);
	fputs("</tbody></table></div>\n", f);
}

void fdr_html_loss(FILE *f, const struct fdr_result *r)
{
	if (!r->data.wanted)
		return;
	fputs("<h2 id=\"data\">Data</h2><p class=\"lead\">Records that were acknowledged, held "
	      "against what the store gives back after the trial.</p>\n"
	      "<div class=\"card scroll\"><table><caption>Each record counts in the trial in which "
	      "it was first found lost, phantom, corrupt or stored twice. Recoverable: lost to the "
	      "service, and another copy still has it. RPO: the achieved one, from the "
	      "acknowledgement of the oldest lost record to the onset, or to that of the newest "
	      "where that is later.</caption><thead><tr><th scope=\"col\">trial</th>"
	      "<th scope=\"col\">acknowledged</th><th scope=\"col\">lost</th>"
	      "<th scope=\"col\">recoverable</th><th scope=\"col\">RPO</th>"
	      "<th scope=\"col\">phantom</th><th scope=\"col\">corrupt</th>"
	      "<th scope=\"col\">twice</th><th scope=\"col\">diverged<br>pairs</th>"
	      "<th scope=\"col\" class=\"l\">not read back</th></tr></thead>\n<tbody>\n", f);
	for (size_t i = 0; i < r->n_trials; i++)
		if (r->trials[i].loss.wanted)
			html_trial(f, &r->trials[i]);
	fputs("</tbody></table></div>\n", f);
	html_copies(f, r);
}
