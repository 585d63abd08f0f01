/* SPDX-License-Identifier: GPL-2.0-only */
/* The operations of every fault, for the rows in catalogue.c. */
#ifndef FDR_FAULTS_H
#define FDR_FAULTS_H

#include "../fault.h"

extern const struct fdr_fault_ops fdr_panic_ops;
extern const struct fdr_fault_ops fdr_oops_ops;
extern const struct fdr_fault_ops fdr_bug_ops;
extern const struct fdr_fault_ops fdr_warn_ops;
extern const struct fdr_fault_ops fdr_stack_overflow_ops;
extern const struct fdr_fault_ops fdr_double_free_ops;
extern const struct fdr_fault_ops fdr_list_corruption_ops;
extern const struct fdr_fault_ops fdr_reset_ops;
extern const struct fdr_fault_ops fdr_triple_fault_ops;
extern const struct fdr_fault_ops fdr_power_off_ops;
extern const struct fdr_fault_ops fdr_halt_ops;
extern const struct fdr_fault_ops fdr_reboot_ops;
extern const struct fdr_fault_ops fdr_kdump_ops;
extern const struct fdr_fault_ops fdr_soft_lockup_ops;
extern const struct fdr_fault_ops fdr_hard_lockup_ops;
extern const struct fdr_fault_ops fdr_irq_off_ops;
extern const struct fdr_fault_ops fdr_hung_task_ops;
extern const struct fdr_fault_ops fdr_rcu_stall_ops;
extern const struct fdr_fault_ops fdr_workqueue_stall_ops;
extern const struct fdr_fault_ops fdr_lock_hold_ops;
extern const struct fdr_fault_ops fdr_console_flood_ops;
extern const struct fdr_fault_ops fdr_cpu_stall_ops;
extern const struct fdr_fault_ops fdr_cpu_load_ops;
extern const struct fdr_fault_ops fdr_cpu_steal_ops;
extern const struct fdr_fault_ops fdr_cpu_offline_ops;
extern const struct fdr_fault_ops fdr_mem_pressure_ops;
extern const struct fdr_fault_ops fdr_mem_leak_ops;
extern const struct fdr_fault_ops fdr_oom_ops;
extern const struct fdr_fault_ops fdr_page_poison_ops;
extern const struct fdr_fault_ops fdr_disk_error_ops;
extern const struct fdr_fault_ops fdr_disk_bad_sectors_ops;
extern const struct fdr_fault_ops fdr_disk_readonly_ops;
extern const struct fdr_fault_ops fdr_disk_vanish_ops;
extern const struct fdr_fault_ops fdr_disk_hang_ops;
extern const struct fdr_fault_ops fdr_disk_delay_ops;
extern const struct fdr_fault_ops fdr_disk_throttle_ops;
extern const struct fdr_fault_ops fdr_disk_drop_writes_ops;
extern const struct fdr_fault_ops fdr_disk_drop_flush_ops;
extern const struct fdr_fault_ops fdr_disk_corrupt_ops;
extern const struct fdr_fault_ops fdr_disk_torn_write_ops;
extern const struct fdr_fault_ops fdr_disk_timeout_ops;
extern const struct fdr_fault_ops fdr_clock_step_ops;
extern const struct fdr_fault_ops fdr_clock_drift_ops;
extern const struct fdr_fault_ops fdr_task_kill_ops;
extern const struct fdr_fault_ops fdr_task_freeze_ops;
extern const struct fdr_fault_ops fdr_fd_exhaust_ops;
extern const struct fdr_fault_ops fdr_pid_exhaust_ops;
extern const struct fdr_fault_ops fdr_limp_ops;
extern const struct fdr_fault_ops fdr_net_drop_ops;
extern const struct fdr_fault_ops fdr_net_delay_ops;
extern const struct fdr_fault_ops fdr_net_corrupt_ops;
extern const struct fdr_fault_ops fdr_net_duplicate_ops;
extern const struct fdr_fault_ops fdr_link_down_ops;

#endif /* FDR_FAULTS_H */
