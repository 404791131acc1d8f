# What "make bench" runs: calls (run), marshalling without a transport (run-ndr).
bench_PROGRAMS += bench_rpc
bench_rpc_IDL = bench.idl
bench_rpc_LIBS = -lws2_32
bench_IDLFLAGS = --prefix-server=server_
bench_PROGRAMS += bench_ndr
bench_ndr_IDL = bench_ndr.idl
bench_ndr_IDLFLAGS = --prefix-server=server_
