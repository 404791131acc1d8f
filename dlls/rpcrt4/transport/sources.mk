# Sources of transport/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
rpcrt4_PE += transport/pool.c
rpcrt4_PE += transport/timer.c
rpcrt4_PE += transport/transport.c
rpcrt4_PE += transport/connection.c
rpcrt4_PORTABLE += transport/ring.c
rpcrt4_PE += transport/shared.c
rpcrt4_PE += transport/shared_setup.c
rpcrt4_PE += transport/poll.c
rpcrt4_PE += transport/spin.c
rpcrt4_PE += transport/listener.c
rpcrt4_PE += transport/resolve.c
rpcrt4_PE += transport/tcp.c
rpcrt4_PE += transport/tcp_listener.c
rpcrt4_PE += transport/pipe.c
rpcrt4_PE += transport/pipe_listener.c
rpcrt4_PE += transport/pipe_name.c
rpcrt4_PE += transport/own_address.c
