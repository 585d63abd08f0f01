#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The way of a shell with no tools installed: sysfs, and the module's parameters.
# shellcheck source=tests/kmod/ktap.sh
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

module=$1
S=/sys/kernel/faultdrill

# put(file, text) - write it; what the shell says of a failure is the output
put() { (echo "$2" > "$S/$1") 2>&1; }

# put_refused(what, in the log, file, text) - the write fails, and the log says why
put_refused() {
	clear_log
	if put "$3" "$4" > /dev/null; then
		not_ok "$1" "'$4' was taken"
	elif in_log "$2"; then
		ok "$1"
	else
		not_ok "$1" "the log: $(dmesg)"
	fi
}

newest() { find $S/injections -mindepth 1 -maxdepth 1 | sed 's/.*\///' | sort -n | tail -n 1; }
state_is() { [ "$(cat "$S/injections/$1/state")" = "$2" ]; }

fdrctl disarm > /dev/null
expect "it says its version" "$(cat $S/version)" "[0-9]*.[0-9]*"
expect "it lists the faults" "$(tr '\n' ' ' < $S/faults)" "*panic*soft-lockup*disk-error*"
expect "it is not armed" "$(cat $S/armed)" 0
put_refused "refused while not armed" "not armed" inject "hung-task"
put_refused "a time without a unit is no arming" "not understood" armed "60"
put_refused "no more than 24 h" "24" armed "25h"

clear_log
check "armed for a minute" put armed 60s
at_least "it counts down" "$(cat $S/armed)" 20
check "an audit line names who and by what way" in_log "arm.*by uid 0, pid .*through sysfs"
put_refused "an unknown fault" "unknown fault" inject "no-such-fault"
put_refused "an unknown parameter" "no-such" inject "hung-task no-such=1"
put_refused "out of range" "tasks" inject "hung-task tasks=0"
put_refused "a wrong boot id" "boot" inject "hung-task boot_id=00000000-0000-0000-0000-000000000000"
put_refused "an unfinished quote" "quot" inject "panic message=\"half"
put_refused "nothing to clear by that id" "injection" clear 4000000

check "a dry run is accepted" put inject "panic message=\"never seen\" dry_run=yes"
check "a hung task is injected" put inject "hung-task tasks=2 duration=60s"
id=$(newest)
check "it becomes active" until_true 20 state_is "$id" active
expect "its fault is told" "$(cat "$S/injections/$id/fault")" hung-task
at_least "so is the time that is left" "$(cat "$S/injections/$id/left_ms")" 20000
check "it is cleared" put clear "$id"
check "its state says so" state_is "$id" cleared
expect "and its reason" "$(cat "$S/injections/$id/reason")" "*request*"

check "a panic in ten minutes is not refused" put armed 20m
check "it is accepted" put inject "panic start=+600s"
id=$(newest)
check "it waits" state_is "$id" pending
check "disarming calls it back" put armed 0
check "its state says so" until_true 20 state_is "$id" cleared

check "unloaded" until_true 30 rmmod faultdrill
expect "a bad parameter refuses the load" "$(insmod "$module" arm=1 inject=no-such-fault 2>&1)" "*insmod*"
expect "and nothing stays loaded" "$(grep -c ^faultdrill /proc/modules)" 0
expect "inject without arm refuses the load" "$(insmod "$module" inject=hung-task 2>&1)" "*insmod*"
check "a parameter fires at load" insmod "$module" arm=1 'inject="hung-task tasks=3 duration=500ms"'
id=$(newest)
check "it ends by its duration" until_true 20 state_is "$id" expired
expect "no thread is left" "$(threads)" ""
finish
