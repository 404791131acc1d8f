# SPDX-License-Identifier: LGPL-2.1-or-later
# The tests. tests/*/sources.mk list them:
#   unit_TESTS         tests/unit/NAME.c: native, with rpcrt4_PORTABLE, under ASan and UBSan
#   conformance_TESTS  tests/conformance/NAME.c: PE, run beside the DLL under Wine
#   plain_TESTS        those of them that are run once more, with local connections that do not change to shared memory
#   interop_TESTS      tests/interop/NAME: scripts that print TAP (NAME.py by a Python that has impacket and tests/tap.py);
#                      interop_PROGRAMS are the PE programs that they run
#   tools_TESTS        tests/tools/NAME, tools_PROGRAMS: the same for what is in tools/, and for the shape of the DLLs
#   soak_TESTS         tests/soak/NAME: scripts that print TAP, in their short form; soak_PROGRAMS as above
#   fuzz_TARGETS       tests/fuzz/NAME.c: libFuzzer, corpus in tests/fuzz/corpus/NAME
#   bench_PROGRAMS     tests/bench/NAME.c: PE programs that tests/bench/run* run for "make bench"; bench_NATIVE: native ones
#   bench_ENGINE       tests/bench/NAME.c: native, with rpcrt4_PORTABLE, optimized as the DLL is
# A PE program NAME may have NAME_SOURCES = more.c (of its folder), NAME_LIBS = -lfoo, and NAME_IDL = some.idl (of its
# folder, or of tests/conformance): the stubs, made by tools/widl-async with some_IDLFLAGS, are linked in, and "some.h" can be included.
# NAME_TYPELIB = some.idl: some.tlb is made beside the program, and "some.h" (NAME_IDL must not be of the same name).
# NAME_RPCRT4 = transport/pool.c: sources of the DLL that are linked into the program itself, to test them from inside.

test_lists := $(sort $(wildcard $(srcdir)/tests/*/sources.mk))
include $(test_lists)

FUZZ_SECONDS = 120
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
bench_SANITIZE = -O2
$(eval $(call native_rules,unit,$$(CC),$(unit_TESTS)))
$(eval $(call native_rules,fuzz,$$(FUZZ_CC),$(fuzz_TARGETS)))
$(eval $(call native_rules,bench,$$(CC),$(bench_ENGINE)))

# ---- PE: conformance tests, and the programs of the interop tests and benchmarks ----

widl_async_files := $(srcdir)/tools/widl-async $(wildcard $(srcdir)/tools/widl_async/*.py)

# Type libraries refer to Wine's own.
stdole_dir := $(dir $(firstword $(wildcard $(addsuffix /wine/*-windows/stdole2.tlb,\
    /usr/lib /usr/lib64 /usr/lib/* /usr/local/lib* /opt/*/lib*))))
x86_64_WIDLFLAGS = -m64
i386_WIDLFLAGS = -m32

# $(call pe_folder_rules,ARCH,FOLDER,NAMES): FOLDER/ARCH-windows/NAME.exe, the DLL beside them, and the folder's stubs
define pe_folder_rules
$(1)_$(2)_obj := obj/$(1)-windows/$(2)
$(1)_$(2)_idls := $$(sort $(foreach name,$(3),$$($(name)_IDL)))
$(2)/$(1)-windows/rpcrt4.dll: $$($(1)_dir)/rpcrt4.dll
	@$$(MKDIR_P) $$(@D)
	$$(AM_V_GEN)ln -sf $$(abs_builddir)/$$< $$@
$$($(1)_$(2)_obj)/%.o: $(1)_CPPFLAGS += $$($(1)_CMOCKA_CFLAGS) -I$$(srcdir)/tests -Iobj/$(1)-windows/$(2)/stubs
$(foreach idl,$(sort $(foreach name,$(3),$($(name)_IDL))),$(call stub_rules,$(1),$(2),$(idl:.idl=)))
$(foreach idl,$(sort $(foreach name,$(3),$($(name)_TYPELIB))),$(call typelib_rules,$(1),$(2),$(idl:.idl=)))
$(foreach name,$(3),$(call pe_program_rules,$(1),$(2),$(name)))
endef

