/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma GCC optimize("O2")
#define CASES rpcexcept_O2
#include "rpcexcept_cases.h"
