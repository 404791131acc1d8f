/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of hooks: see hooks.h. */
#include "ndr/hooks.h"

#include "ndr/format.h"
#include "ndr/transmit_as.h"
#include "ndr/user_marshal.h"

static const struct ndr_hooks *installed[256] = {
    [NDR_FC_TRANSMIT_AS] = &ndr_transmit_as_hooks,
    [NDR_FC_TRANSMIT_AS_PTR] = &ndr_transmit_as_hooks,
    [NDR_FC_REPRESENT_AS] = &ndr_transmit_as_hooks,
    [NDR_FC_REPRESENT_AS_PTR] = &ndr_transmit_as_hooks,
    [NDR_FC_USER_MARSHAL] = &ndr_user_marshal_hooks,
};

void ndr_set_hooks(unsigned char fc, const struct ndr_hooks *hooks)
{
    installed[fc] = hooks;
}

const struct ndr_hooks *ndr_hooks(unsigned char fc)
{
    return installed[fc];
}
