#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What must be refused, and that it says why.
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

fdrctl disarm > /dev/null
remember_state
boot=$(cat /proc/sys/kernel/random/boot_id)

refused "not armed" "E*arm*" inject panic
arm
refused "the boot id of another boot" "E*boot*" inject panic @boot=00000000-0000-0000-0000-000000000000
refused "no boot id" "E*boot*" inject panic @noboot
refused "a boot id that is none" "E*boot*" inject panic "@boot=${boot%????}"
refused "an unknown fault" "E*no-such-fault*" inject no-such-fault
refused "an unknown parameter" "E*colour*" inject panic colour=red
refused "a word that is no choice" "E*context*" inject panic context=kitchen
refused "a number below its range" "E*tasks*" inject hung-task tasks=0
refused "a number above its range" "E*tasks*" inject hung-task tasks=1025
refused "a number that is none" "E*tasks*" inject hung-task tasks=many
refused "a time without a unit" "E*stall*" inject cpu-stall stall=5
refused "a time beyond its range" "E*stall*" inject cpu-stall stall=61s
refused "a period within the stall" "E*period*" inject cpu-stall stall=100ms period=50ms
refused "a CPU that is not there" "E*cpus*" inject hard-lockup cpus=77
refused "a CPU beyond what can be" "E*cpus*" inject soft-lockup cpus=99999
refused "an empty list of CPUs" "E*cpus*" inject soft-lockup cpus=
refused "a missing parameter" "E*device*" inject disk-error
refused "a parameter given twice" "E*tasks*" inject hung-task tasks=1 tasks=2
refused "a probability above one" "E*probability*" inject disk-error device=/dev/null probability=101%
refused "a duration for what has none" "E*duration*" inject panic @duration=1000000000
refused "an injection that is not there" "ENOENT*" clear 4000000
refused "a renewal of one that is not there" "ENOENT*" renew 4000000 1000000000
refused "arming for no time" "E*" arm 0
refused "arming for years" "E*" arm 99999999999999999

refused "an ordinary user: inject" "EPERM*" -u inject panic
refused "an ordinary user: arm" "EPERM*" -u arm 1000000000
refused "an ordinary user: status" "EPERM*" -u status
refused "root of a user namespace: inject" "EPERM*" -U inject panic
refused "root of a user namespace: arm" "EPERM*" -U arm 1000000000
# The family need not even be there in another network namespace.
refused "root of a network namespace: inject" "E[PN]*" -N inject panic
refused "root of a network namespace: arm" "E[PN]*" -N arm 1000000000

check "a dry run fires nothing: panic" fdrctl inject panic @dry
check "a dry run fires nothing: reset" fdrctl inject reset @dry
check "a dry run fires nothing: hard-lockup" fdrctl inject hard-lockup cpus=all @dry
check "the node is alive and answers" fdrctl status
expect "nothing is active" "$(fdrctl status | sed -n 's/^active //p')" 0
check_state "nothing is left behind"
finish
