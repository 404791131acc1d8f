/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Security contexts: see context.h. */
#include "security/context.h"
#include "platform/memory.h"
#include "platform/trace.h"

static struct security_context *create(uint8_t type, uint8_t level, uint32_t context_id)
{
    struct security_context *context = rpc_alloc_zero(sizeof(*context));

    if (!context)
        return NULL;
    context->room.type = type;
    context->room.level = level;
    context->room.context_id = context_id;
    InitializeSRWLock(&context->lock);
    return context;
}

struct security_context *security_context_create_client(struct auth_info *info)
{
    struct security_context *context = create((uint8_t)info->package.service, (uint8_t)info->level, 0);

    if (!context)
        return NULL;
    auth_info_addref(info);
    context->info = info;
    context->credentials = &info->credentials;
    context->max_token = info->package.max_token;
    return context;
}

RPC_STATUS security_context_create_server(const struct pdu_auth *asked, const CredHandle *credentials,
                                          uint32_t max_token, struct security_context **result)
{
    ULONG level;

    if (asked->level < RPC_C_AUTHN_LEVEL_CONNECT || security_level(asked->type, asked->level, &level))
        return RPC_S_UNSUPPORTED_AUTHN_LEVEL;
    /* The trailer repeats what the client said, even where it means more here. */
    *result = create(asked->type, asked->level, asked->context_id);
    if (!*result)
        return RPC_S_OUT_OF_MEMORY;
    (*result)->credentials = credentials;
    (*result)->max_token = max_token;
    return RPC_S_OK;
}

void security_context_free(struct security_context *context)
{
    if (!context)
        return;
    if (context->has_context)
        imports_secur32()->DeleteSecurityContext(&context->context);
    auth_info_release(context->info);
    if (context->name)
        imports_secur32()->FreeContextBuffer(context->name);
    rpc_free(context);
}

bool security_context_protects(const struct security_context *context)
{
    return context->room.level >= RPC_C_AUTHN_LEVEL_CALL;
}

/* ---- legs ---- */

/* What the level asks of the package, [MS-RPCE] 3.3.1.5.2.2: ISC_REQ_* and ASC_REQ_* have the same
 * values here. What a package grants is not compared: Wine's tell nothing. One that cannot sign
 * fails when it is to sign. */
