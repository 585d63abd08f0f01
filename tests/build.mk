# SPDX-License-Identifier: GPL-2.0-or-later
.PHONY: check check-all check-kernels check-stacks bench unit unit-bins unit-list
UNIT_SRCS := $(sort $(wildcard tests/unit/test-*.c))
UNIT_BINS := $(patsubst tests/unit/%.c,$(UB)/unit/%,$(UNIT_SRCS))

# A unit test is one file; what several share is in tests/unit/common-*.c.
UNIT_COMMON := $(patsubst tests/unit/%.c,$(UB)/unit/%.o,$(sort $(wildcard tests/unit/common-*.c)))
$(UB)/unit/%.o: tests/unit/%.c Makefile | userspace-deps
	@mkdir -p $(@D)
	$(Q)$(CC) $(US_CFLAGS) -Itests/unit -c $< -o $@
$(UB)/unit/%: $(UB)/unit/%.o $(UNIT_COMMON) $(CTL_LIBS)
	$(Q)$(CC) $(US_LDFLAGS) -o $@ $^ $(call pkg_libs,$(CTL_PKGS) cmocka) -lm -lpthread
.PRECIOUS: $(UB)/unit/%.o

unit:		## build and run the unit tests, under ASan and UBSan
	@tests/run --only unit
# What tests/unit/run needs of make: the programs, for its compiler and
# sanitizers, and their names.  The two commands are built along, for their
# own code has to pass every compiler too.
unit-bins: $(UNIT_BINS) userspace
unit-list:
	@printf '%s\n' $(UNIT_BINS)

# For a program outside the tree's own: what it compiles and links with.
.PHONY: bench-libs
bench-libs: $(CTL_LIBS)
	@echo $(CTL_LIBS) $(shell $(PKG_CONFIG) --cflags $(CTL_PKGS)) $(call pkg_libs,$(CTL_PKGS)) -lm -lpthread

# The statistics and the engine against known truth.
CALIBRATION := $(UB)/calibration
$(CALIBRATION): $(wildcard tests/calibration/*.[ch]) tests/unit/common-vocabulary.c $(CTL_LIBS)
	$(Q)$(CC) $(filter-out -MMD -MP,$(US_CFLAGS)) $(US_LDFLAGS) -Itests/calibration -Itests/unit \
		-o $@ $(filter %.c %.a,$^) $(call pkg_libs,$(CTL_PKGS)) -lm -lpthread
.PHONY: calibration
calibration: $(CALIBRATION)
.PHONY: check-debug kselftest
STEPS ?= 1000
SEED ?= 1
check-debug:	## the kernel tests, and STEPS random steps, on a kernel that finds mistakes (built once)
	@tests/kmod/run --kernel debug-6.1 --steps $(STEPS) --seed $(SEED)
kselftest:	## the kernel tests by the kernel's own runner
	@tests/kmod/run --kselftest
check-all:	## run the slow tiers too
	@tests/run --all
check-kernels:	## run the kernel tests on Debian's 5.10, 6.1, 6.12 and 7.x (KERNELS="cloud-5.10": on that one)
	@tests/kmod/kernels $(KERNELS)
check-stacks:	## a short drill on every HA stack, in its lab (some minutes each)
	@tests/run --only stacks
bench:		## BENCH=name: run a benchmark, write build/bench/name.json
	@tests/bench/run $(BENCH)

# For tests/fuzz/run, which sets the compiler and the directory.
FUZZ_SRCS := $(sort $(wildcard tests/fuzz/fuzz-*.c))
.PHONY: fuzz-bins
fuzz-bins: $(foreach s,$(FUZZ_SRCS:tests/fuzz/%.c=%),$(B)/fuzz/$(s)/$(s))
define fuzz_rule
$(B)/fuzz/$(1)/$(1): tests/fuzz/$(1).c tests/fuzz/fuzz.h tests/unit/common-vocabulary.c $(CTL_LIBS)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(US_CFLAGS)) -fsanitize=fuzzer -Itests/fuzz -Itests/unit -o $$@ \
		$$(filter %.c %.a,$$^) $(call pkg_libs,$(CTL_PKGS)) -lm -lpthread
endef
$(foreach s,$(FUZZ_SRCS:tests/fuzz/%.c=%),$(eval $(call fuzz_rule,$(s))))
