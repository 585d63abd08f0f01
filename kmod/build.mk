# SPDX-License-Identifier: GPL-2.0-or-later
# The module, built outside the source tree.  KDIR: a kernel's build directory;
# by default the one of the lab's kernel, which scripts/kernel fetches.

KMOD_OUT ?= $(B)/kmod/$(or $(KREL),lab)
KMOD_SRC := $(shell find kmod -name '*.[chS]' -o -name 'Kbuild*' 2>/dev/null)

.PHONY: kmod
kmod: $(KMOD_OUT)/faultdrill.ko	## build the module (KDIR=/lib/modules/.../build for another kernel)

$(KMOD_OUT)/faultdrill.ko: $(KMOD_SRC)
	$(Q)scripts/build-kmod --out $(KMOD_OUT) $(if $(KDIR),--kdir $(KDIR)) $(if $(KREL),--kernel $(KREL))
