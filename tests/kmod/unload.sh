#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Unloading: refused while a fault is active, clean afterwards.
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

module=$1
arm
inject hung-task @duration=60000000000
fdrctl wait "$id" active 30000
expect "refused while a fault is active" "$(rmmod faultdrill 2>&1)" "*unavailable*"
check "it is still there" fdrctl status
fdrctl clear "$id" > /dev/null
gone() { rmmod faultdrill; }
check "unloads once nothing is active" until_true 30 gone
expect "no thread is left" "$(threads)" ""
expect "no hook is left" "$(grep -c submit_bio /sys/kernel/tracing/enabled_functions)" 0
check "loads again" insmod "$module"
check "and answers" fdrctl status
check "unloads at once when nothing was done" rmmod faultdrill
check "loads again" insmod "$module"
finish
