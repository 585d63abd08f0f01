// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooking what a device sends.
 *
 * Before 5.16 netfilter has no hook at that place.  There dev_queue_xmit() is
 * redirected by ftrace, for the devices concerned alone.  What the hook lets
 * pass goes on by calling the function again with a mark in the packet, which
 * the callback takes off.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <net/net_namespace.h>

#include "net-xmit.h"
#include "compat/ftrace.h"
#include "compat/net.h"

#define FDR_NET_XMIT_TARGET	"dev_queue_xmit"

/* Read by the callback, which may call nothing: hence no list. */
#define FDR_NET_XMIT_DEVS	64

static const struct nf_hook_ops *fdr_net_xmit_devs[FDR_NET_XMIT_DEVS];
static unsigned int fdr_net_xmit_n;	/* places in use, holes included; 0: not redirected */

static __always_inline const struct nf_hook_ops *fdr_net_xmit_ops(const struct net_device *dev)
{
	unsigned int i, n = READ_ONCE(fdr_net_xmit_n);

	for (i = 0; i < n; i++) {
		const struct nf_hook_ops *ops = READ_ONCE(fdr_net_xmit_devs[i]);

		if (ops && ops->dev == dev)
			return ops;
	}
	return NULL;
}

/* What a packet of such a device meets instead of dev_queue_xmit(). */
static int notrace fdr_net_xmit_stub(struct sk_buff *skb)
{
	const struct nf_hook_ops *ops;
	int ret = NET_XMIT_SUCCESS;

	rcu_read_lock_bh();
	rcu_read_lock();
	ops = fdr_net_xmit_ops(skb->dev);
	if (!ops || ops->hook(ops->priv, skb, NULL) == NF_ACCEPT) {
		fdr_net_mark_out(skb);
		ret = dev_queue_xmit(skb);
	}
	rcu_read_unlock();
	rcu_read_unlock_bh();
	return ret;
}

static void notrace fdr_net_xmit_callback(unsigned long ip, unsigned long parent_ip,
					  struct ftrace_ops *ops, struct fdr_ftrace_regs *fregs)
{
	struct sk_buff *skb = (struct sk_buff *)fdr_ftrace_arg0(fregs);

	if (fdr_net_unmark_out(skb))
		return;
	preempt_disable_notrace();
	if (fdr_net_xmit_ops(skb->dev))
		fdr_ftrace_redirect(fregs, (unsigned long)fdr_net_xmit_stub);
	preempt_enable_notrace();
}

static struct ftrace_ops fdr_net_xmit_ftrace = {
	.func = fdr_net_xmit_callback,
	.flags = FDR_FTRACE_FLAGS,
};

static int fdr_net_xmit_redirect(void)
{
	int err;

	err = ftrace_set_filter(&fdr_net_xmit_ftrace, FDR_NET_XMIT_TARGET,
				strlen(FDR_NET_XMIT_TARGET), 1);
	if (err)
		return err;
	err = register_ftrace_function(&fdr_net_xmit_ftrace);
	if (err)
		goto err_filter;
	return 0;

err_filter:
	ftrace_set_filter(&fdr_net_xmit_ftrace, NULL, 0, 1);
	return err;
}

static void fdr_net_xmit_restore(void)
{
	int err = unregister_ftrace_function(&fdr_net_xmit_ftrace);

	if (err) {
		/* ftrace has shut itself down after a bug; our text must stay. */
		pr_err("cannot undo the redirect of " FDR_NET_XMIT_TARGET
		       " (error %d): the module stays loaded\n", err);
		__module_get(THIS_MODULE);
		return;
	}
	/* A task may have been preempted where it was sent, on its way in or out. */
	synchronize_rcu_tasks();
	ftrace_set_filter(&fdr_net_xmit_ftrace, NULL, 0, 1);
}

static int fdr_net_xmit_add(const struct nf_hook_ops *ops)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < fdr_net_xmit_n && fdr_net_xmit_devs[i]; i++)
		;
	if (i == FDR_NET_XMIT_DEVS)
		return -ENOSPC;
	if (!fdr_net_xmit_n)
		err = fdr_net_xmit_redirect();
	if (err)
		return err;
	WRITE_ONCE(fdr_net_xmit_devs[i], ops);
	WRITE_ONCE(fdr_net_xmit_n, max(fdr_net_xmit_n, i + 1));
	return 0;
}

static void fdr_net_xmit_del(const struct nf_hook_ops *ops)
{
	unsigned int i, last = 0;

	for (i = 0; i < fdr_net_xmit_n; i++) {
		if (fdr_net_xmit_devs[i] == ops)
			WRITE_ONCE(fdr_net_xmit_devs[i], NULL);
		if (fdr_net_xmit_devs[i])
			last = i + 1;
	}
	if (!last && fdr_net_xmit_n)
		fdr_net_xmit_restore();
	WRITE_ONCE(fdr_net_xmit_n, last);
}

const char *fdr_net_xmit_unavailable(void)
{
	if (FDR_NET_EGRESS || (FDR_NET_REDIRECT && FDR_FTRACE_USABLE))
		return NULL;
	return "the kernel has no netfilter egress hook (CONFIG_NETFILTER_EGRESS), nor can it redirect dev_queue_xmit (CONFIG_DYNAMIC_FTRACE_WITH_REGS)";
}

int fdr_net_xmit_hook(const struct nf_hook_ops *ops)
{
	if (FDR_NET_EGRESS)
		return nf_register_net_hook(&init_net, ops);
	return fdr_net_xmit_add(ops);
}

void fdr_net_xmit_unhook(const struct nf_hook_ops *ops)
{
	if (FDR_NET_EGRESS)
		nf_unregister_net_hook(&init_net, ops);
	else
		fdr_net_xmit_del(ops);
}
