# SPDX-License-Identifier: GPL-2.0-or-later
# One static library a layer; a program links the layers it needs.
# SANITIZE=1 builds with ASan and UBSan into its own directory.

CC ?= gcc
PKG_CONFIG ?= pkg-config
SANITIZE ?= 0
UB := $(B)/userspace$(if $(filter 1,$(SANITIZE)),-asan)$(if $(findstring clang,$(CC)),-clang)

# The agent needs few libraries; the controller the rest.
AGENT_PKGS := libnl-3.0 libnl-genl-3.0 libkmod jansson libsystemd
CTL_PKGS := $(AGENT_PKGS) yaml-0.1 sqlite3 libcurl libarchive hiredis libmariadb libpq expat
# http_parser comes without a .pc file.
pkg_libs = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null) $(if $(filter libcurl,$(1)),-lhttp_parser)
US_CFLAGS := -std=gnu17 -O2 -g -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -D_GNU_SOURCE -DFDR_VERSION='"$(VERSION)"' \
	-Iuserspace -Ikmod/uapi $(shell $(PKG_CONFIG) --cflags $(CTL_PKGS) 2>/dev/null) \
	-fstack-protector-strong -MMD -MP
ifeq ($(SANITIZE),1)
US_CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
US_LDFLAGS += -fsanitize=address,undefined
endif

LAYERS := base sys stats power plan predict probe workload result engine report
us_objs = $(patsubst userspace/%.c,$(UB)/%.o,$(sort $(wildcard userspace/$(1)/*.c)))
US_LIBS := $(foreach l,$(LAYERS),$(UB)/lib$(l).a)
# Link order: the highest layer first.
CTL_LIBS := $(foreach l,report engine result workload probe predict plan power stats sys base,$(UB)/lib$(l).a)
AGENT_LIBS := $(foreach l,sys base,$(UB)/lib$(l).a)

# The Makefile, for the version and the flags are compiled in.
$(UB)/%.o: userspace/%.c Makefile userspace/build.mk | userspace-deps
	@mkdir -p $(@D)
	$(Q)$(CC) $(US_CFLAGS) -c $< -o $@

# The registry of faults, compiled as plain data.
ROWS := $(patsubst kmod/%.c,$(UB)/rows/%.o,kmod/catalogue.c $(sort $(wildcard kmod/catalogue/*.c)))
$(ROWS): $(UB)/rows/%.o: kmod/%.c kmod/catalogue/rows.h kmod/fault.h kmod/uapi/linux/faultdrill.h Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) $(US_CFLAGS) -Ikmod -c $< -o $@

define layer_rule
$(UB)/lib$(1).a: $(call us_objs,$(1)) $(if $(filter sys,$(1)),$(ROWS))
	@mkdir -p $$(@D)
	$(Q)rm -f $$@ && ar rcs $$@ $$(filter %.o,$$^)
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rule,$(l))))

$(UB)/faultdrill: $(call us_objs,controller) $(CTL_LIBS)
	$(Q)$(CC) $(US_LDFLAGS) -o $@ $^ $(call pkg_libs,$(CTL_PKGS)) -lm -lpthread
	@echo "  built $@"
$(UB)/faultdrill-agent: $(call us_objs,agent) $(AGENT_LIBS)
	$(Q)$(CC) $(US_LDFLAGS) -o $@ $^ $(call pkg_libs,$(AGENT_PKGS))
	@echo "  built $@"

.PHONY: userspace userspace-deps
# For editors: what the plan parser's own tables say.
$(UB)/plan.schema.json: $(UB)/faultdrill
	$(Q)$< check --schema >$@.tmp && mv $@.tmp $@

userspace: $(UB)/faultdrill $(UB)/faultdrill-agent $(UB)/plan.schema.json	## build the controller and the agent
userspace-deps:
	@{ $(PKG_CONFIG) --exists $(CTL_PKGS) 2>/dev/null && \
		echo '#include <http_parser.h>' | $(CC) -fsyntax-only -xc - 2>/dev/null; } || { \
		echo "make: libraries are missing: run 'scripts/deps install build' as root" \
		     "(it lists and installs Debian packages)" >&2; exit 1; }

-include $(shell find $(B)/userspace* -name '*.d' 2>/dev/null)
