/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Raising an RPC exception, and telling those that a program can go on after from those that it
 * cannot. */
#include "platform/base.h"

/* ntstatus.h, which <windows.h> keeps out. */
#define STATUS_INSTRUCTION_MISALIGNMENT 0xc00000aa
#define STATUS_POSSIBLE_DEADLOCK 0xc0000194
#define STATUS_HANDLE_NOT_CLOSABLE 0xc0000235

/***********************************************************************
 *           RpcRaiseException   (RPCRT4.@)
 *
 * Raises `exception` (an RPC_S_... or RPC_X_... code, or the program's own) as a structured
 * exception that cannot be continued. Does not return. Source: Windows SDK, rpcdce.h.
 */
void WINAPI RpcRaiseException(RPC_STATUS exception)
{
    for (;;)
        RaiseException(exception, EXCEPTION_NONCONTINUABLE, 0, NULL);
}

/***********************************************************************
 *           RpcExceptionFilter   (RPCRT4.@)
 *           I_RpcExceptionFilter   (RPCRT4.@)
 *
 * The filter for RpcExcept: EXCEPTION_CONTINUE_SEARCH for exceptions that mean that the process
 * is broken, EXCEPTION_EXECUTE_HANDLER for all others. Source: Windows SDK, "Exception Handling";
 * the list is what Wine's tests say that Windows answers.
 */
int WINAPI RpcExceptionFilter(ULONG code)
{
    switch (code) {
    case STATUS_GUARD_PAGE_VIOLATION:
    case STATUS_DATATYPE_MISALIGNMENT:
    case STATUS_BREAKPOINT:
    case STATUS_ACCESS_VIOLATION:
    case STATUS_IN_PAGE_ERROR:
    case STATUS_ILLEGAL_INSTRUCTION:
    case STATUS_PRIVILEGED_INSTRUCTION:
    case STATUS_STACK_OVERFLOW:
    case STATUS_INSTRUCTION_MISALIGNMENT:
    case STATUS_POSSIBLE_DEADLOCK:
    case STATUS_HANDLE_NOT_CLOSABLE:
        return EXCEPTION_CONTINUE_SEARCH;
    }
    return EXCEPTION_EXECUTE_HANDLER;
}
