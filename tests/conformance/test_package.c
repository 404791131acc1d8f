/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tests' security package: see test_package.h. */
#include "test_package.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#define SECURITY_WIN32
#define InitSecurityInterfaceW imported_one /* which the header declares as another DLL's */
#include <sspi.h>
#undef InitSecurityInterfaceW

#define MAX_TOKEN 512

struct credentials {
    unsigned package;
    bool explicit_identity;
    char user[64], password[64];
};

struct context {
    unsigned package;
    bool is_server;
    uint32_t leg, key, flags, sent, received;
    char user[64];
};

static const struct {
    unsigned service, legs;
    WCHAR *name;
} packages[] = {
    {TEST_TWO_LEGS, 2, L"RpcTest2"},
    {TEST_THREE_LEGS, 3, L"RpcTest3"},
    {TEST_FOUR_LEGS, 4, L"RpcTest4"},
    {TEST_BROKEN, 2, L"RpcTestBroken"},
    {TEST_UNREGISTERED, 2, L"RpcTestUnregistered"},
};
static WCHAR comment[] = L"of the tests";
static volatile LONG credentials_count, contexts_count;

unsigned test_package_credentials(void)
{
    return credentials_count;
}

unsigned test_package_contexts(void)
{
    return contexts_count;
}

/* ---- packages ---- */

static SECURITY_STATUS SEC_ENTRY enumerate(unsigned long *count, SecPkgInfoW **info)
{
    *count = ARRAYSIZE(packages);
    *info = calloc(*count, sizeof(**info));
    for (unsigned i = 0; i < *count; i++)
        (*info)[i] = (SecPkgInfoW){SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION, 1,
                                   packages[i].service, MAX_TOKEN, packages[i].name, comment};
    return SEC_E_OK;
}

static SECURITY_STATUS SEC_ENTRY free_buffer(void *buffer)
{
    free(buffer);
    return SEC_E_OK;
}

/* ---- credentials ---- */

static void narrow(char *to, const WCHAR *from, unsigned long length)
{
    for (unsigned i = 0; from && i < length && i < 63; i++)
        to[i] = (char)from[i];
}

static SECURITY_STATUS SEC_ENTRY acquire(SEC_WCHAR *principal, SEC_WCHAR *package, unsigned long use, void *logon,
                                         void *identity, SEC_GET_KEY_FN get_key, void *arg, CredHandle *handle,
                                         TimeStamp *expiry)
{
    const SEC_WINNT_AUTH_IDENTITY_W *who = identity;
    struct credentials *credentials = calloc(1, sizeof(*credentials));

    while (wcscmp(packages[credentials->package].name, package))
        credentials->package++;
    strcpy(credentials->user, "nobody in particular");
    strcpy(credentials->password, TEST_PASSWORD);
    if (who) {
        memset(credentials->user, 0, sizeof(credentials->user));
        memset(credentials->password, 0, sizeof(credentials->password));
        narrow(credentials->user, (const WCHAR *)who->User, who->UserLength);
        narrow(credentials->password, (const WCHAR *)who->Password, who->PasswordLength);
    }
    InterlockedIncrement(&credentials_count);
    *handle = (CredHandle){(ULONG_PTR)credentials, 0};
    return SEC_E_OK;
}

static SECURITY_STATUS SEC_ENTRY free_credentials(CredHandle *handle)
{
    InterlockedDecrement(&credentials_count);
    free((void *)handle->dwLower);
    return SEC_E_OK;
}

/* ---- legs ---- */

static SecBuffer *find(SecBufferDesc *desc, unsigned long type)
{
    for (unsigned i = 0; desc && i < desc->cBuffers; i++) {
        if ((desc->pBuffers[i].BufferType & ~SECBUFFER_ATTRMASK) == type)
            return &desc->pBuffers[i];
    }
    return NULL;
}

static struct context *new_context(const struct credentials *credentials, bool is_server)
{
    struct context *context = calloc(1, sizeof(*context));

