/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The demo's server: keeps each asynchronous call until its time has come, without keeping a thread
 * for it. Usage: server PROTSEQ; prints the endpoint, then serves until a client calls stop(). */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>
#include "demo.h"

/* A call that waits. Only its timer's callback ends it. */
struct job {
    PRPC_ASYNC_STATE async;
    PTP_TIMER timer;
    volatile LONG cancelled;
    ULONGLONG start;
    ULONG abort_code; /* of fail(); else: */
    LONG size, *waited;
    unsigned char *text;
};

static LONG reverse_text(unsigned char *text, LONG size)
{
    LONG vowels = 0;

    for (LONG i = 0; i < size; i++)
        vowels += text[i] && strchr("aeiouAEIOU", text[i]) != NULL;
    for (LONG i = 0; i < size / 2; i++) {
        unsigned char c = text[i];

        text[i] = text[size - 1 - i];
        text[size - 1 - i] = c;
    }
    return vowels;
}

static void CALLBACK finish(PTP_CALLBACK_INSTANCE instance, void *context, PTP_TIMER timer)
{
    struct job *job = context;
    ULONG queued;
    LONG reply;

    RpcServerUnsubscribeForNotification(RpcAsyncGetCallHandle(job->async),
                                        RpcNotificationCallCancel, &queued);
    if (job->abort_code) {
        RpcAsyncAbortCall(job->async, job->abort_code);
    } else {
        reply = reverse_text(job->text, job->size);
        if (job->cancelled)
            reply = -1;
        *job->waited = (LONG)(GetTickCount64() - job->start);
        RpcAsyncCompleteCall(job->async, &reply);
    }
    CloseThreadpoolTimer(timer);
    free(job);
}

static void end_in(struct job *job, LONG milliseconds)
{
    LARGE_INTEGER due = {.QuadPart = -10000LL * milliseconds};
    FILETIME when = {due.LowPart, due.HighPart};

    SetThreadpoolTimer(job->timer, &when, 0, 0);
}

static void RPC_ENTRY cancelled(PRPC_ASYNC_STATE async, void *context, RPC_ASYNC_EVENT event)
{
    struct job *job = async->UserInfo;

    InterlockedExchange(&job->cancelled, TRUE);
    end_in(job, 0);
}

static struct job *new_job(PRPC_ASYNC_STATE async)
{
    RPC_ASYNC_NOTIFICATION_INFO info = {.NotificationRoutine = cancelled};
    struct job *job = calloc(1, sizeof(*job));
    RPC_STATUS status;

    if (!job)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    job->async = async;
    job->start = GetTickCount64();
    job->timer = CreateThreadpoolTimer(finish, job, NULL);
    async->UserInfo = job;
    status =
        RpcServerSubscribeForNotification(RpcAsyncGetCallHandle(async), RpcNotificationCallCancel,
                                          RpcNotificationTypeCallback, &info);
    if (status != RPC_S_OK)
        RpcRaiseException(status);
    return job;
}

void reverse(PRPC_ASYNC_STATE async, handle_t binding, LONG delay, LONG size, unsigned char *text,
             LONG *waited)
{
    struct job *job = new_job(async);

    job->text = text;
    job->size = size;
    job->waited = waited;
    end_in(job, delay);
}

void fail(PRPC_ASYNC_STATE async, handle_t binding, LONG delay, ULONG code)
{
    struct job *job = new_job(async);

    job->abort_code = code;
    end_in(job, delay);
}

LONG add(handle_t binding, LONG a, LONG b)
{
    return a + b;
}

void stop(handle_t binding)
{
    RpcMgmtStopServerListening(NULL);
}

/* Prints the endpoint that the protocol sequence was given. */
static RPC_STATUS print_endpoint(const char *wanted)
{
    RPC_BINDING_VECTOR *vector;
    RPC_STATUS status = RpcServerInqBindings(&vector);
    RPC_CSTR string, protseq, endpoint;

    for (unsigned long i = 0; status == RPC_S_OK && i < vector->Count; i++) {
        RpcBindingToStringBindingA(vector->BindingH[i], &string);
        RpcStringBindingParseA(string, NULL, &protseq, NULL, &endpoint, NULL);
        if (!strcmp((char *)protseq, wanted)) {
            printf("%s\n", (char *)endpoint);
            fflush(stdout);
            return RPC_S_OK;
        }
    }
    return status == RPC_S_OK ? RPC_S_NO_BINDINGS : status;
}

int main(int argc, char **argv)
{
    const char *protseq = argc > 1 ? argv[1] : "ncacn_ip_tcp";
    RPC_STATUS status;

    _setmode(_fileno(stdout), _O_BINARY);
    status = RpcServerUseProtseqA((RPC_CSTR)protseq, RPC_C_PROTSEQ_MAX_REQS_DEFAULT, NULL);

    if (status == RPC_S_OK)
        status = RpcServerRegisterIf(demo_v1_0_s_ifspec, NULL, NULL);
    if (status == RPC_S_OK)
        status = print_endpoint(protseq);
    if (status == RPC_S_OK)
        status = RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, FALSE);
    if (status != RPC_S_OK)
        fprintf(stderr, "server: error %ld\n", status);
    return status != RPC_S_OK;
}

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *memory)
{
    free(memory);
}
