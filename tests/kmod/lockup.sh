#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# CPUs that lock up: what the kernel's own watchdog says, what the CPUs do.

# A process that ever ran on CPU 1 can have to wait for that CPU when its memory
# is unmapped, as on any machine with a CPU locked up.  This one never does.
if [ -z "$KT_PINNED" ]; then
	export KT_PINNED=1
	exec taskset 1 "$0" "$@"
fi
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

thresh=$(cat /proc/sys/kernel/watchdog_thresh)
echo 2 > /proc/sys/kernel/watchdog_thresh
arm
remember_state

# A soft lockup: no task runs there, ticks go on, the watchdog tells.  It counts
# in units of 1.07 s and looks each 0.8 s: with a threshold of 4 s it may take 6.
clear_log
watch 1000
started "soft lockup of CPU 1 for 8 s" soft-lockup cpus=1 @duration=8000000000
check "it ends" fdrctl wait "$id" expired 30000
seen
expect "it has expired" "$(value "$id" state)" expired
check "the kernel's watchdog reports a soft lockup of CPU 1" \
	in_log 'watchdog: BUG: soft lockup - CPU#1 stuck'
at_least "no task ran on CPU 1 for 8 s" "$(of_cpu 1 longest_us)" 7990000
# Upper bounds tell it from the other CPU and from no end; the host may be busy.
at_most "nor for much longer" "$(of_cpu 1 longest_us)" 20000000
at_most "tasks ran on CPU 0" "$(of_cpu 0 longest_us)" 6000000
at_most "CPU 1 had its ticks" "$(of_cpu 1 longest_quiet_us)" 6000000

# A hard lockup: not even ticks.
watch 1000
started "hard lockup of CPU 1 for 3 s" hard-lockup cpus=1 @duration=3000000000
check "it ends" fdrctl wait "$id" expired 30000
seen
at_least "nothing ran on CPU 1 for 3 s" "$(of_cpu 1 longest_us)" 2990000
# Seen from CPU 0 only as often as that looks.
at_least "CPU 1 had no tick meanwhile" "$(of_cpu 1 longest_quiet_us)" 2000000
at_most "nor for much longer" "$(of_cpu 1 longest_quiet_us)" 12000000
at_most "tasks ran on CPU 0" "$(of_cpu 0 longest_us)" 2500000
at_most "CPU 0 had its ticks" "$(of_cpu 0 longest_quiet_us)" 2500000
expect "the clock did not cut it short" "$(value "$id" cut_short)" 0

# The list form, here with every CPU that there is.
for cpus in 0-1 all; do
	watch 500
	started "hard lockup of cpus=$cpus for 1.5 s" hard-lockup cpus=$cpus @duration=1500000000
	check "it ends" fdrctl wait "$id" expired 30000
	seen
	for cpu in 0 1; do
		at_least "nothing ran on CPU $cpu for 1.5 s" "$(of_cpu $cpu longest_us)" 1490000
		at_most "nor for much longer" "$(of_cpu $cpu longest_us)" 10000000
	done
done

# Cleared before its time, from a CPU that still runs.
watch 500
started "soft lockup of CPU 1 for a minute" soft-lockup cpus=1 @duration=80000000000
check "it is active" fdrctl wait "$id" active 30000
check "it is cleared" fdrctl clear "$id"
check "it ends at once" fdrctl wait "$id" cleared 30000
seen
at_most "CPU 1 is back long before its time" "$(of_cpu 1 longest_us)" 40000000

echo "$thresh" > /proc/sys/kernel/watchdog_thresh
check_state "nothing is left behind"
finish
