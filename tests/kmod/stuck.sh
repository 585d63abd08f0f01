#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Grace periods and work queues that do not get on; a log that is flooded.
if [ -z "$KT_PINNED" ]; then
	export KT_PINNED=1
	exec taskset 1 "$0" "$@"
fi
. "${KT_DIR:-/kmod}/ktap.sh"

rcu=/sys/module/rcupdate/parameters
arm
remember_state

# A reader of RCU that does not end.
suppress=$(cat $rcu/rcu_cpu_stall_suppress) timeout=$(cat $rcu/rcu_cpu_stall_timeout)
echo 0 > $rcu/rcu_cpu_stall_suppress
echo 3 > $rcu/rcu_cpu_stall_timeout
clear_log
seconds=${KT_SLOW:+20}
seconds=${seconds:-6}
timing rcu ${seconds}000000 rcu-stall cpus=1 @duration=${seconds}000000000 > /tmp/rcu.log &
check "the RCU stall detector reports a reader that does not end" \
	until_true 30 in_log 'rcu: INFO: rcu_[a-z]* .*stall'
check "it ends" until_true 40 grep -q asked /tmp/rcu.log
at_least "who wants a grace period waits until then" \
	"$(sed -n 's/.*kept_us \([0-9]*\).*/\1/p' /tmp/rcu.log)" $((seconds * 1000000 - 100000))
expect "the soft-lockup watchdog was not in the way" "$(dmesg | grep -c 'soft lockup')" 0
echo "$timeout" > $rcu/rcu_cpu_stall_timeout
echo "$suppress" > $rcu/rcu_cpu_stall_suppress

started "another one" rcu-stall cpus=1 @duration=60000000000
check "it is active" fdrctl wait "$id" active 30000
expect "one reads" "$(value "$id" reading)" 1
check "it is cleared" fdrctl clear "$id"
check "it ends" fdrctl wait "$id" cleared 30000
expect "the clock did not cut it short" "$(value "$id" cut_short)" 0
inject rcu-stall cpus=1 @duration=60000000000 @lease=1000000000
check "a lapsed lease ends it" fdrctl wait "$id" expired 30000

# Queues.  stat_refresh is an item of system_wq on each CPU, and waits for all.
refused "CPUs of an unbound queue" "E*cpus*" inject workqueue-stall queue=system_unbound_wq cpus=0
refused "a queue that there is not" "E*queue*" inject workqueue-stall queue=kitchen
# Lockdep takes the kernel's own locks in it for a possible deadlock, and is off from then on.
# Not to our output: cat has the kernel copy, which locks that while it waits if it is a pipe.
refresh() { [ -n "$KT_SLOW" ] || cat /proc/sys/vm/stat_refresh > /dev/null; }
refreshed() { grep -q over /tmp/refresh; }
for cpus in 1 all; do
	inject workqueue-stall cpus=$cpus @duration=60000000000
	check "system_wq of cpus=$cpus stalls" fdrctl wait "$id" active 30000
	check "an item of it blocks" until_true 30 eval "[ \$(value $id blocking) -ge 1 ]"
	(refresh; echo over > /tmp/refresh) &
	refused "the same queue twice" "E*injection $id*" inject workqueue-stall
	[ -n "$KT_SLOW" ] ||
		expect "an item queued meanwhile waits" "$(until_true 1 refreshed && echo ran)" ""
	check "it is cleared" fdrctl clear "$id"
	check "then it runs" until_true 30 refreshed
	[ -n "$KT_SLOW" ] || at_least "the witness waited too" "$(value "$id" waited_ns)" 1000000000
	rm -f /tmp/refresh
done

# Terminals pass on what is written by system_unbound_wq: not tried with system_wq.
for queue in system_highpri_wq system_long_wq system_unbound_wq system_freezable_wq own; do
	inject workqueue-stall queue=$queue @duration=700000000
	if [ $queue != system_unbound_wq ] && [ -z "$KT_SLOW" ]; then
		check "with $queue stalled, system_wq goes on" timeout 5 cat /proc/sys/vm/stat_refresh
	fi
	check "$queue: the duration ends it" fdrctl wait "$id" expired 30000
	# It is queued a few milliseconds after the onset; timing.sh has the exact figures.
	at_least "$queue: the witness waited" "$(value "$id" waited_ns)" 600000000
	expect "$queue: none blocks any more" "$(value "$id" blocking)" 0
done

echo 3 > /proc/sys/kernel/hung_task_timeout_secs
echo 1 > /proc/sys/kernel/hung_task_check_interval_secs
echo 100 > /proc/sys/kernel/hung_task_warnings
clear_log
inject workqueue-stall cpus=1 @duration=60000000000
check "khungtaskd reports the worker" until_true 20 in_log 'INFO: task kworker/1:.* blocked for more than 3 seconds'
check "it is cleared" fdrctl clear "$id"

# The log.
refused "no lines" "E*rate*" inject console-flood rate=0
refused "a line that no log takes" "E*length*" inject console-flood length=901
clear_log
inject console-flood rate=50 level=debug length=100 @duration=1000000000
check "50 lines a second, for a second" fdrctl wait "$id" expired 30000
at_least "as many as asked for" "$(($(value "$id" lines) + $(value "$id" skipped)))" 49
at_most "and no more" "$(($(value "$id" lines) + $(value "$id" skipped)))" 51
expect "they are in the log" "$(dmesg -r | grep -c '^<7>.*faultdrill: flood, line [0-9]* [a-z]\{100\}$')" "$(value "$id" lines)"
inject console-flood rate=100000 level=debug length=0 @duration=60000000000
check "a flood" fdrctl wait "$id" active 30000
until_true 30 eval "[ \$(value $id lines) -gt 1000 ]"
check "it is cleared" fdrctl clear "$id"
check "it ends at once" fdrctl wait "$id" cleared 2000
expect "nobody prints any more" "$(threads | grep -c fdr-flood)" 0

check_state "nothing is left behind"
finish
