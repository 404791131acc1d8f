/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checking access to interfaces: see access.h. */
#include "server/access.h"
#include "platform/imports.h"
#include "platform/memory.h"
#include "platform/ntdll.h"
#include "platform/trace.h"

#define CALL_RIGHT 1u
#define GENERIC_RIGHTS (GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL)

static SECURITY_DESCRIPTOR *make_relative(SECURITY_DESCRIPTOR *descriptor)
{
    SECURITY_DESCRIPTOR *copy = NULL;
    ULONG size = 0;

    RtlMakeSelfRelativeSD(descriptor, NULL, &size);
    if (!size || !(copy = rpc_alloc(size)))
        return NULL;
    if (!RtlMakeSelfRelativeSD(descriptor, copy, &size))
        return copy;
    rpc_free(copy);
    return NULL;
}

SECURITY_DESCRIPTOR *access_copy_descriptor(SECURITY_DESCRIPTOR *descriptor)
{
    SID system = {SID_REVISION, 1, {SECURITY_NT_AUTHORITY}, {SECURITY_LOCAL_SYSTEM_RID}};
    SECURITY_DESCRIPTOR complete = {.Revision = SECURITY_DESCRIPTOR_REVISION, .Control = descriptor->Control};
    BOOLEAN present, defaulted;

    complete.Control &= ~SE_SELF_RELATIVE;
    if (RtlGetDaclSecurityDescriptor(descriptor, &present, &complete.Dacl, &defaulted) ||
        RtlGetSaclSecurityDescriptor(descriptor, &present, &complete.Sacl, &defaulted) ||
        RtlGetOwnerSecurityDescriptor(descriptor, &complete.Owner, &defaulted) ||
        RtlGetGroupSecurityDescriptor(descriptor, &complete.Group, &defaulted))
        return NULL;
    if (!complete.Owner)
        complete.Owner = &system;
    if (!complete.Group)
        complete.Group = &system;
    return make_relative(&complete);
}

static bool is_granted_to(SECURITY_DESCRIPTOR *descriptor, HANDLE token)
{
    GENERIC_MAPPING mapping = {STANDARD_RIGHTS_READ | CALL_RIGHT, STANDARD_RIGHTS_WRITE | CALL_RIGHT,
                               STANDARD_RIGHTS_EXECUTE | CALL_RIGHT, STANDARD_RIGHTS_ALL | CALL_RIGHT};
    const struct imports_advapi32 *advapi32 = imports_advapi32();
    PRIVILEGE_SET privileges;
    DWORD size = sizeof(privileges), granted;
    BOOL allowed = FALSE;

    if (!advapi32->AccessCheck(descriptor, token, CALL_RIGHT, &mapping, &privileges, &size, &granted, &allowed))
        WARN("access check: error %lu", GetLastError());
    return allowed;
}

/* Without a token: the first entry about the anonymous logon that concerns the right decides. */
static bool is_granted_to_anonymous(SECURITY_DESCRIPTOR *descriptor)
{
    const struct imports_advapi32 *advapi32 = imports_advapi32();
    SID anonymous = {SID_REVISION, 1, {SECURITY_NT_AUTHORITY}, {SECURITY_ANONYMOUS_LOGON_RID}};
    ACCESS_ALLOWED_ACE *entry;
    BOOL present, defaulted;
    ACL *list;

    if (!advapi32->GetSecurityDescriptorDacl(descriptor, &present, &list, &defaulted))
        return false;
    if (!present || !list)
        return true; /* no list protects it */
    for (DWORD i = 0; i < list->AceCount && advapi32->GetAce(list, i, (void **)&entry); i++) {
        bool is_denial = entry->Header.AceType == ACCESS_DENIED_ACE_TYPE;

        if ((!is_denial && entry->Header.AceType != ACCESS_ALLOWED_ACE_TYPE) ||
            entry->Header.AceFlags & INHERIT_ONLY_ACE || !(entry->Mask & (GENERIC_RIGHTS | CALL_RIGHT)))
            continue;
        if (advapi32->EqualSid(&entry->SidStart, &anonymous))
            return !is_denial;
    }
    return false;
}

bool access_is_granted(SECURITY_DESCRIPTOR *descriptor, HANDLE token)
{
    if (!imports_advapi32())
        return false;
    return token ? is_granted_to(descriptor, token) : is_granted_to_anonymous(descriptor);
}