# $(call typelib_rules,ARCH,FOLDER,NAME)
define typelib_rules

$(2)/$(1)-windows/$(3).tlb obj/$(1)-windows/$(2)/stubs/$(3).h &: $(srcdir)/$(2)/$(3).idl
	@$$(MKDIR_P) $(2)/$(1)-windows obj/$(1)-windows/$(2)/stubs
	$$(AM_V_GEN)$$(WIDL) $$($(1)_WIDLFLAGS) -L$$(stdole_dir) -t -o $(2)/$(1)-windows/$(3).tlb $$<
	@$$(WIDL) $$($(1)_WIDLFLAGS) -L$$(stdole_dir) -h -o obj/$(1)-windows/$(2)/stubs/$(3).h $$<
endef

# $(call stub_rules,ARCH,FOLDER,NAME)
define stub_rules

obj/$(1)-windows/$(2)/stubs/$(3)_c.c obj/$(1)-windows/$(2)/stubs/$(3)_s.c obj/$(1)-windows/$(2)/stubs/$(3).h &: \
    $(firstword $(wildcard $(srcdir)/$(2)/$(3).idl $(srcdir)/tests/conformance/$(3).idl)) \
    $(wildcard $(srcdir)/$(2)/$(3).acf) $(widl_async_files)
	@$$(MKDIR_P) $$(@D)
	$$(AM_V_GEN)WIDL='$$(WIDL)' $$(PYTHON) $$(srcdir)/tools/widl-async --arch $(1) $$($(3)_IDLFLAGS) -o $$(@D) $$<
endef

# $(call pe_program_rules,ARCH,FOLDER,NAME)
define pe_program_rules

$(1)_$(3)_sources = $$(patsubst %.c,$$($(1)_$(2)_obj)/%.o,$(3).c $$($(3)_SOURCES))
$(1)_$(3)_stubs = $$($(3)_IDL:%.idl=$$($(1)_$(2)_obj)/stubs/%_c.o) $$($(3)_IDL:%.idl=$$($(1)_$(2)_obj)/stubs/%_s.o)
$(1)_$(3)_inside = $$($(3)_RPCRT4:%.c=$$($(1)_obj)/dlls/rpcrt4/%.o)
-include $$($(1)_$(3)_sources:.o=.d) $$($(1)_$(3)_stubs:.o=.d)
$$($(1)_$(3)_sources): | $$($(1)_$(2)_idls:%.idl=$$($(1)_$(2)_obj)/stubs/%.h) \
    $$($(3)_TYPELIB:%.idl=$$($(1)_$(2)_obj)/stubs/%.h)
$(2)/$(1)-windows/$(3).exe: $$($(1)_$(3)_sources) $$($(1)_$(3)_inside) $$($(1)_$(3)_stubs) \
    $$($(1)_dir)/librpcrt4.a $$(test_lists) \
    | $(2)/$(1)-windows/rpcrt4.dll $$($(3)_TYPELIB:%.idl=$(2)/$(1)-windows/%.tlb)
	@$$(MKDIR_P) $$(@D)
	$$(V_LD)$$($(1)_CC) $$(PE_LDFLAGS) -static $$(filter %.o,$$^) -o $$@ -L$$($(1)_dir) \
	    $$($(1)_CMOCKA_LIBS) -lrpcrt4 $$($(3)_LIBS) $$(if $$($(3)_RPCRT4),-lntdll)
endef

$(foreach arch,$(PE_ARCHS),\
    $(eval $(call pe_folder_rules,$(arch),tests/conformance,$(conformance_TESTS)))\
    $(eval $(call pe_folder_rules,$(arch),tests/interop,$(interop_PROGRAMS)))\
    $(eval $(call pe_folder_rules,$(arch),tests/tools,$(tools_PROGRAMS)))\
    $(eval $(call pe_folder_rules,$(arch),tests/bench,$(bench_PROGRAMS)))\
    $(eval $(call pe_folder_rules,$(arch),tests/soak,$(soak_PROGRAMS))))

