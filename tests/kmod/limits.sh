#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A process that gets no more descriptors; a node on which nothing can be started.
# shellcheck source=tests/kmod/ktap.sh
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

# ask(words) - of the victim; sets answer.  The shell itself may be unable to fork.
ask() {
	echo "$*" > /tmp/in
	read -r answer < /tmp/out
}

# serve(name) - start a victim that answers; sets pid
serve() {
	rm -f /tmp/in /tmp/out
	mkfifo /tmp/in /tmp/out
	victim serve "$1" /tmp/in /tmp/out &
	pid=$!
	ask open
}

soft() { sed -n 's/^Max open files *\([0-9]*\) .*/\1/p' "/proc/$1/limits"; }
limits_of() { sed -n '/^Max open files/p' "/proc/$1/limits"; }

arm
remember_state
serve greedy
before=$(limits_of $pid) free=${answer% *}
expect "at first it can open files" "$answer" "[1-9]* EMFILE"

# Descriptors
refused "more to spare than it can have" "E*spare*" inject fd-exhaust pid=$pid spare=1000000
refused "nobody is named" "E*pid*" inject fd-exhaust
refused "a kernel thread" "EPERM*kernel thread*" inject fd-exhaust pid=2 @force
check "a dry run is accepted" fdrctl inject fd-exhaust pid=$pid @dry
expect "and changes nothing" "$(limits_of $pid)" "$before"
started "it gets no more descriptors" fd-exhaust comm=greedy @duration=60000000000
fdrctl wait "$id" active 30000
ask open
expect "open() fails at once with EMFILE" "$answer" "0 EMFILE"
refused "a second one for the same process is refused" "EBUSY*injection $id*" inject fd-exhaust pid=$pid
ask child
child=$answer
expect "a child inherits that" "$(soft "$child")" "$(soft $pid)"
check "it is cleared" fdrctl clear "$id"
expect "its limits are as before" "$(limits_of $pid)" "$before"
expect "so are its child's" "$(limits_of "$child")" "$before"
expect "which is counted" "$(value "$id" children_restored)" 1
ask open
expect "it opens as many files as before" "$answer" "$free EMFILE"
inject fd-exhaust pid=$pid spare=5 @duration=1000000000
fdrctl wait "$id" active 30000
ask open
expect "five to spare are five" "$answer" "5 EMFILE"
check "the duration ends it" fdrctl wait "$id" expired 30000
expect "its limits are as before" "$(limits_of $pid)" "$before"
inject fd-exhaust pid=$pid @duration=60000000000 @lease=1000000000
check "a lapsed lease ends it" fdrctl wait "$id" expired 30000
expect "its limits are as before" "$(limits_of $pid)" "$before"
inject fd-exhaust pid=$pid @duration=60000000000
fdrctl wait "$id" active 30000
ask limit 77
fdrctl clear "$id" > /dev/null
expect "a limit that it sets itself is kept" "$(soft $pid)" 77
expect "and that is counted" "$(value "$id" kept_by_process)" 1
inject fd-exhaust pid=$pid @duration=60000000000
fdrctl wait "$id" active 30000
kill -KILL $pid
wait $pid
check "its end does no harm" fdrctl clear "$id"

# Processes and threads.  A bound of its own makes it quick; far above what runs here.
allowed=$(cat /proc/sys/kernel/threads-max)
echo 700 > /proc/sys/kernel/threads-max
serve forker
ask fork
echo "# $answer processes could be forked at first"
most=${answer% *}
if [ "${answer#* }" = EAGAIN ]; then
	running=$(cat /proc/loadavg | cut -d/ -f2 | cut -d' ' -f1)
	refused "a reserve below the least" "E*reserve*" inject pid-exhaust reserve=7
	refused "a reserve above what there is" "E*reserve*" inject pid-exhaust reserve=900000
	refused "more threads than wanted" "E*limit*" inject pid-exhaust limit=10
	check "a dry run is accepted" fdrctl inject pid-exhaust @dry
	expect "and takes nothing" "$(threads | grep -c '^fdr-pid')" 0
	started "no more tasks but for 40" pid-exhaust reserve=40 @duration=60000000000
	filled() { [ "$(value "$id" full)" = 1 ]; }
	check "they are taken" until_true 30 filled
	ask fork
	echo "# $answer processes could be forked"
	expect "fork() fails with EAGAIN" "${answer#* }" EAGAIN
	# Threads of the kernel that end meanwhile (idle workers) leave room as well.
	at_most "no more than the reserve can be forked, and what others leave" "${answer% *}" 80
	at_least "nor many less" "${answer% *}" 20
	refused "a second one is refused" "EBUSY*injection $id*" inject pid-exhaust
	check "it is cleared" fdrctl clear "$id"
	expect "none of its threads is left" "$(threads | grep -c '^fdr-pid')" 0
	ask fork
	at_least "as many as before can be forked" "${answer% *}" $((most - 20))
	at_most "and as many tasks are there" "$(cat /proc/loadavg | cut -d/ -f2 | cut -d' ' -f1)" $((running + 10))
	inject pid-exhaust @duration=3000000000
	check "the duration ends it" fdrctl wait "$id" expired 30000
	inject pid-exhaust @duration=60000000000 @lease=2000000000
	check "a lapsed lease ends it" fdrctl wait "$id" expired 30000
	ask fork
	at_least "as many as before can be forked" "${answer% *}" $((most - 20))
else
	skip "no more tasks" "this machine allows too many"
fi
echo quit > /tmp/in
echo "$allowed" > /proc/sys/kernel/threads-max

check_state "nothing is left behind"
finish
