/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma GCC optimize("O3")
#define CASES rpcexcept_O3
#include "rpcexcept_cases.h"
