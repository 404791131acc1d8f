/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RpcTryExcept, RpcTryFinally and their kin for GCC, which has no __try: structured exceptions are
 * really caught and really unwound, on x86_64 and i386. Include it after <windows.h> and <rpc.h>,
 * whose own macros it replaces. Nothing to link but mingw-w64's C runtime. C only. With clang
 * -fms-extensions for x86_64 they are __try.
 *
 * As with __try: the filter runs before anything is unwound, and may look at RpcExceptionCode() and
 * RpcExceptionInformation(); EXCEPTION_CONTINUE_SEARCH lets the exception pass on untouched; a
 * finally block also runs when an exception passes, or when the body is left by return, break,
 * continue or goto.
 *
 * What differs from __try:
 *  - A local that the body changes, and the filter, the except or the finally block reads, has its
 *    value as of the latest call. Declare it volatile where the function's own access to memory may
 *    fault, be it by way of a built-in such as memcpy. A local that a finally block changes must be
 *    volatile where it is read after break, continue or goto has left the body.
 *  - An access to memory that is meant to fault must be volatile, or the compiler may drop it.
 *  - A filter must neither raise an exception nor be left other than by its value.
 *  - setjmp() must not be called in a function that contains such a block. longjmp() across such a
 *    function is fine, and runs its finally blocks; __builtin_longjmp() is not.
 *  - A fiber must neither move to another thread nor be deleted while it is inside a body.
 *  - The rest of the source file is compiled with -fno-exceptions, without splitting off cold code
 *    and without sharing stack slots.
 *
 * How it works. Every block has a struct rpc_try_frame in its function's stack frame. On i386 it is
 * an exception registration. On x86_64 it is in a list of the thread, and `.seh_handler` makes
 * rpc_try_handler the language-specific handler of the function, which finds the frames that belong
 * to the stack frame being examined. Control comes back by way of __builtin_setjmp's buffer: for
 * good when an exception has been caught; for the length of a filter or finally block (a "funclet")
 * with the stack pointer left below the dispatcher's frames. For the latter the function has to
 * address its locals by the frame pointer (RPC_TRY_NEEDS_FRAME_POINTER_), and a funclet's
 * temporaries must be in stack slots of their own (the #pragma). */
#ifndef RPCRT4_RPCEXCEPT_H
#define RPCRT4_RPCEXCEPT_H

#include <windows.h>
#include <rpc.h>

#if defined(__clang__)
#ifndef __x86_64__
#error "clang implements __try for x86_64 only: compile this file with GCC"
#endif
/* As in the SDK, but clang 14 gets the code wrong outside of the filter. */
#undef RpcTryExcept
#undef RpcExcept
#undef RpcEndExcept
#undef RpcExceptionCode
#define RpcTryExcept \
    { \
        unsigned long rpc_caught_ = 0; \
        __try {
#define RpcExcept(expr) \
        } __except (({ const unsigned long rpc_code_ = rpc_caught_ = _exception_code(); \
                       (void)rpc_code_; \
                       (expr); })) { \
            const unsigned long rpc_code_ = rpc_caught_; \
            (void)rpc_code_; \
            {
#define RpcEndExcept \
            } \
        } \
    }
#define RpcExceptionCode() (rpc_code_)
#define RpcExceptionInformation() ((EXCEPTION_POINTERS *)_exception_info())
#elif defined(__GNUC__)

#ifdef __cplusplus
#error "RpcTryExcept for GCC is for C: keep the functions that use it in C files"
#endif

#pragma GCC optimize("no-reorder-blocks-and-partition", "no-ira-share-spill-slots", \
                     "stack-reuse=none")
/* With -fexceptions GCC would give functions a language-specific handler of its own. */
#pragma GCC optimize("no-exceptions")

/* Why control is at the block's setjmp. */
enum rpc_try_phase {
    RPC_TRY_BODY_,    /* the body runs, or has run to its end */
    RPC_TRY_FILTER_,  /* evaluate the filter, then rpc_try_return_ */
    RPC_TRY_CAUGHT_,  /* everything inside has been unwound: run the except block */
    RPC_TRY_UNWIND_   /* run the finally block, then rpc_try_return_ */
};