# $(call pe_programs,FOLDER,NAMES)
pe_programs = $(foreach arch,$(PE_ARCHS),$(2:%=$(1)/$(arch)-windows/%.exe))

# ---- running ----

unit_programs = $(unit_TESTS:%=tests/unit/%)
fuzz_programs = $(fuzz_TARGETS:%=tests/fuzz/%)
bench_native = $(bench_NATIVE:%=tests/bench/%)
probes = $(PE_ARCHS:%=tests/%-windows/probe.exe)

tests/%-windows/probe.exe: $(srcdir)/tests/probe.c
	@$(MKDIR_P) $(@D)
	$(V_LD)$($*_CC) $(PE_CFLAGS) $(PE_LDFLAGS) $< -o $@

with_wine = env WINE='$(WINE)' WINESERVER='$(WINESERVER)' PYTHON='$(PYTHON)' IMPACKET_PYTHON='$(IMPACKET_PYTHON)' \
    x86_64_CC='$(x86_64_CC)' i386_CC='$(i386_CC)' x86_64_OBJDUMP='$(x86_64_OBJDUMP)' i386_OBJDUMP='$(i386_OBJDUMP)' \
    $(srcdir)/tests/with-wine prefix
run_tests = $(PYTHON) $(srcdir)/tests/run-tests --srcdir $(srcdir) --jobs $(TEST_JOBS) --fuzz-seconds $(FUZZ_SECONDS)

tests: dlls $(unit_programs) $(fuzz_programs) $(probes) $(call pe_programs,tests/conformance,$(conformance_TESTS)) \
    $(call pe_programs,tests/interop,$(interop_PROGRAMS)) $(call pe_programs,tests/tools,$(tools_PROGRAMS)) \
    $(call pe_programs,tests/soak,$(soak_PROGRAMS))

check-tests: need-check-tools
	@$(MAKE) tests
	@$(with_wine) $(run_tests) --unit $(unit_TESTS) --conformance $(conformance_TESTS) --plain $(plain_TESTS) \
	    --tools $(tools_TESTS) --interop $(interop_TESTS) --soak $(soak_TESTS) --fuzz $(fuzz_TARGETS)

need-check-tools:
	@if test -n '$(MISSING_CHECK)'; then \
	    echo 'make check: these are missing: $(MISSING_CHECK)' >&2; exit 1; fi

$(bench_native): tests/bench/%: $(srcdir)/tests/bench/%.c
	@$(MKDIR_P) $(@D)
	$(V_CC)$(CC) -std=gnu11 -g -O2 $(WARNINGS) $< -o $@

bench: dlls $(call pe_programs,tests/bench,$(bench_PROGRAMS)) $(bench_native) $(bench_ENGINE:%=tests/bench/%)
	@tests/bench/bench_walk
	@$(with_wine) $(srcdir)/tests/bench/run-ndr
	@$(with_wine) $(srcdir)/tests/bench/run

# The soak test in its long form; SEED repeats one.
SECONDS = 600
soak: dlls $(probes) $(call pe_programs,tests/soak,$(soak_PROGRAMS)) \
    $(call pe_programs,tests/conformance,test_async_mix test_async_notify)
	@SOAK_SECONDS=$(SECONDS) SOAK_SEED=$(SEED) $(with_wine) $(run_tests) --limit $$(($(SECONDS) + 300)) --soak $(soak_TESTS)

# Wine's own tests, for which its source package is fetched; WINE_TESTS selects some of them.
wine-conformance: dlls
	@$(with_wine) env WIDL='$(WIDL)' $(srcdir)/tests/wine-conformance/run wine-conformance $(x86_64_dir)/rpcrt4.dll $(WINE_TESTS)

.PHONY: tests bench soak wine-conformance need-check-tools
