# SPDX-License-Identifier: GPL-2.0-or-later
.PHONY: demo deps lab
demo:		## install what it needs, build, start a cluster, crash a node, show the result
	@scripts/demo
deps:		## list every Debian package that is needed, and what for
	@scripts/deps list
