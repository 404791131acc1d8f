/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The DLL's entry point. The loader lock is held here and the DLL is loaded into almost every process: nothing is
 * started, opened or allocated; what the runtime needs, it makes on first use. */
#include "platform/base.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    return TRUE;
}