    context->package = credentials->package;
    context->is_server = is_server;
    context->key = is_server ? 0 : GetTickCount() * 2654435761u + GetCurrentThreadId();
    InterlockedIncrement(&contexts_count);
    return context;
}

/* Takes the peer's token of the expected leg. */
static SECURITY_STATUS take(struct context *context, SecBufferDesc *in)
{
    SecBuffer *buffer = find(in, SECBUFFER_TOKEN);
    struct test_token token;

    if (!buffer || buffer->cbBuffer != sizeof(token))
        return SEC_E_INVALID_TOKEN;
    memcpy(&token, buffer->pvBuffer, sizeof(token));
    if (token.magic != TEST_MAGIC || token.leg != context->leg)
        return SEC_E_INVALID_TOKEN;
    if (context->is_server) {
        context->key = token.key;
        context->flags = token.flags;
        memcpy(context->user, token.user, sizeof(context->user));
        if (token.leg == packages[context->package].legs - (packages[context->package].legs % 2 ? 1 : 2) &&
            strcmp(token.password, TEST_PASSWORD))
            return SEC_E_LOGON_DENIED;
    }
    context->leg++;
    return SEC_E_OK;
}

static void give(struct context *context, const struct credentials *credentials, SecBufferDesc *out)
{
    struct test_token token = {TEST_MAGIC, context->leg++, context->key, context->flags, "", ""};
    SecBuffer *buffer = find(out, SECBUFFER_TOKEN);

    memcpy(token.user, credentials->user, sizeof(token.user));
    memcpy(token.password, credentials->password, sizeof(token.password));
    memcpy(buffer->pvBuffer, &token, sizeof(token));
    buffer->cbBuffer = sizeof(token);
}

static SECURITY_STATUS step(struct context *context, const struct credentials *credentials, SecBufferDesc *in,
                            SecBufferDesc *out)
{
    unsigned legs = packages[context->package].legs;
    SECURITY_STATUS status = in ? take(context, in) : SEC_E_OK;

    if (status)
        return status;
    find(out, SECBUFFER_TOKEN)->cbBuffer = context->leg < legs ? MAX_TOKEN : 0;
    if (context->leg < legs)
        give(context, credentials, out);
    return context->leg < legs ? SEC_I_CONTINUE_NEEDED : SEC_E_OK;
}

/* A new context is the caller's unless its first leg fails; an old one is, whatever happens. */
static SECURITY_STATUS hand_out(struct context *context, SECURITY_STATUS status, const CtxtHandle *old, CtxtHandle *new)
{
    if (status >= 0) {
        *new = (CtxtHandle){(ULONG_PTR)context, 0};
    } else if (!old) {
        InterlockedDecrement(&contexts_count);
        free(context);
    }
    return status;
}

static SECURITY_STATUS SEC_ENTRY initialize(CredHandle *credentials, CtxtHandle *old, SEC_WCHAR *target,
                                            unsigned long flags, unsigned long reserved, unsigned long drep,
                                            SecBufferDesc *in, unsigned long reserved2, CtxtHandle *new,
                                            SecBufferDesc *out, unsigned long *granted, TimeStamp *expiry)
{
    struct context *context;

    if (target && !wcscmp(target, L"nowhere"))
        return SEC_E_TARGET_UNKNOWN;
    context = old ? (struct context *)old->dwLower : new_context((void *)credentials->dwLower, false);
    context->flags = *granted = flags;
    return hand_out(context, step(context, (void *)credentials->dwLower, in, out), old, new);
}

static SECURITY_STATUS SEC_ENTRY accept_context(CredHandle *credentials, CtxtHandle *old, SecBufferDesc *in,
                                                unsigned long flags, unsigned long drep, CtxtHandle *new,
                                                SecBufferDesc *out, unsigned long *granted, TimeStamp *expiry)
{
    struct context *context = old ? (struct context *)old->dwLower : new_context((void *)credentials->dwLower, true);

    *granted = flags;
    return hand_out(context, step(context, (void *)credentials->dwLower, in, out), old, new);
}

