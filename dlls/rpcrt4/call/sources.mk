# Sources of call/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
rpcrt4_PORTABLE += call/state.c
rpcrt4_PE += call/apc_thread.c
rpcrt4_PE += call/buffer.c
rpcrt4_PE += call/flow_waiter.c
rpcrt4_PE += call/inflow.c
rpcrt4_PE += call/link.c
rpcrt4_PE += call/link_body.c
rpcrt4_PE += call/link_cork.c
rpcrt4_PE += call/notifier.c
rpcrt4_PE += call/notify.c
rpcrt4_PE += call/outflow.c
rpcrt4_PE += call/status.c
rpcrt4_PE += call/syntax.c
rpcrt4_PE += call/statistics.c
rpcrt4_PE += call/error_info.c
rpcrt4_PE += call/link_security.c
