/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RPCRT4_STUB_PIPE_H
#define RPCRT4_STUB_PIPE_H

#include "platform/base.h"

/* DLL_PROCESS_ATTACH */
void pipe_init(void);

#endif
