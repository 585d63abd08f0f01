// SPDX-License-Identifier: GPL-2.0-only
/* x86: the NMI that a CPU sends itself through its local APIC, and the triple fault. */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/list.h>
#include <linux/smp.h>
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/desc_defs.h>
#include <asm/irq_vectors.h>
#include <asm/nmi.h>

#include "arch.h"

#define FDR_NMI_NAME	"faultdrill"
#define FDR_NMI_NO_CPU	(-1)

static struct {
	atomic_t taken;
	atomic_t cpu;		/* that expects it */
	void (*fn)(void *arg);
	void *arg;
} nmi = { .cpu = ATOMIC_INIT(FDR_NMI_NO_CPU) };

/* NMIs have no number: all handlers are asked, and only the CPU that sent itself one has ours. */
static int fdr_arch_on_nmi(unsigned int type, struct pt_regs *regs)
{
	int cpu = smp_processor_id();

	if (atomic_cmpxchg(&nmi.cpu, cpu, FDR_NMI_NO_CPU) != cpu)
		return NMI_DONE;
	nmi.fn(nmi.arg);
	return NMI_HANDLED;
}

static struct nmiaction nmi_action = {
	.list = LIST_HEAD_INIT(nmi_action.list),
	.handler = fdr_arch_on_nmi,
	.flags = NMI_FLAG_FIRST,
	.name = FDR_NMI_NAME,
};

const char *fdr_arch_nmi_unavailable(void)
{
	return boot_cpu_has(X86_FEATURE_APIC) ? NULL : "this machine has no local APIC";
}

int fdr_arch_nmi_take(void (*fn)(void *arg), void *arg)
{
	int err;

	if (atomic_cmpxchg(&nmi.taken, 0, 1))
		return -EBUSY;
	nmi.fn = fn;
	nmi.arg = arg;
	err = __register_nmi_handler(NMI_LOCAL, &nmi_action);
	if (err)
		atomic_set(&nmi.taken, 0);
	return err;
}

void fdr_arch_nmi_raise(void)
{
	int cpu = smp_processor_id();

	atomic_set(&nmi.cpu, cpu);
	apic->send_IPI(cpu, NMI_VECTOR);
}

void fdr_arch_nmi_give_back(void)
{
	atomic_set(&nmi.cpu, FDR_NMI_NO_CPU);
	unregister_nmi_handler(NMI_LOCAL, FDR_NMI_NAME);
	INIT_LIST_HEAD(&nmi_action.list);
	atomic_set(&nmi.taken, 0);
}

const char *fdr_arch_triple_fault_unavailable(void)
{
	if (boot_cpu_has(X86_FEATURE_XENPV))
		return "a Xen paravirtual guest has no descriptor table of its own to spoil";
#ifdef X86_FEATURE_FRED
	if (boot_cpu_has(X86_FEATURE_FRED))
		return "this processor delivers exceptions by FRED, not through a table that can be spoilt";
#endif
	return NULL;
}

void fdr_arch_triple_fault(void)
{
	static const struct desc_ptr nothing;

	local_irq_disable();
	asm volatile("lidt %0\n\tint3" : : "m" (nothing) : "memory");
}