static SECURITY_STATUS SEC_ENTRY delete_context(CtxtHandle *handle)
{
    InterlockedDecrement(&contexts_count);
    free((void *)handle->dwLower);
    return SEC_E_OK;
}

static SECURITY_STATUS SEC_ENTRY query(CtxtHandle *handle, unsigned long attribute, void *buffer)
{
    const struct context *context = (const void *)handle->dwLower;
    SecPkgContext_NamesW *names = buffer;

    switch (attribute) {
    case SECPKG_ATTR_SIZES:
        *(SecPkgContext_Sizes *)buffer = (SecPkgContext_Sizes){MAX_TOKEN, TEST_SIGNATURE, 1, TEST_TRAILER};
        return SEC_E_OK;
    case SECPKG_ATTR_NAMES:
        names->sUserName = calloc(64, sizeof(WCHAR));
        for (unsigned i = 0; i < 63; i++)
            names->sUserName[i] = (unsigned char)context->user[i];
        return SEC_E_OK;
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}

/* ---- messages ---- */

static uint32_t hash(uint32_t state, const void *data, size_t length)
{
    const uint8_t *p = data;

    while (length--)
        state = (state ^ *p++) * 16777619u;
    return state;
}

static uint32_t start_hash(uint32_t key, bool from_server, uint32_t sequence)
{
    uint32_t salt[3] = {key, from_server, sequence};

    return hash(2166136261u, salt, sizeof(salt));
}

static void write_signature(uint8_t *to, unsigned size, uint32_t sequence, uint32_t sum)
{
    memset(to, 0x5a, size);
    memcpy(to, &sequence, sizeof(sequence));
    memcpy(to + sizeof(sequence), &sum, sizeof(sum));
}

void test_package_sign(uint32_t key, bool from_server, uint32_t sequence, const void *body, size_t length,
                       uint8_t signature[TEST_SIGNATURE])
{
    write_signature(signature, TEST_SIGNATURE, sequence, hash(start_hash(key, from_server, sequence), body, length));
}

/* Of what counts: read-only buffers only if they ask for it. */
static uint32_t checksum(const struct context *context, bool from_server, uint32_t sequence, const SecBufferDesc *desc)
{
    uint32_t state = start_hash(context->key, from_server, sequence);

    for (unsigned i = 0; i < desc->cBuffers; i++) {
        const SecBuffer *buffer = &desc->pBuffers[i];

        if ((buffer->BufferType & ~SECBUFFER_ATTRMASK) == SECBUFFER_DATA && !(buffer->BufferType & SECBUFFER_READONLY))
            state = hash(state, buffer->pvBuffer, buffer->cbBuffer);
    }
    return state;
}

static void mask(const struct context *context, bool from_server, uint32_t sequence, SecBufferDesc *desc)
{
    uint32_t state = context->key + sequence * 2 + from_server;

    for (unsigned i = 0; i < desc->cBuffers; i++) {
        uint8_t *p = desc->pBuffers[i].pvBuffer;

        for (unsigned j = 0; desc->pBuffers[i].BufferType == SECBUFFER_DATA && j < desc->pBuffers[i].cbBuffer; j++)
            p[j] ^= (uint8_t)((state = state * 1664525u + 1013904223u) >> 24);
    }
}

static SECURITY_STATUS put_signature(struct context *context, SecBufferDesc *desc, unsigned size)
{
    SecBuffer *buffer = find(desc, SECBUFFER_TOKEN);
    if (packages[context->package].service == TEST_BROKEN)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!buffer || buffer->cbBuffer < size)
        return SEC_E_BUFFER_TOO_SMALL;
    write_signature(buffer->pvBuffer, size, context->sent,
                    checksum(context, context->is_server, context->sent, desc));
    buffer->cbBuffer = size;
    return SEC_E_OK;
}

