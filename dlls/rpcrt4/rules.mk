# SPDX-License-Identifier: LGPL-2.1-or-later
# The DLL, for each PE architecture: dlls/rpcrt4/ARCH-windows/{rpcrt4.dll,librpcrt4.a}, as in Wine's own build tree.
# The folders' sources.mk list the sources: rpcrt4_PORTABLE (compiled natively too, for the tests) and rpcrt4_PE.

PE_ARCHS = x86_64 i386
rpcrt4_lists := $(sort $(wildcard $(srcdir)/dlls/rpcrt4/*/sources.mk))
include $(rpcrt4_lists)

PE_CPPFLAGS = -D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 -I$(srcdir)/include -I$(srcdir)/dlls/rpcrt4
WARNINGS = -Wall -Wextra -Wno-unused-parameter $(WERROR_CFLAGS)
PE_CFLAGS = -std=gnu11 $(WARNINGS) $(CROSSCFLAGS)
PE_LDFLAGS = -static-libgcc -Wl,--disable-stdcall-fixup

rpcrt4_spec = $(wildcard $(srcdir)/dlls/rpcrt4/rpcrt4.spec)
make_exports = $(PYTHON) $(srcdir)/tools/make-exports

dlls: $(PE_ARCHS:%=dlls/rpcrt4/%-windows/rpcrt4.dll) $(PE_ARCHS:%=dlls/rpcrt4/%-windows/librpcrt4.a)

# $(call pe_rules,ARCH)
define pe_rules
$(1)_dir = dlls/rpcrt4/$(1)-windows
$(1)_obj = obj/$(1)-windows
$(1)_objects = $$(patsubst %.c,$$($(1)_obj)/dlls/rpcrt4/%.o,main.c $$(sort $$(rpcrt4_PORTABLE) $$(rpcrt4_PE)))
-include $$($(1)_objects:.o=.d)

# Sources of the tree, then generated ones.
$$($(1)_obj)/%.o: $$(srcdir)/%.c
	@$$(MKDIR_P) $$(@D)
	$$(V_CC)$$($(1)_CC) $$(PE_CPPFLAGS) $$($(1)_CPPFLAGS) $$(PE_CFLAGS) -MMD -MP -c $$< -o $$@
$$($(1)_obj)/%.o: $$($(1)_obj)/%.c
	$$(V_CC)$$($(1)_CC) $$(PE_CPPFLAGS) $$(PE_CFLAGS) -MMD -MP -c $$< -o $$@

$$($(1)_obj)/exports.def: $$(rpcrt4_spec) $$(srcdir)/tools/make-exports
	@$$(MKDIR_P) $$(@D)
	$$(AM_V_GEN)$$(make_exports) --arch $(1) --def $$@ $$(rpcrt4_spec)
$$($(1)_obj)/exports.c: $$(rpcrt4_spec) $$(srcdir)/tools/make-exports
	@$$(MKDIR_P) $$(@D)
	$$(AM_V_GEN)$$(make_exports) --arch $(1) --source $$@ $$(rpcrt4_spec)

$$($(1)_obj)/version.o: $$(srcdir)/dlls/rpcrt4/version.rc Makefile
	@$$(MKDIR_P) $$(@D)
	$$(AM_V_GEN)$$($(1)_WINDRES) -D PACKAGE=$$(PACKAGE) -D PACKAGE_VERSION=$$(PACKAGE_VERSION) $$< $$@

$$($(1)_dir)/rpcrt4.dll: $$($(1)_obj)/exports.def $$($(1)_objects) $$($(1)_obj)/exports.o $$($(1)_obj)/version.o \
    $$(rpcrt4_lists)
	@$$(MKDIR_P) $$(@D)
	$$(V_LD)$$($(1)_CC) -shared $$(PE_LDFLAGS) -Wl,--kill-at -o $$@ \
	    $$(filter %.o %.def,$$^) -lntdll
$$($(1)_dir)/librpcrt4.a: $$($(1)_obj)/exports.def
	@$$(MKDIR_P) $$(@D)
	$$(AM_V_GEN)$$($(1)_DLLTOOL) --kill-at -D rpcrt4.dll -d $$< -l $$@
endef
$(foreach arch,$(PE_ARCHS),$(eval $(call pe_rules,$(arch))))
