// SPDX-License-Identifier: GPL-2.0-or-later
/* The page of a campaign: a table that leads to the pages of its cells. */
#include <inttypes.h>

#include "campaign.h"
#include "html.h"

static void badge(FILE *f, enum fdr_verdict v)
{
	fprintf(f, "<span class=\"badge %s\">%s</span>", fdr_verdict_names[v], fdr_verdict_names[v]);
}

static void header(FILE *f, const struct fdr_campaign_results *x)
{
	fputs("<header><div class=\"kicker\"><span>faultdrill campaign</span><b>", f);
	fdr_put_html(f, x->name);
	fputs("</b>", f);
	badge(f, x->verdict);
	if (x->started_real_ns)
		fprintf(f, "<span>%s UTC</span>", fdr_show_date(x->started_real_ns).s);
	fprintf(f, "<span>%s</span><span>seed %" PRIu64 "</span></div>\n<h1>%s of %s</h1>\n",
		x->soak ? "soak" : "matrix", x->seed, fdr_show_number_of(x->trials, "trial").s,
		fdr_show_number_of(x->n, "combination").s);
	if (x->description && *x->description) {
		fputs("<p class=\"sub\">", f);
		fdr_put_html(f, x->description);
		fputs("</p>\n", f);
	}
	if (*x->reason) {
		fputs("<p class=\"sub\">", f);
		fdr_put_prose(f, x->reason);
		fputs("</p>\n", f);
	}
	fputs("</header>\n", f);
}

static void figure(FILE *f, const struct fdr_description *d, const struct fdr_scale *scale)
{
	const struct fdr_quantile *q = fdr_show_quantile(d, 0.5);

	if (!q || !q->known) {
		fputs("<td class=\"nil\">–</td>", f);
		return;
	}
	fprintf(f, "<td><span class=\"strong\">%s</span>", fdr_show_value(scale, q).s);
	if (q->has_interval)
		fprintf(f, "<br><span class=\"pm\">%s</span>",
			fdr_show_range(scale, q->lo_ns, q->hi_ns).s);
	fputs("</td>", f);
}

static void row(FILE *f, const struct fdr_campaign_results *x, const struct fdr_campaign_row *c,
		const struct fdr_scale *scale)
{
	static const struct fdr_description nothing;
	char trials[40], remarks[512];

	fputs("<tr><th scope=\"row\" class=\"l\">", f);
	if (*c->page) {
		fputs("<a href=\"", f);
		fdr_put_html(f, c->page);
		fputs("\">", f);
	}
	fdr_put_html(f, c->label);
	fputs(*c->page ? "</a>" : "", f);
	fdr_campaign_trials(c, trials, sizeof(trials));
	fprintf(f, "</th><td>%s</td>", trials);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		if (fdr_campaign_has(x, m))
			figure(f, c->result ? &c->result->summary[m] : &nothing, scale);
	figure(f, c->result ? &c->result->users.lost_time : &nothing, scale);
	fputs("<td>", f);
	if (c->result)
		badge(f, c->result->verdict);
	fputs("</td><td class=\"l\">", f);
	fdr_campaign_remarks(c, remarks, sizeof(remarks));
	fdr_put_prose(f, remarks);
	fputs("</td></tr>\n", f);
}

void fdr_campaign_html(FILE *f, const struct fdr_campaign_results *x)
{
	struct fdr_scale scale = fdr_scale_for(fdr_campaign_longest(x));

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>", f);
	fdr_put_html(f, x->name);
	fputs(" – faultdrill campaign</title>\n", f);
	fdr_html_style(f);
	fputs("</head>\n<body>\n", f);
	header(f, x);
	fprintf(f, "<main>\n<h2 id=\"cells\">Combinations</h2>\n<div class=\"card scroll\"><table>"
		"<caption>%s after onset: the median and its 95&nbsp;%% interval. ≥ marks what so few "
		"trials bound from below only.</caption><thead><tr><th scope=\"col\">combination</th>"
		"<th scope=\"col\">trials</th>", scale.unit);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		if (fdr_campaign_has(x, m))
			fprintf(f, "<th scope=\"col\">%s</th>", fdr_show_milestone(m));
	fputs("<th scope=\"col\">lost time</th><th scope=\"col\">verdict</th>"
	      "<th scope=\"col\" class=\"l\">remarks</th></tr></thead>\n<tbody>\n", f);
	for (size_t i = 0; i < x->n; i++)
		row(f, x, &x->rows[i], &scale);
	fputs("</tbody></table></div>\n</main>\n<footer>Written by faultdrill ", f);
	fdr_put_html(f, x->version);
	fputs(". Every raw event is in the run.db of its run, below runs/; 'faultdrill campaign "
	      "report' computes it anew.</footer>\n</body>\n</html>\n", f);
}
