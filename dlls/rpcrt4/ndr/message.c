/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What concerns a whole message. */
#include "ndr/engine.h"
#include "ndr/format.h"

void ndr_set_representation(struct ndr_message *msg, uint32_t data_representation)
{
    if (data_representation & (NDR_REPRESENTATION_CHAR_MASK | NDR_REPRESENTATION_FLOAT_MASK))
        ndr_raise(NDR_STATUS_CANNOT_SUPPORT);
    msg->uFlags &= ~NDR_MESSAGE_BYTE_SWAPPED;
    if ((data_representation & NDR_REPRESENTATION_INT_MASK) != NDR_REPRESENTATION_LITTLE_ENDIAN)
        msg->uFlags |= NDR_MESSAGE_BYTE_SWAPPED;
}
