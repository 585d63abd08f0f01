#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Tasks in uninterruptible sleep, as khungtaskd and ps see them.
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

echo 3 > /proc/sys/kernel/hung_task_timeout_secs
echo 1 > /proc/sys/kernel/hung_task_check_interval_secs
echo 100 > /proc/sys/kernel/hung_task_warnings
arm
remember_state
clear_log

hung() { threads | grep -c '^fdr-hung.* D'; }
has_hung() { [ "$(hung)" = "$1" ]; }
waiting() { threads | grep -c '^fdr-hung'; }

# While it waits for its start, its threads must not look hung: they would be reported.
inject hung-task tasks=2 @delay=60000000000 @duration=60000000000
expect "threads are ready before the start" "$(waiting)" 2
idle() { ! threads | grep '^fdr-hung' | grep -qv ' I$'; }
check "and do not look hung" until_true 30 idle
check "a pending injection is cancelled" fdrctl clear "$id"
check "it counts as cleared" fdrctl wait "$id" cleared 30000

started "three tasks hang for up to a minute" hung-task tasks=3 @duration=60000000000
check "three tasks are in state D" until_true 30 has_hung 3
check "khungtaskd reports the first" until_true 20 in_log 'INFO: task fdr-hung/0:[0-9]* blocked for more than 3 seconds'
check "khungtaskd reports the last" until_true 20 in_log 'INFO: task fdr-hung/2:[0-9]* blocked for more than 3 seconds'
pid=$(sed -n 's/^\([0-9]*\) (fdr-hung\/0).*/\1/p' /proc/[0-9]*/stat 2> /dev/null)
kill -9 "$pid"
expect "SIGKILL does not help" "$(hung)" 3
check "it is cleared" fdrctl clear "$id"
check "none hangs any more" until_true 30 has_hung 0

# Reverts that nobody asks for.
inject hung-task @duration=1000000000
check "the duration ends it" fdrctl wait "$id" expired 30000
expect "and says so" "$(value "$id" reason)" "*duration*"
inject hung-task @duration=60000000000 @lease=1000000000
check "a lapsed lease ends it" fdrctl wait "$id" expired 30000
expect "and says so" "$(value "$id" reason)" "*lease*"
check "none hangs any more" has_hung 0

# A lease that is renewed holds, well past the first one.
inject hung-task @duration=60000000000 @lease=2000000000
begin=$(fdrctl clock)
until [ $(($(fdrctl clock) - begin)) -gt 3500000000 ]; do
	fdrctl renew "$id" 2000000000 > /dev/null
	usleep 200000
done
expect "a renewed lease holds" "$(value "$id" state)" active
check "and lapses without" fdrctl wait "$id" expired 30000

check_state "nothing is left behind"
finish