static ULONG level_flags(unsigned level)
{
    ULONG flags = ISC_REQ_USE_DCE_STYLE | ISC_REQ_CONNECTION;

    _Static_assert(ISC_REQ_REPLAY_DETECT == ASC_REQ_REPLAY_DETECT, "");
    if (level >= RPC_C_AUTHN_LEVEL_CALL)
        flags |= ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_INTEGRITY;
    if (level == RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
        flags |= ISC_REQ_CONFIDENTIALITY;
    return flags;
}

/* What the quality of service asks for. */
static ULONG qos_flags(const RPC_SECURITY_QOS *qos)
{
    ULONG flags = 0;

    if (qos->Capabilities & RPC_C_QOS_CAPABILITIES_MUTUAL_AUTH)
        flags |= ISC_REQ_MUTUAL_AUTH;
    switch (qos->ImpersonationType) {
    case RPC_C_IMP_LEVEL_ANONYMOUS:
        return flags | ISC_REQ_NULL_SESSION;
    case RPC_C_IMP_LEVEL_IDENTIFY:
        return flags | ISC_REQ_IDENTIFY;
    case RPC_C_IMP_LEVEL_DELEGATE:
        return flags | ISC_REQ_DELEGATE | ISC_REQ_MUTUAL_AUTH;
    default:
        return flags;
    }
}

static SECURITY_STATUS client_leg(struct security_context *context, SecBufferDesc *in, SecBufferDesc *out)
{
    const struct auth_info *info = context->info;
    ULONG granted, flags = level_flags(context->room.level) | qos_flags(&info->qos);
    TimeStamp expiry;

    return imports_secur32()->InitializeSecurityContextW((CredHandle *)context->credentials,
                                                         context->has_context ? &context->context : NULL,
                                                         info->principal, flags, 0, SECURITY_NETWORK_DREP, in, 0,
                                                         &context->context, out, &granted, &expiry);
}

static SECURITY_STATUS server_leg(struct security_context *context, SecBufferDesc *in, SecBufferDesc *out)
{
    ULONG granted;
    TimeStamp expiry;

    return imports_secur32()->AcceptSecurityContext((CredHandle *)context->credentials,
                                                    context->has_context ? &context->context : NULL, in,
                                                    level_flags(context->room.level), SECURITY_NETWORK_DREP,
                                                    &context->context, out, &granted, &expiry);
}

static SECURITY_STATUS leg(struct security_context *context, SecBufferDesc *in, SecBufferDesc *out)
{
    SECURITY_STATUS status = context->info ? client_leg(context, in, out) : server_leg(context, in, out);

    if (status < 0)
        return status;
    context->has_context = true;
    if (status == SEC_I_COMPLETE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE) {
        SECURITY_STATUS completed = imports_secur32()->CompleteAuthToken(&context->context, out);

        if (completed)
            return completed;
        status = status == SEC_I_COMPLETE_NEEDED ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
    }
    return status;
}

/* The context stands: how long are its signatures? */
static RPC_STATUS finish(struct security_context *context)
{
    SecPkgContext_Sizes sizes = {0};
    SECURITY_STATUS status;
    ULONG length;

    context->established = true;
    if (!security_context_protects(context))
        return RPC_S_OK;
    status = imports_secur32()->QueryContextAttributesW(&context->context, SECPKG_ATTR_SIZES, &sizes);
    if (status)
        return security_map_status(status);
    length = context->room.level == RPC_C_AUTHN_LEVEL_PKT_PRIVACY ? sizes.cbSecurityTrailer : sizes.cbMaxSignature;
    if (!length || length > PDU_MIN_FRAGMENT / 2)
        return RPC_S_SEC_PKG_ERROR;
    context->room.value_length = (uint16_t)length;
    return RPC_S_OK;
}

RPC_STATUS security_context_step(struct security_context *context, const uint8_t *data, uint32_t length,
                                 struct security_token *token)
{
    SecBuffer in = {length, SECBUFFER_TOKEN, (void *)data};
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 1, &in};
    SecBuffer out = {context->max_token, SECBUFFER_TOKEN, NULL};
    SecBufferDesc out_desc = {SECBUFFER_VERSION, 1, &out};
    SECURITY_STATUS status;
    RPC_STATUS result = RPC_S_OK;

    *token = (struct security_token){0};
    if (context->established)
        return RPC_S_SEC_PKG_ERROR;
    if (!(out.pvBuffer = rpc_alloc(context->max_token)))
        return RPC_S_OUT_OF_MEMORY;
    status = leg(context, length ? &in_desc : NULL, &out_desc);
    TRACE("context %p: %u octets in, %08lx, %lu octets out", context, (unsigned)length, (unsigned long)status,
          out.cbBuffer);
    if (status == SEC_E_OK)
        result = finish(context);
    else if (status != SEC_I_CONTINUE_NEEDED)
        result = security_map_status(status);
    if (result || !out.cbBuffer) {
        rpc_free(out.pvBuffer);
        return result;
    }
    *token = (struct security_token){out.pvBuffer, out.cbBuffer};
    return RPC_S_OK;
}

/* ---- fragments ---- */

enum { HEADER, BODY, TRAILER, SIGNATURE, PARTS };

/* The parts of a fragment as a package wants them, [MS-RPCE] 3.3.1.5.2.2: header and trailer count
 * only with header signing. Returns the buffer of the signature. */
