/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interface pointers (FC_IP) as parameters and members: hooks of the NDR engine. COM (ole32) makes
 * and reads what is on the wire. */
#ifndef RPCRT4_STUB_INTERFACE_POINTER_H
#define RPCRT4_STUB_INTERFACE_POINTER_H

/* Once, when the DLL is loaded. */
void interface_pointer_init(void);

#endif
