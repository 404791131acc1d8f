/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interfaces that the folder has to know by name; the SDK has them in a library that the DLL is
 * not linked with. */
#include "com/com.h"

#define COM_IID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    const IID name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}

COM_IID(IID_IUnknown, 0x00000000, 0x0000, 0x0000, 0xc0, 0, 0, 0, 0, 0, 0, 0x46);
COM_IID(IID_IDispatch, 0x00020400, 0x0000, 0x0000, 0xc0, 0, 0, 0, 0, 0, 0, 0x46);
COM_IID(IID_IPSFactoryBuffer, 0xd5f569d0, 0x593b, 0x101a, 0xb5, 0x69, 8, 0, 0x2b, 0x2d, 0xbf, 0x7a);
COM_IID(IID_IRpcProxyBuffer, 0xd5f56a34, 0x593b, 0x101a, 0xb5, 0x69, 8, 0, 0x2b, 0x2d, 0xbf, 0x7a);
COM_IID(IID_IRpcStubBuffer, 0xd5f56afc, 0x593b, 0x101a, 0xb5, 0x69, 8, 0, 0x2b, 0x2d, 0xbf, 0x7a);
