#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the state of this machine that a fault might change and has to restore:
# a line "KEY VALUE" for what is compared within a tolerance, else lines of text
# ("pid N/..." counts only for processes that are there both times).
. "${KT_DIR:-$(dirname "$0")}/ktap.sh" > /dev/null

# Settings that the kernel itself moves all the time, the taint (a detector's report
# taints for good), and what can only be written.
MOVING='random/|ns_last_pid|dentry-state|inode-nr|inode-state|file-nr|pty/nr|tainted|conntrack_count'
MOVING="$MOVING|drop_caches|compact_memory|stat_refresh|/flush\$|perf_event_max_sample_rate"
MOVING="$MOVING|perf_cpu_time_max_percent|neigh/|boot_id|uuid|sched_domain|hung_task_warnings|hung_task_detect_count"

echo "clock_offset_us $(fdrctl offset)"
sed -n 's/^MemAvailable: *\([0-9]*\) kB/mem_available_kb \1/p' /proc/meminfo
for f in online offline present isolated; do
	echo "cpu/$f: $(cat /sys/devices/system/cpu/$f 2> /dev/null)"
done
find /proc/sys -type f 2> /dev/null | grep -vE "$MOVING" | sort | xargs grep -sH ''
kernel_state
ip -o link | sed 's/ qlen.*//'
ip -o addr
ip route
ip -6 route 2> /dev/null
cat /proc/mounts
cat /sys/devices/system/clocksource/clocksource0/current_clocksource
if [ -x "${KT_DIR:-$(dirname "$0")}/nfhooks" ]; then nfhooks; fi
grep -sH '' /proc/[0-9]*/oom_score_adj | sed 's|/proc/\([0-9]*\)/|pid \1/|'
grep -sH 'open files' /proc/[0-9]*/limits | sed 's|/proc/\([0-9]*\)/|pid \1/|'
