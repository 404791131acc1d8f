# SPDX-License-Identifier: LGPL-2.1-or-later
# The tests. tests/*/sources.mk list them:
#   unit_TESTS         tests/unit/NAME.c: native, with rpcrt4_PORTABLE, under ASan and UBSan
#   conformance_TESTS  tests/conformance/NAME.c: PE, run beside the DLL under Wine
#   interop_TESTS      tests/interop/NAME: scripts that print TAP; interop_PROGRAMS are the PE programs that they run
#   fuzz_TARGETS       tests/fuzz/NAME.c: libFuzzer, corpus in tests/fuzz/corpus/NAME
# A PE program NAME may have NAME_SOURCES = more.c (of its folder) and NAME_IDL = some.idl: its stubs, made by
# tools/widl-async (NAME_IDLFLAGS), are linked in; programs include "some.h". NAME_LIBS = -lfoo adds libraries.

test_lists := $(sort $(wildcard $(srcdir)/tests/*/sources.mk))
include $(test_lists)

FUZZ_SECONDS = 60
TEST_JOBS = 1

# ---- native: unit tests and fuzz targets ----

NATIVE_CPPFLAGS = -I$(srcdir)/dlls/rpcrt4 -I$(srcdir)/tests
NATIVE_CFLAGS = -std=gnu11 -g -O1 $(WARNINGS) -fno-omit-frame-pointer -fno-sanitize-recover=all
unit_SANITIZE = -fsanitize=address,undefined
fuzz_SANITIZE = -fsanitize=fuzzer,address,undefined
native_platform := $(patsubst $(srcdir)/%,%,$(wildcard $(srcdir)/tests/unit/native_platform.c))

# $(call native_rules,KIND,COMPILER,NAMES): tests/KIND/NAME
define native_rules
$(1)_shared = $$(patsubst %.c,obj/$(1)/%.o,$$(addprefix dlls/rpcrt4/,$$(rpcrt4_PORTABLE)) $$(native_platform))
-include $$($(1)_shared:.o=.d) $(patsubst %,obj/$(1)/tests/$(1)/%.d,$(3))

obj/$(1)/%.o: $$(srcdir)/%.c
	@$$(MKDIR_P) $$(@D)
	$$(V_CC)$(2) $$(NATIVE_CPPFLAGS) $$(NATIVE_CFLAGS) $$($(1)_SANITIZE) -MMD -MP -c $$< -o $$@
$(patsubst %,tests/$(1)/%,$(3)): tests/$(1)/%: obj/$(1)/tests/$(1)/%.o $$($(1)_shared) $$(rpcrt4_lists)
	@$$(MKDIR_P) $$(@D)
	$$(V_LD)$(2) $$($(1)_SANITIZE) $$(filter %.o,$$^) -o $$@ $$($(1)_LIBS)
endef
unit_LIBS = -lcmocka
$(eval $(call native_rules,unit,$$(CC),$(unit_TESTS)))
$(eval $(call native_rules,fuzz,$$(FUZZ_CC),$(fuzz_TARGETS)))

# ---- PE: conformance tests, and the programs of the interop tests and benchmarks ----

# $(call pe_program_rules,ARCH,FOLDER,NAME): FOLDER/ARCH-windows/NAME.exe; the DLL lies beside it
define pe_program_rules
$(1)_$(3)_stubs = $$(foreach idl,$$($(3)_IDL),$$(patsubst %.idl,obj/$(1)-windows/$(2)/$(3)/%,$$(idl)))
$(1)_$(3)_objects = $$(patsubst %.c,obj/$(1)-windows/$(2)/%.o,$(3).c $$($(3)_SOURCES)) \
    $$(addsuffix _c.o,$$($(1)_$(3)_stubs)) $$(addsuffix _s.o,$$($(1)_$(3)_stubs))
-include $$($(1)_$(3)_objects:.o=.d)

obj/$(1)-windows/$(2)/$(3)/%_c.c obj/$(1)-windows/$(2)/$(3)/%_s.c obj/$(1)-windows/$(2)/$(3)/%.h &: \
    $$(srcdir)/$(2)/%.idl $$(srcdir)/tools/widl-async
	@$$(MKDIR_P) $$(@D)
	$$(AM_V_GEN)$$(srcdir)/tools/widl-async --arch $(1) $$($(3)_IDLFLAGS) -o $$(@D) $$<
$$(patsubst %.c,obj/$(1)-windows/$(2)/%.o,$(3).c $$($(3)_SOURCES)): | $$(addsuffix .h,$$($(1)_$(3)_stubs))
$$($(1)_$(3)_objects): $(1)_CPPFLAGS += $$(if $$($(3)_IDL),-Iobj/$(1)-windows/$(2)/$(3))

$(2)/$(1)-windows/$(3).exe: $$($(1)_$(3)_objects) $$($(1)_dir)/librpcrt4.a $$(test_lists) \
    | $(2)/$(1)-windows/rpcrt4.dll
	@$$(MKDIR_P) $$(@D)
	$$(V_LD)$$($(1)_CC) $$(PE_LDFLAGS) -static $$(filter %.o,$$^) -o $$@ -L$$($(1)_dir) \
	    $$($(1)_CMOCKA_LIBS) -lrpcrt4 $$($(3)_LIBS)
endef

# $(call pe_folder_rules,ARCH,FOLDER)
define pe_folder_rules
$(2)/$(1)-windows/rpcrt4.dll: $$($(1)_dir)/rpcrt4.dll
	@$$(MKDIR_P) $$(@D)
	$$(AM_V_GEN)ln -sf $$(abs_builddir)/$$< $$@
obj/$(1)-windows/$(2)/%.o: $(1)_CPPFLAGS += $$($(1)_CMOCKA_CFLAGS) -I$$(srcdir)/tests
endef
$(foreach arch,$(PE_ARCHS),$(foreach folder,tests/conformance tests/interop,\
    $(eval $(call pe_folder_rules,$(arch),$(folder)))))
$(foreach arch,$(PE_ARCHS),$(foreach name,$(conformance_TESTS),\
    $(eval $(call pe_program_rules,$(arch),tests/conformance,$(name)))))
$(foreach arch,$(PE_ARCHS),$(foreach name,$(interop_PROGRAMS),\
    $(eval $(call pe_program_rules,$(arch),tests/interop,$(name)))))

# ---- running ----

unit_programs = $(unit_TESTS:%=tests/unit/%)
fuzz_programs = $(fuzz_TARGETS:%=tests/fuzz/%)
pe_programs = $(foreach arch,$(PE_ARCHS),$(conformance_TESTS:%=tests/conformance/$(arch)-windows/%.exe) \
    $(interop_PROGRAMS:%=tests/interop/$(arch)-windows/%.exe))
probes = $(PE_ARCHS:%=tests/%-windows/probe.exe)

tests/%-windows/probe.exe: $(srcdir)/tests/probe.c
	@$(MKDIR_P) $(@D)
	$(V_LD)$($*_CC) $(PE_CFLAGS) $(PE_LDFLAGS) $< -o $@

with_wine = WINE='$(WINE)' WINESERVER='$(WINESERVER)' $(srcdir)/tests/with-wine prefix
run_tests = $(PYTHON) $(srcdir)/tests/run-tests --srcdir $(srcdir) --jobs $(TEST_JOBS) --fuzz-seconds $(FUZZ_SECONDS)

tests: dlls $(unit_programs) $(fuzz_programs) $(pe_programs) $(probes)

check-tests: need-check-tools
	@$(MAKE) tests
	@$(with_wine) $(run_tests) --unit $(unit_TESTS) --conformance $(conformance_TESTS) \
	    --interop $(interop_TESTS) --fuzz $(fuzz_TARGETS)

need-check-tools:
	@if test -n '$(MISSING_CHECK)'; then \
	    echo 'make check: these are missing: $(MISSING_CHECK)' >&2; exit 1; fi

.PHONY: tests need-check-tools
