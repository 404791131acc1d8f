/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The DLL's entry point. The loader lock is held here and the DLL is loaded into almost every
 * process: nothing is started or opened; what the runtime needs, it makes on first use. */
#include "com/com.h"
#include "platform/base.h"
#include "platform/thread.h"
#include "stub/context.h"
#include "stub/interface_pointer.h"
#include "stub/pipe.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    switch (reason) {
    case DLL_PROCESS_ATTACH:
        com_init();
        context_init();
        interface_pointer_init();
        pipe_init();
        return thread_init();
    case DLL_THREAD_DETACH:
        thread_detach();
        break;
    case DLL_PROCESS_DETACH:
        /* When the process ends its other threads are gone already, perhaps within a lock: touch nothing. */
        if (!reserved)
            thread_exit();
        break;
    }
    return TRUE;
}
