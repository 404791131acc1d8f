# SPDX-License-Identifier: LGPL-2.1-or-later
# The demo: two programs, built from demo.idl, and the script that shows them.

demo_dir = demo/x86_64-windows
demo_obj = obj/x86_64-windows/demo

$(demo_obj)/demo_c.c $(demo_obj)/demo_s.c $(demo_obj)/demo.h &: \
    $(srcdir)/demo/demo.idl $(srcdir)/demo/demo.acf $(srcdir)/tools/widl-async
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(srcdir)/tools/widl-async --arch x86_64 -o $(@D) $<
$(demo_obj)/client.o $(demo_obj)/server.o: | $(demo_obj)/demo.h
$(demo_obj)/%.o: x86_64_CPPFLAGS += -I$(demo_obj)

$(demo_dir)/client.exe: $(demo_obj)/client.o $(demo_obj)/demo_c.o
$(demo_dir)/server.exe: $(demo_obj)/server.o $(demo_obj)/demo_s.o
$(demo_dir)/client.exe $(demo_dir)/server.exe: $(x86_64_dir)/librpcrt4.a
	@$(MKDIR_P) $(@D)
	$(V_LD)$(x86_64_CC) $(PE_LDFLAGS) -static $(filter %.o,$^) -o $@ -L$(x86_64_dir) -lrpcrt4 -luser32
$(demo_dir)/rpcrt4.dll: $(x86_64_dir)/rpcrt4.dll
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)ln -sf $(abs_builddir)/$< $@

demo: $(demo_dir)/client.exe $(demo_dir)/server.exe $(demo_dir)/rpcrt4.dll
	@$(with_wine) $(srcdir)/demo/run $(demo_dir)
.PHONY: demo