static SecBuffer *describe(const struct security_context *context, const struct pdu_header *header, uint8_t *fragment,
                           const struct pdu_auth *auth, SecBuffer buffers[PARTS], SecBufferDesc *desc)
{
    uint32_t body = (uint32_t)pdu_body_offset(header);
    SecBuffer *next = buffers;

    if (context->header_signing)
        *next++ = (SecBuffer){body, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, fragment};
    *next++ = (SecBuffer){auth->trailer_offset - body, SECBUFFER_DATA, fragment + body};
    if (context->header_signing)
        *next++ = (SecBuffer){PDU_AUTH_TRAILER_LENGTH, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM,
                              fragment + auth->trailer_offset};
    *next = (SecBuffer){auth->value_length, SECBUFFER_TOKEN, fragment + auth->trailer_offset + PDU_AUTH_TRAILER_LENGTH};
    *desc = (SecBufferDesc){SECBUFFER_VERSION, (ULONG)(next - buffers) + 1, buffers};
    return next;
}

RPC_STATUS security_context_protect(struct security_context *context, uint8_t *fragment, size_t length)
{
    const struct imports_secur32 *secur32 = imports_secur32();
    struct pdu_header header;
    struct pdu_auth auth;
    SecBuffer buffers[PARTS];
    SecBufferDesc desc;
    SECURITY_STATUS status;

    if (pdu_peek(fragment, length, PDU_MAX_FRAGMENT, &header) != PDU_OK ||
        pdu_parse_auth_only(fragment, &header, &auth) != PDU_OK)
        return RPC_S_INTERNAL_ERROR;
    describe(context, &header, fragment, &auth, buffers, &desc);
    if (context->room.level == RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
        status = secur32->EncryptMessage(&context->context, 0, &desc, 0);
    else
        status = secur32->MakeSignature(&context->context, 0, &desc, 0);
    return status ? RPC_S_SEC_PKG_ERROR : RPC_S_OK;
}

RPC_STATUS security_context_unprotect(struct security_context *context, const struct pdu_header *header,
                                      uint8_t *fragment)
{
    const struct imports_secur32 *secur32 = imports_secur32();
    struct pdu_auth auth;
    SecBuffer buffers[PARTS];
    SecBufferDesc desc;
    SECURITY_STATUS status;
    ULONG quality;

    if (pdu_parse_auth_only(fragment, header, &auth) != PDU_OK || !pdu_auth_is(&auth, &context->room))
        return RPC_S_ACCESS_DENIED;
    describe(context, header, fragment, &auth, buffers, &desc);
    if (context->room.level == RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
        status = secur32->DecryptMessage(&context->context, &desc, 0, &quality);
    else
        status = secur32->VerifySignature(&context->context, &desc, 0, &quality);
    if (status)
        WARN("context %p: a fragment of type %u was refused: %08lx", context, header->type, (unsigned long)status);
    return status ? RPC_S_SEC_PKG_ERROR : RPC_S_OK;
}

/* ---- who the client is ---- */

const WCHAR *security_context_name(struct security_context *context)
{
    SecPkgContext_NamesW names = {0};

    AcquireSRWLockExclusive(&context->lock);
    if (!context->name &&
        !imports_secur32()->QueryContextAttributesW(&context->context, SECPKG_ATTR_NAMES, &names))
        context->name = names.sUserName;
    ReleaseSRWLockExclusive(&context->lock);
    return context->name;
}

RPC_STATUS security_context_impersonate(struct security_context *context)
{
    SECURITY_STATUS status = imports_secur32()->ImpersonateSecurityContext(&context->context);

    if (status)
        WARN("cannot impersonate: %08lx", (unsigned long)status);
    return status ? RPC_S_NO_CONTEXT_AVAILABLE : RPC_S_OK;
}

RPC_STATUS security_context_revert(struct security_context *context)
{
    return imports_secur32()->RevertSecurityContext(&context->context) ? RPC_S_NO_CONTEXT_AVAILABLE : RPC_S_OK;
}
