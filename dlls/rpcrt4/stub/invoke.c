/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calling a manager routine: see invoke.h. One piece of code serves all three functions, since it
 * leaves alone what the routine returned, in whichever register that is. Arguments are few: a loop copies
 * them faster than a string instruction begins to. */
#include "stub/invoke.h"

#ifdef __x86_64__

/* rcx = routine, rdx = stack, r8 = size. The frame pointer lets the unwinder find its way whatever
 * the size. */
__asm__(".text\n"
        ".balign 16\n"
        ".globl stub_invoke\n"
        ".globl stub_invoke_float\n"
        ".globl stub_invoke_double\n"
        ".seh_proc stub_invoke\n"
        "stub_invoke:\n"
        "stub_invoke_float:\n"
        "stub_invoke_double:\n"
        "pushq %rbp\n"
        ".seh_pushreg %rbp\n"
        "movq %rsp, %rbp\n"
        ".seh_setframe %rbp, 0\n"
        ".seh_endprologue\n"
        "movq %rcx, %r10\n"
        "leaq 15(%r8), %rax\n"
        "andq $-16, %rax\n"
        "call ___chkstk_ms\n" /* keeps all registers */
        "subq %rax, %rsp\n"
        "1:\n"
        "movq -8(%rdx,%r8), %rax\n"
        "movq %rax, -8(%rsp,%r8)\n"
        "subq $8, %r8\n"
        "jnz 1b\n"
        "movq (%rsp), %rcx\n"
        "movq 8(%rsp), %rdx\n"
        "movq 16(%rsp), %r8\n"
        "movq 24(%rsp), %r9\n"
        "movq %rcx, %xmm0\n"
        "movq %rdx, %xmm1\n"
        "movq %r8, %xmm2\n"
        "movq %r9, %xmm3\n"
        "call *%r10\n"
        "leaq (%rbp), %rsp\n"
        "popq %rbp\n"
        "ret\n"
        ".seh_endproc\n");

#else

/* cdecl: routine, stack, size. The routine may or may not have popped its arguments. */
__asm__(".text\n"
        ".balign 16\n"
        ".globl _stub_invoke\n"
        ".globl _stub_invoke_float\n"
        ".globl _stub_invoke_double\n"
        "_stub_invoke:\n"
        "_stub_invoke_float:\n"
        "_stub_invoke_double:\n"
        "pushl %ebp\n"
        "movl %esp, %ebp\n"
        "pushl %esi\n"
        "movl 16(%ebp), %ecx\n"
        "leal 15(%ecx), %eax\n"
        "andl $-16, %eax\n"
        "call ___chkstk_ms\n"
        "subl %eax, %esp\n"
        "andl $-16, %esp\n"
        "movl 12(%ebp), %esi\n"
        "movl 16(%ebp), %ecx\n"
        "testl %ecx, %ecx\n"
        "jz 2f\n"
        "1:\n"
        "movl -4(%esi,%ecx), %eax\n"
        "movl %eax, -4(%esp,%ecx)\n"
        "subl $4, %ecx\n"
        "jnz 1b\n"
        "2:\n"
        "call *8(%ebp)\n"
        "leal -4(%ebp), %esp\n"
        "popl %esi\n"
        "popl %ebp\n"
        "ret\n");

#endif
