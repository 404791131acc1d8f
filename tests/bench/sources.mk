# What "make bench" runs. tests/bench/run starts these: each measures one thing.
bench_common = common.c server.c
bench_IDLFLAGS = --prefix-server=server_
bench_PROGRAMS += bench_server
bench_server_SOURCES = $(bench_common)
bench_server_IDL = bench.idl
bench_PROGRAMS += bench_latency
bench_latency_SOURCES = $(bench_common)
bench_latency_IDL = bench.idl
bench_PROGRAMS += bench_sizes
bench_sizes_SOURCES = $(bench_common) sizes.c
bench_sizes_IDL = bench.idl
bench_PROGRAMS += bench_async
bench_async_SOURCES = $(bench_common) notify.c
bench_async_IDL = bench.idl
bench_async_LIBS = -lsynchronization
bench_PROGRAMS += bench_held
bench_held_SOURCES = $(bench_common)
bench_held_IDL = bench.idl
bench_held_LIBS = -lsynchronization
bench_PROGRAMS += bench_threads
bench_threads_SOURCES = $(bench_common)
bench_threads_IDL = bench.idl
bench_PROGRAMS += bench_idle
bench_idle_SOURCES = $(bench_common)
bench_idle_IDL = bench.idl
# Without calls.
bench_PROGRAMS += bench_signal
bench_signal_SOURCES = common.c notify.c
bench_signal_LIBS = -lsynchronization
bench_PROGRAMS += bench_raw
bench_raw_SOURCES = common.c raw_channel.c sizes.c
bench_raw_LIBS = -lws2_32
bench_PROGRAMS += bench_shared
bench_shared_SOURCES = common.c
bench_PROGRAMS += bench_copy
bench_copy_SOURCES = common.c sizes.c
bench_NATIVE += native_tcp
# tests/bench/run-ndr: marshalling.
bench_PROGRAMS += bench_ndr
bench_ndr_IDL = bench_ndr.idl
bench_ndr_IDLFLAGS = --prefix-server=server_
# The NDR engine alone.
bench_ENGINE += bench_walk
# The runtime over a transport that costs nothing, instead of transport/'s.
bench_PROGRAMS += bench_overhead
bench_overhead_SOURCES = loopback.c
bench_overhead_RPCRT4 = $(filter-out transport/%,$(rpcrt4_PORTABLE) $(rpcrt4_PE)) main.c \
    $(addprefix transport/,pool.c pool_event.c monitor.c reserve.c timer.c transport.c)
