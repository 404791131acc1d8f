/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns: who of the threads that wait for their own calls may look (spin.h). Looking needs a
 * processor, and so does the one who is to bring what is looked for. So one processor is left to
 * others: no more threads than the rest look at a time, and whoever comes then waits for his turn,
 * within the process and asleep; what he waits for may come meanwhile. A turn is kept from one wait to
 * the next, for a time in which a thread makes hundreds of short calls: to hand it over takes as long
 * as some of them. Then it goes to the thread that has waited longest. One who has a turn and does not
 * wait, or who waits for long, loses it. */
#ifndef RPCRT4_TRANSPORT_TURN_H
#define RPCRT4_TRANSPORT_TURN_H

#include "platform/base.h"

/* A wait begins. Returns when the thread has a turn. */
void turn_begin(void);
/* It ends. found false: in vain, and the thread is going to sleep; brief: it did not take long. */
void turn_end(bool found, bool brief);
/* The calling thread sleeps, after a wait in vain or without one. */
void turn_sleep_begin(void);
void turn_sleep_end(void);

/* Do others wait, for their turn or for their call? */
bool turn_is_wanted(void);

/* How many look at a time; for tests. 0: not known yet. */
extern unsigned turn_places;

#endif
