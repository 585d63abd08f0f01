// SPDX-License-Identifier: GPL-2.0-only
/* Signals that the kernel itself sends: no permission and no handler of the sender's counts. */
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "faults.h"
#include "task-select.h"

enum fdr_which { FDR_ALL, FDR_OLDEST, FDR_NEWEST };	/* in the order of the choices */

struct fdr_kill {
	struct fdr_select sel;
	enum fdr_which which;
	int signal;
	u64 signalled;
	unsigned int spared;
	struct task_struct *best;	/* under RCU, while one is looked for */
};

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP }, { "INT", SIGINT }, { "QUIT", SIGQUIT }, { "ILL", SIGILL },
	{ "TRAP", SIGTRAP }, { "ABRT", SIGABRT }, { "BUS", SIGBUS }, { "FPE", SIGFPE },
	{ "KILL", SIGKILL }, { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV }, { "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE }, { "ALRM", SIGALRM }, { "TERM", SIGTERM }, { "CHLD", SIGCHLD },
	{ "CONT", SIGCONT }, { "STOP", SIGSTOP }, { "TSTP", SIGTSTP }, { "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU }, { "URG", SIGURG }, { "XCPU", SIGXCPU }, { "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM }, { "PROF", SIGPROF }, { "WINCH", SIGWINCH }, { "IO", SIGIO },
	{ "PWR", SIGPWR }, { "SYS", SIGSYS },
};

/* A signal's number, or 0. */
static int signal_of(const char *text)
{
	unsigned int i, number;

	if (!kstrtouint(text, 10, &number))
		return number <= _NSIG ? number : 0;
	if (!strncmp(text, "SIG", 3))
		text += 3;
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		if (!strcmp(text, signals[i].name))
			return signals[i].number;
	}
	return 0;
}

static int fdr_kill_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	const char *text = fdr_arg_str(inj, "signal");
	struct fdr_kill *k;
	int err;

	k = kzalloc(sizeof(*k), GFP_KERNEL);
	if (!k)
		return -ENOMEM;
	k->which = fdr_arg_choice(inj, "which");
	k->signal = signal_of(text);
	if (!k->signal) {
		err = fdr_refuse(extack, -EINVAL,
				 "signal: '%.32s' is no signal: give a name such as KILL, TERM or STOP, or a number from 1 to %d",
				 text, _NSIG);
		goto err_free;
	}
	err = fdr_select_init(&k->sel, inj, FDR_SELECT_CGROUP | FDR_SELECT_KTHREADS, extack);
	if (err)
		goto err_free;
	fdr_set_priv(inj, k);
	return 0;

err_free:
	kfree(k);
	return err;
}

static int send(struct task_struct *task, void *arg)
{
	struct fdr_kill *k = arg;
	int err;

	/* As from the kernel: process 1 gets it too, if it was let through to here. */
	if (k->sel.scope == FDR_SCOPE_THREAD)
		err = send_sig(k->signal, task, 1);
	else
		err = kill_pid(task_pid(task), k->signal, 1);
	if (!err)
		k->signalled++;
	return 0;
}

static int compare(struct task_struct *task, void *arg)
{
	struct fdr_kill *k = arg;

	if (!k->best ||
	    (k->which == FDR_OLDEST ? task->start_time < k->best->start_time :
				      task->start_time >= k->best->start_time))
		k->best = task;
	return 0;
}

static int fdr_kill_start(struct fdr_injection *inj)
{
	struct fdr_kill *k = fdr_priv(inj);

	if (!fdr_select_count(&k->sel, false))
		return fdr_fail(inj, -ESRCH, "the process ended before the start");
	fdr_onset(inj);
	if (k->which == FDR_ALL) {
		fdr_select_each(&k->sel, false, send, k, &k->spared);
	} else {
		rcu_read_lock();
		fdr_select_each(&k->sel, false, compare, k, &k->spared);
		if (k->best)
			send(k->best, k);
		rcu_read_unlock();
	}
	return FDR_DONE;
}

static void fdr_kill_release(struct fdr_injection *inj)
{
	struct fdr_kill *k = fdr_priv(inj);

	fdr_select_exit(&k->sel);
	fdr_set_priv(inj, NULL);
	kfree(k);
}

static void fdr_kill_counters(struct fdr_injection *inj,
			      void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_kill *k = fdr_priv(inj);

	emit(arg, "signalled", k->signalled);
	emit(arg, "spared", k->spared);
}

const struct fdr_fault_ops fdr_task_kill_ops = {
	.prepare = fdr_kill_prepare,
	.start = fdr_kill_start,
	.release = fdr_kill_release,
	.counters = fdr_kill_counters,
};
