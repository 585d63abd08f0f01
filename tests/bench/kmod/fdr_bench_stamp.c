// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts what lies between a request and the fault that it asks for.
 *
 * A program maps the page of /dev/fdr_bench_stamp and stores its time stamp
 * counter there as the last thing before the request.  When the kernel reaches
 * the function "symbol", a kprobe takes the second stamp, and both go out of
 * the second serial port byte by byte: nothing else of the kernel, its console
 * least of all, has a part in the figure, and it survives the kernel's death.
 */
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kprobes.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <asm/tsc.h>

#define SECOND_UART	0x2f8

static char *symbol = "panic";
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "the function whose first instruction ends the count");

static u64 *stamp;

static int bench_hit(struct kprobe *p, struct pt_regs *regs)
{
	u64 now = rdtsc_ordered();
	char text[64];
	int i, n;

	/* The program arms it with a stamp; what came before does not count. */
	if (!*stamp)
		return 0;
	n = scnprintf(text, sizeof(text), "\nstamps %llu %llu\n", *stamp, now);
	*stamp = 0;
	for (i = 0; i < n; i++)
		outb(text[i], SECOND_UART);
	return 0;
}

static struct kprobe probe = { .pre_handler = bench_hit };

static int bench_mmap(struct file *file, struct vm_area_struct *vma)
{
	return vm_map_pages_zero(vma, (struct page *[]){ virt_to_page(stamp) }, 1);
}

static const struct file_operations bench_fops = {
	.owner = THIS_MODULE,
	.mmap = bench_mmap,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "fdr_bench_stamp",
	.fops = &bench_fops,
};

static int __init bench_init(void)
{
	int err;

	stamp = (u64 *)get_zeroed_page(GFP_KERNEL);
	if (!stamp)
		return -ENOMEM;
	err = misc_register(&device);
	if (err)
		goto err_free_page;
	probe.symbol_name = symbol;
	err = register_kprobe(&probe);
	if (err)
		goto err_misc_deregister;
	return 0;

err_misc_deregister:
	misc_deregister(&device);
err_free_page:
	free_page((unsigned long)stamp);
	return err;
}

static void __exit bench_exit(void)
{
	unregister_kprobe(&probe);
	misc_deregister(&device);
	free_page((unsigned long)stamp);
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Instructions from a request to its fault");
MODULE_LICENSE("GPL");
