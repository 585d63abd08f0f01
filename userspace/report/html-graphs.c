// SPDX-License-Identifier: GPL-2.0-or-later
#include "html.h"

#include <math.h>

#define HEIGHT		72		/* px, as ".tall" of the style sheet */
#define ROOM		12		/* above the highest value, and below the lowest */

struct range {
	double lo, hi;			/* of the values in view, and 0 */
	double least, most;		/* of the values in view alone */
	bool any;
};

int fdr_html_graphs_height(const struct fdr_result_trial *t)
{
	return (int)json_array_size(t->graphs) * HEIGHT;
}

static const char *text_of(const json_t *graph, const char *key)
{
	const char *s = json_string_value(json_object_get(graph, key));

	return s ? s : "";
}

static int64_t num_of(const json_t *graph, const char *key)
{
	return json_integer_value(json_object_get(graph, key));
}

static bool in_view(const struct fdr_axis *a, int64_t from_ns, int64_t step_ns)
{
	return from_ns + step_ns > a->lo_ns && from_ns < a->hi_ns;
}

/* @a NULL: of all values. */
static struct range range_of(const struct fdr_axis *a, const json_t *graph)
{
	struct range r = { .least = INFINITY, .most = -INFINITY };
	int64_t from = num_of(graph, "from_ns"), step = num_of(graph, "step_ns");
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(graph, "values"), i, v) {
		if (json_is_null(v) || (a && !in_view(a, from + (int64_t)i * step, step)))
			continue;
		r.any = true;
		r.least = fmin(r.least, json_number_value(v));
		r.most = fmax(r.most, json_number_value(v));
	}
	r.lo = r.any ? fmin(r.least, 0) : 0;
	r.hi = r.any ? fmax(r.most, 0) : 0;
	if (r.hi <= r.lo)
		r.hi = r.lo + 1;
	return r;
}

void fdr_html_graphs_names(FILE *f, const struct fdr_result_trial *t)
{
	const json_t *graph;
	size_t i;

	json_array_foreach(t->graphs, i, graph) {
		fputs("<div class=\"tall\">", f);
		fdr_put_html(f, text_of(graph, "name"));
		if (*text_of(graph, "unit")) {
			fputs(", ", f);
			fdr_put_html(f, text_of(graph, "unit"));
		}
		fputs("</div>", f);
	}
}

static double clip(const struct fdr_axis *a, int64_t ns)
{
	return fmin(fmax(fdr_axis_at(a, ns), 0), 100);
}

/*
 * A value is of a whole step: it is drawn as long as that.  Lines, for the points of a
 * polyline cannot be percentages.
 */
static void curve(FILE *f, const struct fdr_axis *a, const json_t *graph, int top)
{
	int64_t from = num_of(graph, "from_ns"), step = num_of(graph, "step_ns");
	struct range r = range_of(a, graph);
	const json_t *v;
	double last = NAN;
	size_t i;

	json_array_foreach(json_object_get(graph, "values"), i, v) {
		int64_t at = from + (int64_t)i * step;
		double y;

		if (json_is_null(v) || !in_view(a, at, step)) {
			last = NAN;
			continue;
		}
		y = top + HEIGHT - ROOM - (json_number_value(v) - r.lo) / (r.hi - r.lo) *
		    (HEIGHT - 2 * ROOM);
		if (!isnan(last))
			fprintf(f, "<line class=\"graph\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%.1f\" "
				"y2=\"%.1f\"/>", clip(a, at), clip(a, at), last, y);
		fprintf(f, "<line class=\"graph\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%.1f\" "
			"y2=\"%.1f\"/>", clip(a, at), clip(a, at + step), y, y);
		last = y;
	}
}

void fdr_html_graphs_draw(FILE *f, const struct fdr_axis *a, const struct fdr_result_trial *t,
			  int top)
{
	const json_t *graph;
	size_t i;

	json_array_foreach(t->graphs, i, graph) {
		struct range r = range_of(a, graph);
		double zero = top + HEIGHT - ROOM + r.lo / (r.hi - r.lo) * (HEIGHT - 2 * ROOM);

		fprintf(f, "<line class=\"graphbase\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>"
			"<text class=\"ylab\" x=\"0\" y=\"%.1f\">0</text>", zero, zero, zero - 2);
		if (r.any && r.most > 0)
			fprintf(f, "<text class=\"ylab\" x=\"0\" y=\"%d\">%.4g</text>", top + ROOM - 1,
				r.most);
		curve(f, a, graph, top);
		fputc('\n', f);
		top += HEIGHT;
	}
}

void fdr_html_graphs_values(FILE *f, const struct fdr_result_trial *t)
{
	const json_t *graph;
	size_t i;

	json_array_foreach(t->graphs, i, graph) {
		struct range r = range_of(NULL, graph);

		fputs("<div class=\"tall\">", f);
		if (*text_of(graph, "why"))
			fdr_put_html(f, text_of(graph, "why"));
		else if (r.any)
			fprintf(f, "%.4g to %.4g, a value each %s", r.least, r.most,
				fdr_show_ns(num_of(graph, "step_ns")).s);
		else
			fputs("no value", f);
		fputs("</div>", f);
	}
}
