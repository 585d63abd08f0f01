#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Random steps, with what the guest of tests/kmod/run has: random.sh STEPS SEED MODULE
export RANDOM_STEPS="$1" RANDOM_SEED="$2" RANDOM_MODULE="$3"
export RANDOM_RULES="${KT_DIR:-$(dirname "$0")}/random.txt" RANDOM_DISK=/dev/vda RANDOM_IFNAME=eth0
exec "${KT_DIR:-$(dirname "$0")}/random"