struct rpc_try_frame {
#ifdef __x86_64__
    struct rpc_try_frame *next; /* the thread's list, newest first */
    /* Is in second place, for rpc_try_handler. */
    EXCEPTION_DISPOSITION (*dispatch)(EXCEPTION_RECORD *, void *, CONTEXT *, void *);
    struct rpc_try_frame **pprev;
    char *cfa;                  /* upper end of the function's stack frame; resume[2] is lower */
    EXCEPTION_RECORD *accepted; /* what the filter has accepted */
    void *tib_list;             /* NT_TIB.ExceptionList outside the block: frames of Wine's own */
#else
    EXCEPTION_REGISTRATION_RECORD registration;
#endif
    int active;  /* the body runs: exceptions concern this frame */
    int finally; /* RpcTryFinally, not RpcTryExcept */
    int (*run)(struct rpc_try_frame *, enum rpc_try_phase); /* the filter or the finally block */
    volatile enum rpc_try_phase phase;
    volatile int result; /* of the filter */
    void *resume[5];     /* __builtin_setjmp: frame pointer, address, stack pointer */
    void *back[5];       /* where a funclet returns to */
    EXCEPTION_POINTERS pointers;
    EXCEPTION_RECORD record;
};

/* Flags of an EXCEPTION_RECORD (in the SDK: EXCEPTION_UNWINDING and so on). */
#define RPC_TRY_UNWINDING_ 0x02
#define RPC_TRY_EXIT_UNWIND_ 0x04
#define RPC_TRY_TARGET_UNWIND_ 0x20

#define RPC_TRY_INLINE_ static inline __attribute__((always_inline, unused))
#define RPC_TRY_NOINLINE_ static __attribute__((noinline, unused))

#ifdef __x86_64__
/* One list head per thread and module, and the language-specific handler: without a frame it has
 * nothing to do, else any frame's dispatch function serves. In COMDAT sections, so that the source
 * files of a module share them; each at the beginning of one, for gas adds a symbol's offset twice
 * otherwise. The number in the names is the version of struct rpc_try_frame. */
__asm__(
    ".ifndef rpc_try_handler_1\n"
    "\t.section .tls$RPC_TRY_1,\"dw\"\n" /* is before .tls$ZZZ, mingw-w64's end */
    "\t.linkonce discard\n"
    "\t.globl rpc_try_head_1\n"
    "\t.p2align 3\n"
    "rpc_try_head_1:\n"
    "\t.quad 0\n"
    "\t.section .text$rpc_try_handler_1,\"x\"\n"
    "\t.linkonce discard\n"
    "\t.globl rpc_try_handler_1\n"
    "\t.p2align 4\n"
    "rpc_try_handler_1:\n"
    "\tmovl _tls_index(%rip), %eax\n"
    "\tmovq %gs:0x58, %r10\n"
    "\tmovq (%r10,%rax,8), %rax\n"
    "\tmovq rpc_try_head_1@secrel32(%rax), %rax\n"
    "\ttestq %rax, %rax\n"
    "\tje 1f\n"
    "\tjmp *8(%rax)\n"
    "1:\tmovl $1, %eax\n" /* ExceptionContinueSearch */
    "\tret\n"
    /* RtlUnwindEx comes here with the frame's `resume` in rax. */
    "\t.section .text$rpc_try_resume_1,\"x\"\n"
    "\t.linkonce discard\n"
    "\t.globl rpc_try_resume_1\n"
    "\t.p2align 4\n"
    "rpc_try_resume_1:\n"
    "\tmovq (%rax), %rbp\n"
    "\tmovq 16(%rax), %rsp\n"
    "\tjmp *8(%rax)\n"
    "\t.text\n"
    ".endif\n");

extern char rpc_try_resume_1[];
extern ULONG _tls_index;

RPC_TRY_INLINE_ struct rpc_try_frame **rpc_try_head_(void)
{
    struct rpc_try_frame **head;

    __asm__("movq %%gs:0x58, %0\n\tmovq (%0,%1,8), %0\n\tleaq rpc_try_head_1@secrel32(%0), %0"
            : "=&r"(head) : "r"((ULONG64)_tls_index));
    return head;
}

RPC_TRY_INLINE_ void rpc_try_link_(struct rpc_try_frame *frame)
{
    struct rpc_try_frame **head = rpc_try_head_();

    __asm__ volatile("movq %%gs:0, %0" : "=r"(frame->tib_list));
    frame->accepted = NULL;
    frame->next = *head;
    frame->pprev = head;
    if (frame->next)
        frame->next->pprev = &frame->next;
    *head = frame;
}

RPC_TRY_INLINE_ void rpc_try_unlink_(struct rpc_try_frame *frame)
{
    if (frame->active) {
        *frame->pprev = frame->next;
        if (frame->next)
            frame->next->pprev = frame->pprev;
    }
}

/* Ends the unwindings that were under way inside the block: Wine has a frame for each of them in
 * NT_TIB.ExceptionList, which Windows does not use. */
