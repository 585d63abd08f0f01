// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

#define DIM	"\033[2m"
#define BOLD	"\033[1m"
#define YELLOW	"\033[33m"
#define PLAIN	"\033[0m"

/* How much of @text fits behind @used columns of a terminal; all of it elsewhere. */
static size_t fitting(FILE *f, const char *text, size_t used)
{
	size_t n = strlen(text), room;
	struct winsize w;

	if (ioctl(fileno(f), TIOCGWINSZ, &w) < 0 || w.ws_col <= used + 1)
		return n;
	room = w.ws_col - used;
	if (n <= room)
		return n;
	/* One column for the ellipsis; no character is cut in two. */
	for (n = room - 1; n && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
		;
	return n;
}

/* A terminal shows one line a step; the store keeps the whole text. */
static void put_line(struct fdr_run *run, const char *colour, const char *text)
{
	double elapsed = (double)(fdr_now_ns() - run->started_ns) / 1e9;
	char trial[32] = "";
	size_t n;

	if (!run->progress)
		return;
	if (run->trial)
		snprintf(trial, sizeof(trial), "trial %u/%llu  ", run->trial,
			 (unsigned long long)run->plan->trials.count);
	n = fitting(run->progress, text, strlen("   0.000 s  ") + strlen(trial));
	if (run->colour)
		fprintf(run->progress, DIM "%8.3f s  %s" PLAIN "%s%.*s%s" PLAIN "\n", elapsed, trial,
			colour, (int)n, text, text[n] ? "…" : "");
	else
		fprintf(run->progress, "%8.3f s  %s%.*s%s\n", elapsed, trial, (int)n, text,
			text[n] ? "…" : "");
	fflush(run->progress);
}

void fdr_run_event(struct fdr_run *run, const char *kind, const char *node, int64_t at_ns,
		   json_t *data)
{
	/* A dry run keeps nothing.  What the store cannot keep it reports at the next flush. */
	if (run->store)
		fdr_store_put_event(run->store, run->trial, kind, node, at_ns, data);
	json_decref(data);
}

static void note(struct fdr_run *run, const char *level, const char *text)
{
	fdr_run_event(run, "note", NULL, fdr_now_ns(),
		      json_pack("{s:s, s:s}", "level", level, "text", text));
}

void fdr_run_say(struct fdr_run *run, const char *fmt, ...)
{
	char text[1200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_line(run, "", text);
	note(run, "info", text);
}

void fdr_run_warn(struct fdr_run *run, const char *fmt, ...)
{
	char text[1200] = "warning: ";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + 9, sizeof(text) - 9, fmt, ap);
	va_end(ap);
	put_line(run, YELLOW, text);
	note(run, "warning", text + 9);
}

void fdr_run_say_since(struct fdr_run *run, int64_t at_ns, const char *word, const char *what)
{
	double since = (double)(at_ns - run->t0_ns) / 1e9;
	char text[512];

	snprintf(text, sizeof(text), "  %+8.3f s  %-11s  %s", since, word, what);
	put_line(run, BOLD, text);
}

void fdr_run_phase(struct fdr_run *run, const char *step)
{
	/* Both clocks: a run that goes on after a restart of this host has two monotonic ones. */
	fdr_run_event(run, "phase", NULL, fdr_now_ns(),
		      json_pack("{s:s, s:I}", "step", step, "realtime_ns",
				(json_int_t)fdr_clock_ns(CLOCK_REALTIME)));
}