static SECURITY_STATUS check_signature(struct context *context, SecBufferDesc *desc, unsigned size)
{
    SecBuffer *buffer = find(desc, SECBUFFER_TOKEN);
    uint32_t value[2];

    if (!buffer || buffer->cbBuffer != size)
        return SEC_E_INVALID_TOKEN;
    memcpy(value, buffer->pvBuffer, sizeof(value));
    if (value[0] != context->received)
        return SEC_E_OUT_OF_SEQUENCE;
    if (value[1] != checksum(context, !context->is_server, value[0], desc))
        return SEC_E_MESSAGE_ALTERED;
    context->received++;
    return SEC_E_OK;
}

static SECURITY_STATUS SEC_ENTRY make_signature(CtxtHandle *handle, unsigned long quality, SecBufferDesc *desc,
                                                unsigned long sequence)
{
    struct context *context = (void *)handle->dwLower;
    SECURITY_STATUS status = put_signature(context, desc, TEST_SIGNATURE);

    if (!status)
        context->sent++;
    return status;
}

static SECURITY_STATUS SEC_ENTRY verify_signature(CtxtHandle *handle, SecBufferDesc *desc, unsigned long sequence,
                                                  unsigned long *quality)
{
    return check_signature((void *)handle->dwLower, desc, TEST_SIGNATURE);
}

static SECURITY_STATUS SEC_ENTRY encrypt_message(CtxtHandle *handle, unsigned long quality, SecBufferDesc *desc,
                                                 unsigned long sequence)
{
    struct context *context = (void *)handle->dwLower;
    SECURITY_STATUS status = put_signature(context, desc, TEST_TRAILER);

    if (!status)
        mask(context, context->is_server, context->sent++, desc);
    return status;
}

static SECURITY_STATUS SEC_ENTRY decrypt_message(CtxtHandle *handle, SecBufferDesc *desc, unsigned long sequence,
                                                 unsigned long *quality)
{
    struct context *context = (void *)handle->dwLower;

    mask(context, !context->is_server, context->received, desc);
    return check_signature(context, desc, TEST_TRAILER);
}

/* ---- the provider ---- */

static SECURITY_STATUS SEC_ENTRY impersonate(CtxtHandle *handle)
{
    const struct context *context = (const void *)handle->dwLower;

    return ImpersonateSelf(context->flags & ISC_REQ_IDENTIFY ? SecurityIdentification : SecurityImpersonation)
               ? SEC_E_OK
               : SEC_E_INTERNAL_ERROR;
}

static SECURITY_STATUS SEC_ENTRY revert(CtxtHandle *handle)
{
    return RevertToSelf() ? SEC_E_OK : SEC_E_INTERNAL_ERROR;
}

/* Linked with --kill-at: exported under its plain name on i386, too. */
__declspec(dllexport) SecurityFunctionTableW *SEC_ENTRY InitSecurityInterfaceW(void)
{
    static SecurityFunctionTableW table = {
        .dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
        .EnumerateSecurityPackagesW = enumerate,
        .AcquireCredentialsHandleW = acquire,
        .FreeCredentialsHandle = free_credentials,
        .InitializeSecurityContextW = initialize,
        .AcceptSecurityContext = accept_context,
        .DeleteSecurityContext = delete_context,
        .QueryContextAttributesW = query,
        .ImpersonateSecurityContext = impersonate,
        .RevertSecurityContext = revert,
        .MakeSignature = make_signature,
        .VerifySignature = verify_signature,
        .FreeContextBuffer = free_buffer,
        .EncryptMessage = encrypt_message,
        .DecryptMessage = decrypt_message,
    };

    return &table;
}

bool test_package_install(void)
{
    WCHAR path[MAX_PATH];
    const WCHAR *name;
    HKEY key;
    bool done;

    GetModuleFileNameW(NULL, path, MAX_PATH);
    name = wcsrchr(path, '\\') + 1;
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"System\\CurrentControlSet\\Control\\SecurityProviders", 0, NULL, 0,
                        KEY_SET_VALUE, NULL, &key, NULL))
        return false;
    done = !RegSetValueExW(key, L"SecurityProviders", 0, REG_SZ, (const BYTE *)name,
                           (DWORD)(wcslen(name) + 1) * sizeof(WCHAR));
    RegCloseKey(key);
    return done;
}