RPC_TRY_INLINE_ void rpc_try_end_unwinds_(struct rpc_try_frame *frame)
{
    __asm__ volatile("movq %0, %%gs:0" :: "r"(frame->tib_list) : "memory");
}

#define RPC_TRY_SET_HANDLER_() __asm__ volatile(".seh_handler rpc_try_handler_1, @except, @unwind")
#else
RPC_TRY_INLINE_ EXCEPTION_REGISTRATION_RECORD *rpc_try_head_(void)
{
    EXCEPTION_REGISTRATION_RECORD *head;

    __asm__ volatile("movl %%fs:0, %0" : "=r"(head));
    return head;
}

RPC_TRY_INLINE_ void rpc_try_set_head_(EXCEPTION_REGISTRATION_RECORD *head)
{
    __asm__ volatile("movl %0, %%fs:0" :: "r"(head) : "memory");
}

RPC_TRY_INLINE_ void rpc_try_link_(struct rpc_try_frame *frame)
{
    frame->registration.Next = rpc_try_head_();
    rpc_try_set_head_(&frame->registration);
}

RPC_TRY_INLINE_ void rpc_try_unlink_(struct rpc_try_frame *frame)
{
    if (frame->active)
        rpc_try_set_head_(frame->registration.Next);
}

/* Ends the unwindings that were under way inside the block: the chain begins with registrations of
 * theirs. */
RPC_TRY_INLINE_ void rpc_try_end_unwinds_(struct rpc_try_frame *frame)
{
    rpc_try_set_head_(frame->registration.Next);
}

#define RPC_TRY_SET_HANDLER_() ((void)0)
#endif

/* The fences keep the body's memory accesses between them. */
RPC_TRY_INLINE_ void rpc_try_deactivate_(struct rpc_try_frame *frame)
{
    __asm__ volatile("" ::: "memory");
    rpc_try_unlink_(frame);
    frame->active = 0;
    __asm__ volatile("" ::: "memory");
}

/* The body will not be returned to. */
RPC_TRY_NOINLINE_ void rpc_try_abandon_(struct rpc_try_frame *frame)
{
    rpc_try_deactivate_(frame);
    if (frame->finally)
        frame->run(frame, RPC_TRY_UNWIND_);
}

/* Leaving a block's scope: after its end, or by a jump out of any part of it. */
RPC_TRY_INLINE_ void rpc_try_leave_(struct rpc_try_frame *frame)
{
    if (frame->active)
        rpc_try_abandon_(frame);
    else
        rpc_try_end_unwinds_(frame);
}

/* What the filter says of the exception; its record stays readable in the except block. */
RPC_TRY_NOINLINE_ int rpc_try_filter_(struct rpc_try_frame *frame, EXCEPTION_RECORD *record,
                                      CONTEXT *context)
{
    int result;

    frame->record = *record;
    frame->record.ExceptionRecord = NULL;
    frame->pointers.ExceptionRecord = record;
    frame->pointers.ContextRecord = context;
    result = frame->run(frame, RPC_TRY_FILTER_);
    frame->phase = RPC_TRY_BODY_;
    return result;
}

#ifdef __x86_64__
/* EstablisherFrame is in the stack frame of the function being examined, whatever its frame
 * register. */
RPC_TRY_INLINE_ int rpc_try_owns_(struct rpc_try_frame *frame, void *establisher)
{
    return (char *)frame->resume[2] <= (char *)establisher && (char *)establisher < frame->cfa;
}

/* First pass: asks the filters of the function's active blocks, innermost first. */
RPC_TRY_INLINE_ EXCEPTION_DISPOSITION rpc_try_search_(EXCEPTION_RECORD *record, void *establisher,
                                                      CONTEXT *context,
                                                      DISPATCHER_CONTEXT *dispatcher)
{
    struct rpc_try_frame *frame;
    int result;

    for (frame = *rpc_try_head_(); frame; frame = frame->next) {
        if (!rpc_try_owns_(frame, establisher) || frame->finally || frame->phase == RPC_TRY_FILTER_)
            continue;
        frame->accepted = NULL;
        result = rpc_try_filter_(frame, record, context);
        if (result < 0)
            return ExceptionContinueExecution;
        if (result > 0) {
            frame->accepted = record;
            frame->phase = RPC_TRY_CAUGHT_;
            RtlUnwindEx(establisher, rpc_try_resume_1, record, frame->resume, context,
                        dispatcher->HistoryTable);
        }
    }
    return ExceptionContinueSearch;
}

/* Second pass: unwinds the function's blocks; in the function where the exception was accepted,
 * those within the block that did. A foreign unwind to this function (longjmp) leaves them alone.
 * Blocks of functions that were skipped, because a finally block was left prematurely, are
 * dropped. */
