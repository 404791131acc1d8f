/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What concerns a whole message. */
#include "ndr/engine.h"
#include "ndr/foreign.h"
#include "ndr/format.h"

void ndr_set_representation(struct ndr_message *msg, uint32_t data_representation)
{
    uint32_t character = data_representation & NDR_REPRESENTATION_CHAR_MASK;
    uint32_t integer = data_representation & NDR_REPRESENTATION_INT_MASK;
    uint32_t real = (data_representation & NDR_REPRESENTATION_FLOAT_MASK) >> 8;

    if (character > NDR_REPRESENTATION_EBCDIC || integer > NDR_REPRESENTATION_LITTLE_ENDIAN ||
        real > NDR_FLOAT_IBM)
        ndr_raise(NDR_STATUS_CANNOT_SUPPORT);
    msg->uFlags &= (unsigned char)~NDR_MESSAGE_FOREIGN;
    if (character == NDR_REPRESENTATION_EBCDIC)
        msg->uFlags |= NDR_MESSAGE_EBCDIC;
    if (integer != NDR_REPRESENTATION_LITTLE_ENDIAN)
        msg->uFlags |= NDR_MESSAGE_BYTE_SWAPPED;
    msg->uFlags |= (unsigned char)(real << NDR_MESSAGE_FLOAT_SHIFT);
}
