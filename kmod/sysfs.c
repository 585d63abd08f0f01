// SPDX-License-Identifier: GPL-2.0-only
/*
 * The session for a shell with no tools installed.
 *
 * A refusal's errno is all that write() can return; its message goes to the
 * kernel log with the audit line.
 */
#include <linux/capability.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include "request.h"
#include "session.h"
#include "sysfs.h"

static struct kobject *root, *injections;

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", FDR_VERSION);
}

static ssize_t armed_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n",
			  div_u64(fdr_session_armed_ns() + NSEC_PER_SEC - 1, NSEC_PER_SEC));
}

static int arm_line(char *text, struct netlink_ext_ack *extack)
{
	u64 ns;

	if (!strcmp(text, "0")) {
		fdr_session_disarm(FDR_VIA_SYSFS);
		return 0;
	}
	if (fdr_parse_time(text, &ns))
		return fdr_refuse(extack, -EINVAL,
				  "'%.64s' is not understood; expected a time from 1s to 24h, or 0",
				  text);
	return fdr_session_arm(ns, FDR_VIA_SYSFS, extack);
}

static int inject_line(char *line, struct netlink_ext_ack *extack)
{
	return fdr_request_submit(line, FDR_VIA_SYSFS, extack);
}

static int clear_line(char *line, struct netlink_ext_ack *extack)
{
	u32 id = 0, cleared;

	if (strcmp(line, "all") && (kstrtou32(line, 10, &id) || !id))
		return fdr_refuse(extack, -EINVAL,
				  "'%.64s' is not understood; expected an injection's id, or all",
				  line);
	return fdr_session_clear(id, FDR_VIA_SYSFS, &cleared, extack);
}

/* What all three control files have in common. */
static ssize_t store(const char *what, int (*act)(char *, struct netlink_ext_ack *),
		     const char *buf, size_t count)
{
	struct netlink_ext_ack extack = { };
	char *copy = NULL;
	int err = -ENOMEM;

	if (!capable(CAP_SYS_ADMIN))
		err = fdr_refuse(&extack, -EPERM,
				 "CAP_SYS_ADMIN in the initial user namespace is needed");
	else
		copy = kstrndup(buf, count, GFP_KERNEL);
	if (copy)
		err = act(strim(copy), &extack);
	kfree(copy);
	if (err)
		fdr_audit_refusal(FDR_VIA_SYSFS, what, &extack);
	return err ?: count;
}

static ssize_t armed_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t count)
{
	return store("arm", arm_line, buf, count);
}

static ssize_t inject_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	return store("inject", inject_line, buf, count);
}

static ssize_t clear_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t count)
{
	return store("clear", clear_line, buf, count);
}

static ssize_t faults_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	const struct fdr_fault *fault;
	unsigned int i;
	int len = 0;

	for (i = 0; (fault = fdr_catalogue_at(i)); i++)
		len += sysfs_emit_at(buf, len, "%s\n", fault->name);
	return len;
}

static struct kobj_attribute version_attr = __ATTR_RO(version);
static struct kobj_attribute faults_attr = __ATTR_RO(faults);
static struct kobj_attribute armed_attr = __ATTR_RW(armed);
static struct kobj_attribute inject_attr = __ATTR_WO(inject);
static struct kobj_attribute clear_attr = __ATTR_WO(clear);

static struct attribute *root_attrs[] = {
	&version_attr.attr,
	&faults_attr.attr,
	&armed_attr.attr,
	&inject_attr.attr,
	&clear_attr.attr,
	NULL,
};

static const struct attribute_group root_group = { .attrs = root_attrs };

/* injections/<id>/ */

static struct fdr_injection *to_injection(struct kobject *kobj)
{
	return container_of(kobj, struct fdr_injection, kobj);
}

static ssize_t fault_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", to_injection(kobj)->fault->name);
}

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	static const char * const names[] = {
		[FAULTDRILL_STATE_PENDING] = "pending",
		[FAULTDRILL_STATE_ACTIVE] = "active",
		[FAULTDRILL_STATE_FIRED] = "fired",
		[FAULTDRILL_STATE_EXPIRED] = "expired",
		[FAULTDRILL_STATE_CLEARED] = "cleared",
		[FAULTDRILL_STATE_FAILED] = "failed",
	};

	return sysfs_emit(buf, "%s\n", names[READ_ONCE(to_injection(kobj)->state)]);
}

static ssize_t reason_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct fdr_injection *inj = to_injection(kobj);

	return sysfs_emit(buf, "%s\n", fdr_injection_ended(inj) ? inj->reason : "");
}

static ssize_t left_ms_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", div_u64(fdr_injection_left_ns(to_injection(kobj)),
						 NSEC_PER_MSEC));
}

static struct kobj_attribute fault_attr = __ATTR_RO(fault);
static struct kobj_attribute state_attr = __ATTR_RO(state);
static struct kobj_attribute reason_attr = __ATTR_RO(reason);
static struct kobj_attribute left_ms_attr = __ATTR_RO(left_ms);

static struct attribute *injection_attrs[] = {
	&fault_attr.attr,
	&state_attr.attr,
	&reason_attr.attr,
	&left_ms_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(injection);

static void injection_free(struct kobject *kobj)
{
	struct fdr_injection *inj = to_injection(kobj);

	fdr_thread_free(inj);
	fdr_args_free(inj->fault, inj->args);
	kfree(inj);
}

struct kobj_type fdr_injection_ktype = {
	.release = injection_free,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = injection_groups,
};

void fdr_sysfs_add(struct fdr_injection *inj)
{
	if (kobject_add(&inj->kobj, injections, "%u", inj->id))
		pr_warn("injection %u is not shown in sysfs\n", inj->id);
}

void fdr_sysfs_remove(struct fdr_injection *inj)
{
	if (inj->kobj.state_in_sysfs)
		kobject_del(&inj->kobj);
}

int fdr_sysfs_init(void)
{
	root = kobject_create_and_add("faultdrill", kernel_kobj);
	if (!root)
		return -ENOMEM;
	injections = kobject_create_and_add("injections", root);
	if (!injections) {
		kobject_put(root);
		return -ENOMEM;
	}
	return 0;
}

void fdr_sysfs_exit(void)
{
	kobject_put(injections);
	kobject_put(root);
}

int fdr_sysfs_open(void)
{
	return sysfs_create_group(root, &root_group);
}

void fdr_sysfs_close(void)
{
	sysfs_remove_group(root, &root_group);
}