RPC_TRY_INLINE_ void rpc_try_unwind_(EXCEPTION_RECORD *record, void *establisher)
{
    struct rpc_try_frame *frame, *next, *last = NULL;

    if (record->ExceptionFlags & RPC_TRY_TARGET_UNWIND_) {
        for (last = *rpc_try_head_(); last; last = last->next) {
            if (rpc_try_owns_(last, establisher) && last->accepted == record)
                break;
        }
        if (!last)
            return;
    }
    for (frame = *rpc_try_head_(); frame && frame != last; frame = next) {
        next = frame->next;
        if (rpc_try_owns_(frame, establisher))
            rpc_try_abandon_(frame);
        else if (frame->cfa <= (char *)establisher && (char *)frame > (char *)&next)
            rpc_try_deactivate_(frame);
    }
}

RPC_TRY_NOINLINE_ EXCEPTION_DISPOSITION rpc_try_dispatch_(EXCEPTION_RECORD *record,
                                                         void *establisher, CONTEXT *context,
                                                         void *dispatcher)
{
    if (!(record->ExceptionFlags & (RPC_TRY_UNWINDING_ | RPC_TRY_EXIT_UNWIND_)))
        return rpc_try_search_(record, establisher, context, (DISPATCHER_CONTEXT *)dispatcher);
    rpc_try_unwind_(record, establisher);
    return ExceptionContinueSearch;
}
#else
/* Calls another function's handler, which may leave nothing but the frame pointer as it was. */
RPC_TRY_NOINLINE_ void rpc_try_call_(EXCEPTION_REGISTRATION_RECORD *registration,
                                     EXCEPTION_RECORD *record, CONTEXT *context)
{
    void *handler = (void *)registration->Handler, *dispatcher = NULL, *last = &dispatcher;

    __asm__ volatile("pushl %%ebp\n\tmovl %%esp, %%ebp\n\t"
                     "pushl %4\n\tpushl %3\n\tpushl %2\n\tpushl %1\n\tcall *%0\n\t"
                     "movl %%ebp, %%esp\n\tpopl %%ebp"
                     : "+a"(handler), "+b"(record), "+c"(registration), "+d"(context), "+S"(last)
                     :: "edi", "memory", "cc");
}

/* RtlUnwind would demand that the registrations be in the order of their addresses; but the frames
 * of one function are where the compiler puts them. */
RPC_TRY_NOINLINE_ void rpc_try_unwind_(struct rpc_try_frame *target, EXCEPTION_RECORD *record,
                                       CONTEXT *context)
{
    EXCEPTION_REGISTRATION_RECORD *registration;

    record->ExceptionFlags |= RPC_TRY_UNWINDING_;
    while ((registration = rpc_try_head_()) != &target->registration) {
        rpc_try_call_(registration, record, context);
        rpc_try_set_head_(registration->Next);
    }
}

RPC_TRY_NOINLINE_ EXCEPTION_DISPOSITION __cdecl rpc_try_dispatch_(EXCEPTION_RECORD *record,
                                                                 void *establisher,
                                                                 CONTEXT *context,
                                                                 void *dispatcher)
{
    struct rpc_try_frame *frame =
        CONTAINING_RECORD(establisher, struct rpc_try_frame, registration);
    int result;

    (void)dispatcher;
    if (!frame->active)
        return ExceptionContinueSearch;
    if (record->ExceptionFlags & (RPC_TRY_UNWINDING_ | RPC_TRY_EXIT_UNWIND_)) {
        frame->active = 0; /* the caller takes the registration off the chain */
        if (frame->finally)
            frame->run(frame, RPC_TRY_UNWIND_);
        return ExceptionContinueSearch;
    }
    if (frame->finally || frame->phase == RPC_TRY_FILTER_)
        return ExceptionContinueSearch;
    result = rpc_try_filter_(frame, record, context);
    if (result < 0)
        return ExceptionContinueExecution;
    if (result == 0)
        return ExceptionContinueSearch;
    rpc_try_unwind_(frame, record, context);
    frame->phase = RPC_TRY_CAUGHT_;
    __builtin_longjmp(frame->resume, 1);
}
#endif

RPC_TRY_INLINE_ void rpc_try_enter_(struct rpc_try_frame *frame, int finally,
                                   int (*run)(struct rpc_try_frame *, enum rpc_try_phase))
{
    frame->finally = finally;
    frame->run = run;
    frame->phase = RPC_TRY_BODY_;
    frame->active = 1;
#ifdef __x86_64__
    frame->dispatch = rpc_try_dispatch_;
    frame->cfa = (char *)__builtin_dwarf_cfa();
#else
    frame->registration.Handler = (PEXCEPTION_ROUTINE)rpc_try_dispatch_;
#endif
    rpc_try_link_(frame);
    __asm__ volatile("" ::: "memory");
}

