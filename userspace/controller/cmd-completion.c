// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "options.h"
#include "sys/catalogue.h"

/* A bash function of one case a command, made from the tables. */
static void print_commands(void)
{
	const struct fdr_command *const *commands;
	size_t n;

	commands = fdr_commands(&n);
	printf("\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\twords=\"");
	for (size_t i = 0; i < n; i++)
		printf("%s%s", i ? " " : "", commands[i]->name);
	printf("\"\n\telse\n\t\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; i < n; i++) {
		printf("\t\t%s) words=\"%s%s", commands[i]->name,
		       commands[i]->words ? commands[i]->words : "", commands[i]->words ? " " : "");
		for (size_t j = 0; j < fdr_options_count(commands[i]); j++)
			printf("%s--%s", j ? " " : "", fdr_options_at(commands[i], j)->name);
		printf("\" ;;\n");
	}
	printf("\t\tesac\n\tfi\n");
}

/* A fault's name first, then its parameters. */
static void print_faults(const struct fdr_faults *f)
{
	printf("\tif [[ ${COMP_WORDS[1]} == @(list|inject) && $cur != -* ]] &&\n"
	       "\t   [ \"$COMP_CWORD\" -gt 1 ]; then\n\t\twords=\"");
	for (size_t i = 0; i < f->n; i++)
		printf("%s%s", i ? " " : "", f->kinds[i].name);
	printf("\"\n\t\tif [ \"${COMP_WORDS[1]}\" = inject ]; then\n"
	       "\t\t\tfor word in \"${COMP_WORDS[@]:2:COMP_CWORD-2}\"; do\n"
	       "\t\t\t\tcase $word in\n");
	for (size_t i = 0; i < f->n; i++) {
		printf("\t\t\t\t%s) words=\"", f->kinds[i].name);
		for (size_t j = 0; j < f->kinds[i].n_opts; j++)
			printf("%s%s=", j ? " " : "", f->kinds[i].opts[j].name);
		printf("\" ;;\n");
	}
	printf("\t\t\t\tesac\n\t\t\tdone\n\t\tfi\n\tfi\n");
}

static int run(int argc, char **argv)
{
	struct fdr_faults *f FDR_CLEANUP(fdr_faults_freep) = NULL;
	struct fdr_error e = { "" };
	int r;

	(void)argc;
	if (strcmp(argv[0], "bash"))
		return fdr_usage_error(&fdr_cmd_completion, "there is completion for bash only, "
				       "not for \"%s\"", argv[0]);
	r = fdr_faults_offline(&f, &e);
	if (r < 0)
		return fdr_fail(r, &e);
	printf("# bash completion for faultdrill: source <(faultdrill completion bash)\n"
	       "_faultdrill()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} words= word\n\n");
	print_commands();
	print_faults(f);
	printf("\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	       "\tif [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then\n"
	       "\t\tcompopt -o nospace\n\tfi\n"
	       "}\ncomplete -o default -F _faultdrill faultdrill\n");
	return FDR_EXIT_PASS;
}

const struct fdr_command fdr_cmd_completion = {
	.name = "completion",
	.args = "bash",
	.summary = "Print a completion script for the shell.",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
