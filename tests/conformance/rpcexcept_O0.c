/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma GCC optimize("O0")
#define CASES rpcexcept_O0
#include "rpcexcept_cases.h"
