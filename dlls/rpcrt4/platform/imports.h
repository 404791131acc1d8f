/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Functions of DLLs that are loaded on first use. rpcrt4 is in almost every process, so it imports
 * only kernel32, ntdll and the C runtime; what else it needs is looked up here:
 * `imports_ws2_32()->WSASocketW(…)`.
 *
 * To use one more function, add it to its DLL's list; for one more DLL, add a list, its
 * IMPORTS_DECLARE() below and its IMPORTS_DEFINE() in imports.c. */
#ifndef RPCRT4_PLATFORM_IMPORTS_H
#define RPCRT4_PLATFORM_IMPORTS_H

#include "platform/base.h"

#include <winsock2.h>
#include <authz.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include <ntsecapi.h>
#include <objbase.h>
#include <oleauto.h>
#define SECURITY_WIN32
#include <security.h>

#define IMPORTS_WS2_32(F) \
    F(FreeAddrInfoW) \
    F(GetAddrInfoW) \
    F(GetNameInfoW) \
    F(WSAEventSelect) \
    F(WSAGetLastError) \
    F(WSAIoctl) \
    F(WSARecv) \
    F(WSASend) \
    F(WSASocketW) \
    F(WSAStartup) \
    F(bind) \
    F(closesocket) \
    F(getpeername) \
    F(getsockname) \
    F(ioctlsocket) \
    F(listen) \
    F(recv) \
    F(setsockopt) \
    F(shutdown)

#define IMPORTS_IPHLPAPI(F) \
    F(GetAdaptersAddresses)

#define IMPORTS_ADVAPI32(F) \
    F(AccessCheck) \
    F(CloseServiceHandle) \
    F(EqualSid) \
    F(GetAce) \
    F(GetSecurityDescriptorDacl) \
    F(GetTokenInformation) \
    F(IsValidSecurityDescriptor) \
    F(LookupAccountSidW) \
    F(OpenProcessToken) \
    F(OpenSCManagerW) \
    F(OpenServiceW) \
    F(OpenThreadToken) \
    F(QueryServiceStatus) \
    F(RegCloseKey) \
    F(RegCreateKeyExW) \
    F(RegDeleteTreeW) \
    F(RegSetValueExW) \
    F(StartServiceW) \
    F(RevertToSelf) \
    F(SetThreadToken) \
    F(ImpersonateNamedPipeClient) \
    F(SystemFunction036)

#define IMPORTS_SECUR32(F) \
    F(AcceptSecurityContext) \
    F(AcquireCredentialsHandleW) \
    F(CompleteAuthToken) \
    F(DecryptMessage) \
    F(DeleteSecurityContext) \
    F(EncryptMessage) \
    F(EnumerateSecurityPackagesW) \
    F(FreeContextBuffer) \
    F(FreeCredentialsHandle) \
    F(GetUserNameExW) \
    F(ImpersonateSecurityContext) \
    F(InitializeSecurityContextW) \
    F(MakeSignature) \
    F(QueryContextAttributesW) \
    F(RevertSecurityContext) \
    F(VerifySignature)

#define IMPORTS_AUTHZ(F) \
    F(AuthzFreeContext) \
    F(AuthzFreeResourceManager) \
    F(AuthzInitializeContextFromToken) \
    F(AuthzInitializeResourceManager)

#define IMPORTS_USER32(F) \
    F(PostMessageW)

#define IMPORTS_OLE32(F) \
    F(CoGetClassObject) \
    F(CoGetMarshalSizeMax) \
    F(CoGetPSClsid) \
    F(CoMarshalInterface) \
    F(CoTaskMemAlloc) \
    F(CoTaskMemFree) \
    F(CoUnmarshalInterface) \
    F(CreateStreamOnHGlobal)

#define IMPORTS_OLEAUT32(F) \
    F(BSTR_UserFree) \
    F(BSTR_UserMarshal) \
    F(BSTR_UserSize) \
    F(BSTR_UserUnmarshal) \
    F(LPSAFEARRAY_UserFree) \
    F(LPSAFEARRAY_UserMarshal) \
    F(LPSAFEARRAY_UserSize) \
    F(LPSAFEARRAY_UserUnmarshal) \
    F(VARIANT_UserFree) \
    F(VARIANT_UserMarshal) \
    F(VARIANT_UserSize) \
    F(VARIANT_UserUnmarshal)

/* struct imports_NAME, a table of function pointers, and imports_NAME(), which returns it: NULL
 * (and GetLastError()) when the DLL cannot be loaded or lacks one of the functions; a later call
 * tries again. */
#define IMPORTS_MEMBER_(function) __typeof__(function) *function;
#define IMPORTS_DECLARE(name, LIST) \
    struct imports_##name { \
        LIST(IMPORTS_MEMBER_) \
    }; \
    const struct imports_##name *imports_##name(void);

IMPORTS_DECLARE(ws2_32, IMPORTS_WS2_32)
IMPORTS_DECLARE(authz, IMPORTS_AUTHZ)
IMPORTS_DECLARE(iphlpapi, IMPORTS_IPHLPAPI)
IMPORTS_DECLARE(advapi32, IMPORTS_ADVAPI32)
IMPORTS_DECLARE(ole32, IMPORTS_OLE32)
IMPORTS_DECLARE(oleaut32, IMPORTS_OLEAUT32)
IMPORTS_DECLARE(secur32, IMPORTS_SECUR32)
IMPORTS_DECLARE(user32, IMPORTS_USER32)

#endif
