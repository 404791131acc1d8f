# The benchmark that "make bench" runs.
bench_PROGRAMS += bench_rpc
bench_rpc_IDL = bench.idl
bench_rpc_LIBS = -lws2_32
bench_IDLFLAGS = --prefix-server=server_
