/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server of the pipe tests, for other clients.
 *
 *   pipe_peer serve PROTSEQ ENDPOINT [PROTSEQ ENDPOINT]…  prints "ready", serves until it is killed */
#include "../conformance/pipe_server.c"
#include "../conformance/pipe_async_server.c"

int main(int argc, char **argv)
{
    if (argc < 4 || strcmp(argv[1], "serve"))
        return 2;
    pipe_server_register();
    for (int i = 2; i + 1 < argc; i += 2) {
        if (RpcServerUseProtseqEpA((RPC_CSTR)argv[i], RPC_C_LISTEN_MAX_CALLS_DEFAULT, (RPC_CSTR)argv[i + 1], NULL))
            return 2;
    }
    printf("ready\n");
    fflush(stdout);
    Sleep(INFINITE);
    return 0;
}
