#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Processes that are killed, that stand still, or that get no more descriptors; forks that fail.
# shellcheck source=tests/kmod/ktap.sh
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

module=$1	# to be loaded again, once it has been unloaded by force

beats() { victim show "$1" | sed -n 's/^beats //p'; }
caught() { victim show "$1" | sed -n "s/^signal $2 //p"; }
gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }
# Of all its threads
state_of() { sed -n 's/^State:[^A-Z]*\([A-Z]\).*/\1/p' /proc/"$1"/task/*/status | sort -u | tr -d '\n'; }
state_is() { [ "$(state_of "$1")" = "$2" ]; }
has_beaten() { [ "$(beats "$1")" != "$2" ]; }

# all_beat(file, beats) - each thread has more than that
all_beat() {
	local now n
	now=$(beats "$1")
	for n in $2; do
		[ "${now%% *}" -gt "$n" ] || return 1
		now=${now#* }
	done
}

# runs(file), stands(file) - whether all threads go on, or none
runs() { until_true 30 all_beat "$1" "$(beats "$1")"; }
stands() {
	local was
	was=$(beats "$1")
	usleep 300000
	[ "$(beats "$1")" = "$was" ]
}

# beat(name, threads) - start a victim; sets pid and file
beat() {
	file=/tmp/beats.$1
	rm -f "$file"
	victim beat "$1" "$file" "$2" &
	pid=$!
	until_true 30 has_beaten "$file" ""
}

arm
remember_state
clear_log

# Whom it may not be
refused "nobody is named" "E*pid, comm*" inject task-kill
refused "two are named" "E*one of*" inject task-kill pid=99999 comm=sh
refused "a process that is not there" "ESRCH*99999*" inject task-kill pid=99999
refused "a name that nobody has" "ESRCH*" inject task-kill comm=nobody
refused "a name that is too long" "E*15 characters*" inject task-kill comm=a-name-of-17-char
refused "a signal that is none" "E*signal*" inject task-kill pid=1 signal=FOO
refused "signal 0" "E*signal*" inject task-kill pid=1 signal=0
refused "a signal beyond the last" "E*signal*" inject task-kill pid=1 signal=65
refused "process 1" "EPERM*process 1*" inject task-kill pid=1
refused "process 1: freeze" "EPERM*process 1*" inject task-freeze pid=1
refused "process 1: descriptors" "EPERM*process 1*" inject fd-exhaust pid=1
refused "a kernel thread" "EPERM*kernel thread*" inject task-kill pid=2
refused "a kernel thread cannot be frozen at all" "EPERM*kernel thread*" inject task-freeze pid=2 @force
refused "the one that asks" "EPERM*asks for this*" inject task-freeze comm=fdrctl
refused "and who started it" "EPERM*started the process*" inject task-freeze pid=$$
refused "one thread of many names" "E*scope*" inject task-freeze comm=sh scope=thread
refused "a control group that is not there" "E*cgroup*" inject task-freeze cgroup=/no-such-group
refused "a path that is none" "E*cgroup*" inject task-freeze cgroup=no-such-group
refused "a duration for a signal" "E*duration*" inject task-kill pid=99999 @duration=1000000000
victim beat faultdrill-agent /tmp/beats.agent 1 &
agent=$!
until_true 30 has_beaten /tmp/beats.agent ""
refused "the agent" "EPERM*agent*" inject task-kill pid=$agent
check "but with force" fdrctl inject task-kill pid=$agent @force
check "it is gone" until_true 30 gone $agent

# Signals
beat killed 3
check "a dry run is accepted" fdrctl inject task-kill pid=$pid @dry
check "and harms nobody" runs "$file"
started "SIGUSR1 by name" task-kill pid=$pid signal=SIGUSR1
check "it is fired" fdrctl wait "$id" fired 30000
expect "one process is counted" "$(value "$id" signalled)" 1
usr1_is() { [ "$(caught "$file" 10)" = "$1" ]; }
check "it was caught" until_true 30 usr1_is 1
started "the same by number" task-kill comm=killed signal=10
check "it was caught" until_true 30 usr1_is 2
started "SIGKILL" task-kill pid=$pid
check "it is gone" until_true 30 gone $pid
for i in 1 2 3; do
	victim beat several /tmp/beats.several$i 1 &
	eval "pid$i=$!"
	until_true 30 has_beaten /tmp/beats.several$i ""
	usleep 20000
done
inject task-kill comm=several which=oldest
check "the oldest of three" until_true 30 gone "$pid1"
inject task-kill comm=several which=newest
check "the newest of three" until_true 30 gone "$pid3"
check "not the other one" runs /tmp/beats.several2
inject task-kill comm=several
check "all of them" until_true 30 gone "$pid2"

# Frozen: it cannot be helped
beat frozen 4
started "a process of four threads is frozen" task-freeze comm=frozen @duration=60000000000
check "all of it is in state D" until_true 30 state_is $pid D
expect "four threads are counted" "$(value "$id" frozen)" 4
check "it stands still" stands "$file"
kill -USR1 $pid
kill -CONT $pid
kill -TERM $pid
kill -STOP $pid
check "no signal helps" stands "$file"
expect "nor is any caught" "$(caught "$file" 10)" ""
check "it is cleared" fdrctl clear "$id"
kill -CONT $pid
check "it goes on, all of it" runs "$file"
expect "and has got its signals" "$(caught "$file" 10):$(caught "$file" 15)" "1:1"
inject task-freeze pid=$pid @duration=1000000000
check "the duration ends it" fdrctl wait "$id" expired 30000
check "it goes on" runs "$file"
inject task-freeze pid=$pid @duration=60000000000 @lease=1000000000
check "a lapsed lease ends it" fdrctl wait "$id" expired 30000
check "it goes on" runs "$file"
inject task-freeze pid=$pid @duration=60000000000
until_true 30 state_is $pid D
kill -KILL $pid
check "SIGKILL waits" stands "$file"
expect "it is still there" "$(state_of $pid)" D
fdrctl clear "$id" > /dev/null
check "and takes effect then" until_true 30 gone $pid

# One that was stopped when it began is frozen when it goes on.
beat stopped 1
kill -STOP $pid
until_true 30 state_is $pid T
inject task-freeze pid=$pid @duration=60000000000
fdrctl wait "$id" active 30000
counts_stopped() { [ "$(value "$id" stopped)" = 1 ]; }
check "a stopped process is counted as such" until_true 30 counts_stopped
kill -CONT $pid
check "going on, it is frozen" until_true 30 state_is $pid D
fdrctl clear "$id" > /dev/null
check "it goes on" runs "$file"
kill -KILL $pid

# One thread, a tree, a control group
beat threads 2
other=$(find /proc/$pid/task -mindepth 1 -maxdepth 1 | sed 's/.*\///' | grep -v "^$pid$")
inject task-freeze pid="$other" scope=thread @duration=60000000000
one_stands() { was=$(beats "$file") && usleep 200000 && now=$(beats "$file") &&
	[ "${was#* }" = "${now#* }" ] && [ "${was%% *}" != "${now%% *}" ]; }
check "one thread stands still, the other goes on" until_true 30 one_stands
fdrctl clear "$id" > /dev/null
check "both go on" runs "$file"
kill -KILL $pid
victim tree branch /tmp/beats.tree &
pid=$!
until_true 30 has_beaten /tmp/beats.tree ""
inject task-freeze pid=$pid scope=tree @duration=60000000000
check "a process and its child stand still" until_true 30 stands /tmp/beats.tree
fdrctl clear "$id" > /dev/null
check "both go on" runs /tmp/beats.tree
inject task-kill pid=$pid scope=tree
expect "two are killed" "$(fdrctl wait "$id" fired 30000; value "$id" signalled)" 2

mkdir -p /tmp/cgroup
if mount -t cgroup2 none /tmp/cgroup && mkdir /tmp/cgroup/drill; then
	beat grouped 2
	echo $pid > /tmp/cgroup/drill/cgroup.procs
	started "a control group is frozen" task-freeze cgroup=/drill @duration=60000000000
	check "who is in it stands still" until_true 30 state_is $pid D
	victim beat late /tmp/beats.late 1 &
	late=$!
	until_true 30 has_beaten /tmp/beats.late ""
	echo $late > /tmp/cgroup/drill/cgroup.procs
	check "who comes to it later, too" until_true 30 state_is $late D
	fdrctl clear "$id" > /dev/null
	check "they go on" runs "$file"
	check "both" runs /tmp/beats.late
	inject task-kill cgroup=/drill
	check "a control group is killed" until_true 30 gone $late
	check "all of it" until_true 30 gone $pid
	rmdir /tmp/cgroup/drill
	umount /tmp/cgroup
else
	skip "a control group is frozen" "no cgroup2 here"
fi

# Unloading while one is frozen: refused; then at once.
beat unloaded 1
inject task-freeze pid=$pid @duration=2000000000
until_true 30 state_is $pid D
expect "unloading is refused while one is frozen" "$(rmmod faultdrill 2>&1)" "*unavailable*"
check "it ends" fdrctl wait "$id" expired 30000
check "it goes on" runs "$file"
kill -KILL $pid

# One that is deep in the kernel meets its freezing only when it comes out, and passes.
victim vfork deep /tmp/beats.deep 6000 &
pid=$!
until_true 30 state_is $pid D
inject task-freeze pid=$pid @duration=1000000000
counts_not_yet() { [ "$(value "$id" not_yet)" = 1 ]; }
check "one deep in the kernel is not frozen yet" until_true 30 counts_not_yet
check "the injection ends without it" fdrctl wait "$id" expired 30000
expect "the module stays until it has come out" "$(rmmod faultdrill 2>&1)" "*unavailable*"
check "it comes out and goes on" until_true 15 has_beaten /tmp/beats.deep "0"
check "as if nothing had been" runs /tmp/beats.deep
kill -KILL $pid

check_state "nothing is left behind"

# By force, while one is frozen and while one is deep in the kernel.
if [ -n "$module" ]; then
	beat forced 2
	victim vfork deeper /tmp/beats.deeper 4000 &
	deeper=$!
	until_true 30 state_is $deeper D
	inject task-freeze pid=$pid @duration=60000000000
	inject task-freeze pid=$deeper @duration=60000000000
	until_true 30 state_is $pid D
	rmmod -f faultdrill 2> /dev/null
	expect "the module goes by force" "$(grep -c ^faultdrill /proc/modules)" 0
	check "the frozen one goes on" runs "$file"
	check "so does the other one" runs /tmp/beats.deeper
	check "the module can be loaded again" insmod "$module"
	kill -KILL $pid $deeper
fi
finish
