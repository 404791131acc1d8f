/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding the endpoint of a partially bound binding: see client/binding.h. */
#include "api/strings.h"
#include "client/binding.h"
#include "platform/memory.h"

/* The endpoint that the interface's own endpoint attribute gives for the binding's protocol
 * sequence. */
static RPC_STATUS endpoint_of_interface(const struct binding *binding, const RPC_CLIENT_INTERFACE *iface, WCHAR **endpoint)
{
    RPC_STATUS status = RPC_S_OK;

    *endpoint = NULL;
    for (unsigned int i = 0; !status && !*endpoint && i < iface->RpcProtseqEndpointCount; i++) {
        WCHAR *protseq;

        status = string_to_wide(iface->RpcProtseqEndpoint[i].RpcProtocolSequence, &protseq);
        if (!status && !_wcsicmp(protseq, binding->transport->protseq))
            status = string_to_wide(iface->RpcProtseqEndpoint[i].Endpoint, endpoint);
        rpc_free(protseq);
    }
    return status;
}

RPC_STATUS binding_resolve(struct binding *binding, RPC_CLIENT_INTERFACE *iface)
{
    WCHAR *endpoint;
    RPC_STATUS status;

    if (binding_has_endpoint(binding))
        return RPC_S_OK;
    status = endpoint_of_interface(binding, iface, &endpoint);
    if (!status)
        status = endpoint ? binding_set_endpoint(binding, endpoint) : EPT_S_NOT_REGISTERED;
    rpc_free(endpoint);
    return status;
}
