/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Towers of bindings: see binding_tower.h. */
#include "client/binding_tower.h"
#include "platform/memory.h"

static bool to_ansi(const WCHAR *s, char ansi[TOWER_TEXT_MAX])
{
    return WideCharToMultiByte(CP_ACP, 0, s, -1, ansi, TOWER_TEXT_MAX, NULL, NULL) > 0;
}

static bool to_wide(const char *s, WCHAR wide[TOWER_TEXT_MAX])
{
    return MultiByteToWideChar(CP_ACP, 0, s, -1, wide, TOWER_TEXT_MAX) > 0;
}

static bool protseq_of(const struct transport *transport, enum tower_protseq *protseq)
{
    char name[TOWER_TEXT_MAX];

    return to_ansi(transport->protseq, name) && tower_protseq_find(name, protseq);
}

/* ---- from a binding ---- */

static RPC_STATUS copy_strings(struct binding *binding, char endpoint[TOWER_TEXT_MAX],
                               char address[TOWER_TEXT_MAX])
{
    bool fits;

    AcquireSRWLockShared(&binding->lock);
    fits = to_ansi(binding->endpoint, endpoint) && to_ansi(binding->network_addr, address);
    ReleaseSRWLockShared(&binding->lock);
    return fits ? RPC_S_OK : RPC_S_STRING_TOO_LONG;
}

RPC_STATUS tower_of_binding(struct binding *binding, bool needs_endpoint,
                            const struct wire_syntax *iface, const struct wire_syntax *transfer,
                            struct epm_tower *tower)
{
    char endpoint[TOWER_TEXT_MAX], address[TOWER_TEXT_MAX];
    RPC_STATUS status = copy_strings(binding, endpoint, address);
    enum tower_protseq protseq;
    uint8_t *octets;
    size_t length;

    if (status)
        return status;
    if (!protseq_of(binding->transport, &protseq))
        return RPC_S_PROTSEQ_NOT_SUPPORTED;
    if ((needs_endpoint && !endpoint[0]) ||
        tower_encode(iface, transfer, protseq, endpoint, address, NULL, 0, &length) != TOWER_OK)
        return EPT_S_INVALID_ENTRY;
    if (!(octets = rpc_alloc(length)))
        return RPC_S_OUT_OF_MEMORY;
    tower_encode(iface, transfer, protseq, endpoint, address, octets, length, &length);
    *tower = (struct epm_tower){octets, (uint32_t)length};
    return RPC_S_OK;
}

void tower_free(struct epm_tower *tower)
{
    rpc_free((void *)tower->octets);
}

/* ---- to a binding ---- */

static bool decode(const struct epm_tower *tower, struct tower *decoded)
{
    return tower->octets && tower_decode(tower->octets, tower->length, decoded) == TOWER_OK;
}

bool tower_endpoint(const struct epm_tower *tower, const struct transport *transport,
                    WCHAR endpoint[ENDPOINT_CHARS])
{
    enum tower_protseq protseq;
    struct tower decoded;

    return decode(tower, &decoded) && protseq_of(transport, &protseq) &&
           decoded.protseq == protseq && to_wide(decoded.endpoint, endpoint) &&
           transport_endpoint_is_valid(transport, endpoint);
}

RPC_STATUS tower_to_binding(const struct epm_tower *tower, const UUID *object,
                            struct wire_syntax *iface, struct binding **binding)
{
    WCHAR protseq[TOWER_TEXT_MAX], endpoint[TOWER_TEXT_MAX], address[TOWER_TEXT_MAX];
    struct tower decoded;

    if (!decode(tower, &decoded))
        return EPT_S_INVALID_ENTRY;
    *iface = decoded.iface;
    if (!binding)
        return RPC_S_OK;
    if (!to_wide(tower_protseq_name(decoded.protseq), protseq) ||
        !to_wide(decoded.endpoint, endpoint) || !to_wide(decoded.address, address))
        return EPT_S_INVALID_ENTRY;
    return binding_create(protseq, address, endpoint, NULL, object, binding);
}
