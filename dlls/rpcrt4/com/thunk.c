/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Methods that are the same for every interface: see com.h. Each has to know its number, so that
 * there is a little piece of code for each, all of one size. */
#include "com/com.h"
#include "stub/client.h"

#define THUNK_SIZE 16

/* In front of a proxy's methods: pStublessProxyInfo, piid (rpcproxy.h, CInterfaceProxyHeader). */
static const MIDL_STUBLESS_PROXY_INFO *descriptions_of(unsigned char *args)
{
    const MIDL_STUBLESS_PROXY_INFO *const *methods =
        **(const MIDL_STUBLESS_PROXY_INFO *const **const *)args;

    return methods[-2];
}

extern const unsigned char com_stubless_thunks[], com_forwarding_thunks[];

#ifdef __x86_64__

_Static_assert(offsetof(struct com_forwarder, target) == 32, "known to the code below");

/* The arguments in registers are stored where the others are: in the home area, which precedes
 * them. A float or a double may be in xmm1, xmm2 or xmm3 instead. The result is returned in both
 * kinds of registers. */
__asm__(".text\n"
        ".balign 16\n"
        ".seh_proc com_stubless_common\n"
        "com_stubless_common:\n"
        "movq %rcx, 8(%rsp)\n"
        "movq %rdx, 16(%rsp)\n"
        "movq %r8, 24(%rsp)\n"
        "movq %r9, 32(%rsp)\n"
        "subq $72, %rsp\n"
        ".seh_stackalloc 72\n"
        ".seh_endprologue\n"
        "movsd %xmm0, 32(%rsp)\n"
        "movsd %xmm1, 40(%rsp)\n"
        "movsd %xmm2, 48(%rsp)\n"
        "movsd %xmm3, 56(%rsp)\n"
        "movl %eax, %ecx\n"
        "leaq 80(%rsp), %rdx\n"
        "leaq 32(%rsp), %r8\n"
        "call com_stubless_call\n"
        "movq %rax, %xmm0\n"
        "addq $72, %rsp\n"
        "ret\n"
        ".seh_endproc\n"
        ".balign 16\n"
        ".globl com_stubless_thunks\n"
        "com_stubless_thunks:\n"
        ".set number, 0\n"
        ".rept 1024\n"
        ".balign 16\n"
        "movl $number, %eax\n"
        "jmp com_stubless_common\n"
        ".set number, number + 1\n"
        ".endr\n"
        ".balign 16\n"
        ".globl com_forwarding_thunks\n"
        "com_forwarding_thunks:\n"
        ".set number, 0\n"
        ".rept 1024\n"
        ".balign 16\n"
        "movq 32(%rcx), %rcx\n"
        "movq (%rcx), %rax\n"
        "jmp *8*number(%rax)\n"
        ".set number, number + 1\n"
        ".endr\n");

__attribute__((used)) uint64_t com_stubless_call(unsigned int number, unsigned char *args,
                                                 const double *floats)
{
    return stub_client_method_call(descriptions_of(args), number, args, floats).value;
}

#else

_Static_assert(offsetof(struct com_forwarder, target) == 16, "known to the code below");

/* Methods are stdcall: how much they take off the stack, only the description knows. The return
 * address goes to the place of the last argument. */
__asm__(".text\n"
        ".balign 16\n"
        "com_stubless_common:\n"
        "pushl %ebp\n"
        "movl %esp, %ebp\n"
        "subl $24, %esp\n" /* struct stub_method_result */
        "leal 8(%ebp), %edx\n"
        "leal -24(%ebp), %ecx\n"
        "pushl %edx\n"
        "pushl %eax\n"
        "pushl %ecx\n"
        "call _com_stubless_call\n"
        "movl -16(%ebp), %ecx\n"
        "cmpl $1, -12(%ebp)\n"
        "jb 1f\n"
        "je 2f\n"
        "fldl -24(%ebp)\n"
        "jmp 1f\n"
        "2: flds -24(%ebp)\n"
        "1: movl -24(%ebp), %eax\n"
        "movl -20(%ebp), %edx\n"
        "leave\n"
        "addl %esp, %ecx\n"
        "popl (%ecx)\n"
        "movl %ecx, %esp\n"
        "ret\n"
        ".balign 16\n"
        ".globl _com_stubless_thunks\n"
        "_com_stubless_thunks:\n"
        ".set number, 0\n"
        ".rept 1024\n"
        ".balign 16\n"
        "movl $number, %eax\n"
        "jmp com_stubless_common\n"
        ".set number, number + 1\n"
        ".endr\n"
        ".balign 16\n"
        "com_forwarding_common:\n"
        "movl 4(%esp), %ecx\n"
        "movl 16(%ecx), %ecx\n"
        "movl %ecx, 4(%esp)\n"
        "addl (%ecx), %eax\n"
        "jmp *(%eax)\n"
        ".balign 16\n"
        ".globl _com_forwarding_thunks\n"
        "_com_forwarding_thunks:\n"
        ".set number, 0\n"
        ".rept 1024\n"
        ".balign 16\n"
        "movl $4*number, %eax\n"
        "jmp com_forwarding_common\n"
        ".set number, number + 1\n"
        ".endr\n");

_Static_assert(offsetof(struct stub_method_result, args_size) == 8 &&
                   offsetof(struct stub_method_result, floating) == 12 &&
                   sizeof(struct stub_method_result) <= 24,
               "known to the code above");

__attribute__((used)) void com_stubless_call(struct stub_method_result *result, unsigned int number,
                                             unsigned char *args)
{
    *result = stub_client_method_call(descriptions_of(args), number, args, NULL);
}

#endif

void *com_stubless_method(unsigned int number)
{
    return (void *)(com_stubless_thunks + THUNK_SIZE * number);
}

void *com_forwarding_method(unsigned int number)
{
    return (void *)(com_forwarding_thunks + THUNK_SIZE * number);
}
