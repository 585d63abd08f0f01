# SPDX-License-Identifier: GPL-2.0-or-later
.PHONY: deps
deps:		## list every Debian package that is needed, and what for
	@scripts/deps list

.PHONY: stacks
stacks: userspace kmod	## drill every HA stack, all trials (hours; goes on where it was cut short), and write the table
	@scripts/stacks run
	@scripts/stacks table

PREFIX ?= /usr/local
INSTALLED_KREL ?= $(shell uname -r)

.PHONY: man install install-kmod
man: $(UB)/faultdrill	## make the manual pages and the catalogue of faults in build/man
	$(Q)scripts/man $(UB)/faultdrill $(B)/man
install: userspace man	## install programs, manual pages, units and completion (PREFIX, DESTDIR)
	$(Q)install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin $(UB)/faultdrill $(UB)/faultdrill-agent
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(B)/man/faultdrill.1
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 $(B)/man/faultdrill-agent.8
	$(Q)install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	$(Q)for unit in scripts/package/*.service scripts/package/*.timer; do \
		sed 's|@PREFIX@|$(PREFIX)|' "$$unit" \
			>"$(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/}" || exit 1; done
	$(Q)install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	$(Q)$(UB)/faultdrill completion bash > \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/faultdrill
install-kmod: kmod	## install the module for INSTALLED_KREL (default: the kernel that runs)
	$(Q)install -D -m 644 $(KMOD_OUT)/faultdrill.ko \
		$(DESTDIR)/lib/modules/$(INSTALLED_KREL)/extra/faultdrill.ko
	$(Q)depmod -b $(or $(DESTDIR),/) $(INSTALLED_KREL)
