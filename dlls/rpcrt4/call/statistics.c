/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process's counters: see statistics.h. */
#include "call/statistics.h"

LONG statistics[STATISTICS];
