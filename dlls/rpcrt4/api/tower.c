/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Protocol towers for other system DLLs: TowerConstruct and TowerExplode, which no SDK header
 * declares (prototypes and behaviour: Wine's tests, rpc.c). */
#include "api/strings.h"
#include "platform/memory.h"
#include "wire/tower.h"

typedef struct {
    unsigned int tower_length;
    unsigned char tower_octet_string[];
} twr_t; /* C706 appendix L */

static RPC_STATUS status_of(enum tower_result result)
{
    switch (result) {
    case TOWER_OK:
        return RPC_S_OK;
    case TOWER_UNKNOWN_PROTOCOL:
        return RPC_S_INVALID_RPC_PROTSEQ;
    case TOWER_TOO_LONG:
        return RPC_S_STRING_TOO_LONG;
    case TOWER_BAD_ENDPOINT:
        return RPC_S_INVALID_ENDPOINT_FORMAT;
    default:
        return EPT_S_INVALID_ENTRY;
    }
}

/***********************************************************************
 *           TowerConstruct   (RPCRT4.@)
 *
 * endpoint and address may be NULL; over IP, an address that is no dotted quad is 0.0.0.0. The
 * tower is freed with I_RpcFree. Errors: RPC_S_INVALID_RPC_PROTSEQ, RPC_S_INVALID_ENDPOINT_FORMAT,
 * RPC_S_STRING_TOO_LONG, RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI TowerConstruct(const RPC_SYNTAX_IDENTIFIER *iface,
                                 const RPC_SYNTAX_IDENTIFIER *transfer, const char *protseq,
                                 const char *endpoint, const char *address, twr_t **tower)
{
    struct wire_syntax wire_iface, wire_transfer;
    enum tower_protseq protocol;
    enum tower_result result;
    size_t length;

    if (!iface || !transfer || !protseq || !tower)
        return RPC_S_INVALID_ARG;
    *tower = NULL;
    memcpy(&wire_iface, iface, sizeof(wire_iface));
    memcpy(&wire_transfer, transfer, sizeof(wire_transfer));
    if (!tower_protseq_find(protseq, &protocol))
        return RPC_S_INVALID_RPC_PROTSEQ;
    result = tower_encode(&wire_iface, &wire_transfer, protocol, endpoint, address, NULL, 0,
                          &length);
    if (result != TOWER_OK)
        return status_of(result);
    if (!(*tower = rpc_alloc(sizeof(**tower) + length)))
        return RPC_S_OUT_OF_MEMORY;
    (*tower)->tower_length = (unsigned int)length;
    tower_encode(&wire_iface, &wire_transfer, protocol, endpoint, address,
                 (*tower)->tower_octet_string, length, &length);
    return RPC_S_OK;
}

/***********************************************************************
 *           TowerExplode   (RPCRT4.@)
 *
 * Results that are not wanted may be NULL; the texts are freed with I_RpcFree and are NULL on
 * failure. Errors: EPT_S_INVALID_ENTRY (no tower), RPC_S_INVALID_RPC_PROTSEQ (not one of ours),
 * RPC_S_STRING_TOO_LONG, RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI TowerExplode(const twr_t *tower, RPC_SYNTAX_IDENTIFIER *iface,
                               RPC_SYNTAX_IDENTIFIER *transfer, char **protseq, char **endpoint,
                               char **address)
{
    char **const out[] = {protseq, endpoint, address};
    const char *texts[ARRAY_LENGTH(out)];
    struct tower parts;
    RPC_STATUS status;

    for (size_t i = 0; i < ARRAY_LENGTH(out); i++) {
        if (out[i])
            *out[i] = NULL;
    }
    if (!tower)
        return RPC_S_INVALID_ARG;
    status = status_of(tower_decode(tower->tower_octet_string, tower->tower_length, &parts));
    if (status != RPC_S_OK)
        return status;
    texts[0] = tower_protseq_name(parts.protseq);
    texts[1] = parts.endpoint;
    texts[2] = parts.address;
    for (size_t i = 0; i < ARRAY_LENGTH(out) && status == RPC_S_OK; i++) {
        if (out[i])
            status = string_copy_ansi((const unsigned char *)texts[i], (unsigned char **)out[i]);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(out) && status != RPC_S_OK; i++) {
        if (out[i]) {
            rpc_free(*out[i]);
            *out[i] = NULL;
        }
    }
    if (status == RPC_S_OK && iface)
        memcpy(iface, &parts.iface, sizeof(*iface));
    if (status == RPC_S_OK && transfer)
        memcpy(transfer, &parts.transfer, sizeof(*transfer));
    return status;
}
