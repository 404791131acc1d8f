/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Functions of ntdll that the SDK headers do not declare; the DLL imports ntdll directly. */
#ifndef RPCRT4_PLATFORM_NTDLL_H
#define RPCRT4_PLATFORM_NTDLL_H

#include "platform/base.h"

NTSYSAPI LONG NTAPI RtlWaitOnAddress(const void *address, const void *compare, SIZE_T size,
                                     const LARGE_INTEGER *timeout);
NTSYSAPI void NTAPI RtlWakeAddressAll(const void *address);
NTSYSAPI void NTAPI RtlWakeAddressSingle(const void *address);
NTSYSAPI BOOLEAN NTAPI RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor);
NTSYSAPI ULONG NTAPI RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor);
NTSYSAPI LONG NTAPI RtlMakeSelfRelativeSD(PSECURITY_DESCRIPTOR absolute, PSECURITY_DESCRIPTOR relative, ULONG *length);
NTSYSAPI LONG NTAPI RtlGetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, BOOLEAN *present, ACL **list,
                                                 BOOLEAN *defaulted);
NTSYSAPI LONG NTAPI RtlGetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, BOOLEAN *present, ACL **list,
                                                 BOOLEAN *defaulted);
NTSYSAPI LONG NTAPI RtlGetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PSID *sid, BOOLEAN *defaulted);
NTSYSAPI LONG NTAPI RtlGetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PSID *sid, BOOLEAN *defaulted);

/* NtQuerySection, class SectionBasicInformation (0): needs SECTION_QUERY. */
struct section_basic_information {
    void *base;
    ULONG attributes; /* SEC_… */
    LARGE_INTEGER size;
};
NTSYSAPI LONG NTAPI NtQuerySection(HANDLE section, ULONG class, void *information, SIZE_T length, SIZE_T *returned);

#endif
