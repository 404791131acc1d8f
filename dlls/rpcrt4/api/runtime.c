/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small services of the runtime (rpcdce.h, rpcdcep.h, rpcndr.h). */
#include "platform/base.h"
#include "platform/thread.h"

/***********************************************************************
 *           I_RpcGetCurrentCallHandle   (RPCRT4.@)
 *
 * The binding handle of the call that this thread dispatches; NULL outside a manager routine.
 */
RPC_BINDING_HANDLE WINAPI I_RpcGetCurrentCallHandle(void)
{
    struct thread_state *thread = thread_peek();

    return thread ? thread->server_call : NULL;
}

/***********************************************************************
 *           I_RpcPauseExecution   (RPCRT4.@)
 */
void WINAPI I_RpcPauseExecution(unsigned long milliseconds)
{
    Sleep(milliseconds);
}

/***********************************************************************
 *           RpcServerYield   (RPCRT4.@)
 *
 * Does nothing: threads are preempted.
 */
void WINAPI RpcServerYield(void)
{
}

/***********************************************************************
 *           MIDL_wchar_strlen   (RPCRT4.@)
 *
 * Characters before the NUL.
 */
unsigned long WINAPI MIDL_wchar_strlen(const WCHAR *s)
{
    return (unsigned long)wcslen(s);
}

/***********************************************************************
 *           MIDL_wchar_strcpy   (RPCRT4.@)
 */
void WINAPI MIDL_wchar_strcpy(void *target, const WCHAR *source)
{
    wcscpy(target, source);
}
