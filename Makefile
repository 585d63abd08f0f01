# SPDX-License-Identifier: GPL-2.0-or-later
# faultdrill: `make help` lists the targets.

VERSION := 0.4.0
B := build
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
export VERSION B

.DEFAULT_GOAL := help
.PHONY: help
help:		## this list
	@sed -n 's/^\([a-z-]*\):.*##[[:space:]]*\(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

# The two commands of the README.
.PHONY: demo check
demo:		## install what it needs, build, start a cluster, crash a node, show the result
	@scripts/demo
check:		## run the tests (last line: N passed, N failed)
	@tests/run

include userspace/build.mk
include kmod/build.mk
include scripts/build.mk
include tests/build.mk

.PHONY: all clean
all: userspace kmod	## build everything: userspace, and the module for the lab's kernel

clean:		## remove what was built (the package cache in build/cache stays)
	$(Q)find $(B) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} + 2>/dev/null || true
