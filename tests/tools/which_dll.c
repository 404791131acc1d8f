/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* which_dll [COMMAND-LINE]: says which rpcrt4.dll this process has, runs a command line as its child, and ends with
 * status 7. "which_dll args A B ..." prints the arguments, "which_dll trace" does what the trace shows, "which_dll wait"
 * waits to be killed. */
#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <rpc.h>

/* The product's name in the version resource tells ours. */
static int is_ours(HMODULE module)
{
    static const WCHAR name[] = L"rpcrt4-async";
    HRSRC resource = FindResourceW(module, MAKEINTRESOURCEW(1), (const WCHAR *)RT_VERSION);
    const char *data = resource ? LockResource(LoadResource(module, resource)) : NULL;
    DWORD size = resource ? SizeofResource(module, resource) : 0;

    for (DWORD i = 0; data && i + sizeof(name) <= size; i++) {
        if (!memcmp(data + i, name, sizeof(name) - sizeof(WCHAR)))
            return 1;
    }
    return 0;
}

static void run_child(char *command_line)
{
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;

    if (!CreateProcessA(NULL, command_line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process)) {
        printf("cannot run %s: %lu\n", command_line, GetLastError());
        return;
    }
    WaitForSingleObject(process.hProcess, INFINITE);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
}

int main(int argc, char **argv)
{
    HMODULE module = LoadLibraryA("rpcrt4.dll");
    char path[MAX_PATH] = "none";

    if (module)
        GetModuleFileNameA(module, path, sizeof(path));
    printf("%d-bit %s %s\n", (int)sizeof(void *) * 8, is_ours(module) ? "ours" : "builtin", path);
    fflush(stdout);
    if (argc > 1 && !strcmp(argv[1], "args")) {
        for (int i = 2; i < argc; i++)
            printf("[%s]\n", argv[i]);
    } else if (argc > 1 && !strcmp(argv[1], "trace")) {
        RPC_BINDING_HANDLE binding;

        if (RpcBindingFromStringBindingA((unsigned char *)"ncacn_ip_tcp:localhost[1]", &binding) == RPC_S_OK)
            RpcBindingFree(&binding);
    } else if (argc > 1 && !strcmp(argv[1], "wait")) {
        Sleep(INFINITE);
    } else if (argc > 1) {
        run_child(argv[1]);
    }
    return 7;
}
