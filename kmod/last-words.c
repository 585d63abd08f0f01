// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/notifier.h>
#include "injection.h"
#include "last-words.h"

static int on_panic(struct notifier_block *nb, unsigned long event, void *message)
{
	const struct fdr_injection *inj = fdr_injection_stopping();

	if (inj && test_bit(FDR_INJ_STAMPED, &inj->flags))
		pr_emerg("onset of %s: injection %u, cookie %llu, boottime %lld ns\n",
			 inj->fault->name, inj->id, inj->cookie, inj->onset.boottime);
	return NOTIFY_DONE;
}

static struct notifier_block panic_nb = { .notifier_call = on_panic };

void fdr_last_words_init(void)
{
	atomic_notifier_chain_register(&panic_notifier_list, &panic_nb);
}

void fdr_last_words_exit(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_nb);
}