#undef RpcTryExcept
#undef RpcExcept
#undef RpcEndExcept
#undef RpcTryFinally
#undef RpcFinally
#undef RpcEndFinally
#undef RpcExceptionCode
#undef RpcExceptionInformation
#undef RpcAbnormalTermination

/* In the filter and the except block: the exception's code (unsigned long). */
#define RpcExceptionCode() (rpc_exception_->ExceptionCode)
/* In the filter: EXCEPTION_POINTERS *, as GetExceptionInformation(). */
#define RpcExceptionInformation() (rpc_pointers_)
/* In the finally block: non-zero unless the body ran to its end. */
#define RpcAbnormalTermination() (rpc_abnormal_)

/* Goes to the block's setjmp with its function's frame pointer, but on fresh stack. The gap is
 * where the funclet stores the arguments of its calls. */
RPC_TRY_NOINLINE_ __attribute__((noreturn)) void rpc_try_jump_(struct rpc_try_frame *frame)
{
#ifdef __x86_64__
    __asm__ volatile("subq $2048, %%rsp\n\tandq $-16, %%rsp\n\tmovq (%0), %%rbp\n\tjmp *8(%0)"
                     :: "a"(frame->resume) : "memory");
#else
    __asm__ volatile("subl $2048, %%esp\n\tandl $-16, %%esp\n\tmovl (%0), %%ebp\n\tjmp *4(%0)"
                     :: "a"(frame->resume) : "memory");
#endif
    __builtin_unreachable();
}

/* Runs a funclet, which comes back by rpc_try_return_. */
RPC_TRY_NOINLINE_ int rpc_try_run_(struct rpc_try_frame *frame, enum rpc_try_phase phase)
{
    frame->phase = phase;
    if (!__builtin_setjmp(frame->back))
        rpc_try_jump_(frame);
    return frame->result;
}

RPC_TRY_NOINLINE_ __attribute__((noreturn)) void rpc_try_return_(struct rpc_try_frame *frame,
                                                                int result)
{
    frame->result = result;
    __builtin_longjmp(frame->back, 1);
}

/* A function that calls alloca moves its stack pointer, so GCC addresses everything by the frame
 * pointer. The call is never made, which only the assembler knows. */
#define RPC_TRY_NEEDS_FRAME_POINTER_() \
    do { \
        int rpc_zero_; \
        __asm__("" : "=r"(rpc_zero_) : "0"(0)); \
        if (rpc_zero_) \
            __asm__ volatile("" :: "r"(__builtin_alloca(rpc_zero_))); \
    } while (0)

#define RPC_TRY_BEGIN_(is_finally) \
    { \
        struct rpc_try_frame rpc_try_ __attribute__((cleanup(rpc_try_leave_))); \
        RPC_TRY_NEEDS_FRAME_POINTER_(); \
        RPC_TRY_SET_HANDLER_(); \
        if (!__builtin_setjmp(rpc_try_.resume)) { \
            rpc_try_enter_(&rpc_try_, is_finally, rpc_try_run_);

#define RpcTryExcept \
    RPC_TRY_BEGIN_(0)

#define RpcExcept(expr) \
            rpc_try_deactivate_(&rpc_try_); \
        } else { \
            EXCEPTION_RECORD *const rpc_exception_ = &rpc_try_.record; \
            if (rpc_try_.phase == RPC_TRY_FILTER_) { \
                EXCEPTION_POINTERS *const rpc_pointers_ = &rpc_try_.pointers; \
                (void)rpc_pointers_; \
                rpc_try_return_(&rpc_try_, (expr)); \
            } \
            (void)rpc_exception_; \
            rpc_try_deactivate_(&rpc_try_); \
            rpc_try_end_unwinds_(&rpc_try_); \
            {

#define RpcEndExcept \
            } \
        } \
    }

#define RpcTryFinally \
    RPC_TRY_BEGIN_(1)

#define RpcFinally \
            rpc_try_deactivate_(&rpc_try_); \
        } \
        { \
            const int rpc_abnormal_ = rpc_try_.phase != RPC_TRY_BODY_; \
            (void)rpc_abnormal_; \
            {

#define RpcEndFinally \
            } \
            if (rpc_try_.phase != RPC_TRY_BODY_) \
                rpc_try_return_(&rpc_try_, 0); \
        } \
    }

#endif /* __GNUC__ */
#endif
