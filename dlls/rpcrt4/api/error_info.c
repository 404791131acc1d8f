/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Extended error information for callers (Windows SDK, rpcasync.h): records added to the thread's
 * chain, snapshots of it enumerated, saved and loaded. */
#include "call/error_info.h"
#include "call/link.h"
#include "platform/memory.h"

#define ENUM_SIGNATURE 0x45457265 /* in RPC_ERROR_ENUM_HANDLE, while it is a snapshot's */

/* ---- adding ---- */

static bool set_counted(struct eerr_param *param, enum eerr_type type, const void *data,
                        size_t length)
{
    if (length > EERR_MAX_LENGTH)
        return false;
    param->type = data ? type : EERR_NONE;
    param->length = (uint16_t)length;
    param->data = data;
    return true;
}

/* Refers to the caller's texts. False: not a valid parameter. */
static bool param_from_api(const RPC_EE_INFO_PARAM *from, struct eerr_param *param)
{
    const char *ansi = from->u.AnsiString;
    const WCHAR *wide = from->u.UnicodeString;

    param->type = (enum eerr_type)from->ParameterType;
    switch (from->ParameterType) {
    case eeptAnsiString:
        return set_counted(param, EERR_ANSI, ansi, ansi ? strlen(ansi) + 1 : 0);
    case eeptUnicodeString:
        return set_counted(param, EERR_UNICODE, wide, wide ? lstrlenW(wide) + 1u : 0);
    case eeptBinary:
        return from->u.BVal.Size >= 0 && (from->u.BVal.Buffer || !from->u.BVal.Size) &&
               set_counted(param, EERR_BINARY, from->u.BVal.Buffer, from->u.BVal.Size);
    case eeptLongVal:
        param->value = from->u.LVal;
        return true;
    case eeptShortVal:
        param->value = from->u.SVal;
        return true;
    case eeptPointerVal:
        param->value = from->u.PVal;
        return true;
    case eeptNone:
        param->value = 0;
        return true;
    default:
        return false;
    }
}

/***********************************************************************
 *           RpcErrorAddRecord   (RPCRT4.@)
 *
 * Version must be RPC_EEINFO_VERSION; ComputerName, ProcessID, GeneratingComponent and
 * DetectionLocation are the runtime's and must be 0; a text or blob has at most 32767 elements.
 * Errors: RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcErrorAddRecord(RPC_EXTENDED_ERROR_INFO *info)
{
    struct eerr_param params[EERR_MAX_PARAMS];

    if (!info || info->Version != RPC_EEINFO_VERSION || info->ComputerName || info->ProcessID ||
        info->GeneratingComponent || info->DetectionLocation || info->NumberOfParameters < 0 ||
        info->NumberOfParameters > EERR_MAX_PARAMS)
        return RPC_S_INVALID_ARG;
    for (int i = 0; i < info->NumberOfParameters; i++) {
        if (!param_from_api(&info->Parameters[i], &params[i]))
            return RPC_S_INVALID_ARG;
    }
    return error_info_add(ERROR_BY_APPLICATION, info->Status, 0, info->NumberOfParameters, params)
               ? RPC_S_OK
               : RPC_S_OUT_OF_MEMORY;
}

/***********************************************************************
 *           RpcErrorClearInformation   (RPCRT4.@)
 */
void WINAPI RpcErrorClearInformation(void)
{
    error_info_clear();
}

/***********************************************************************
 *           I_RpcTurnOnEEInfoPropagation   (RPCRT4.@)
 *
 * Lets error records travel in this process's faults, and those of others in.
 */
RPC_STATUS WINAPI I_RpcTurnOnEEInfoPropagation(void)
{
    error_info_turn_on_propagation();
    return RPC_S_OK;
}

/* ---- enumerating: a snapshot belongs to its handle ---- */

static bool is_enumeration(const RPC_ERROR_ENUM_HANDLE *handle)
{
    return handle && handle->Signature == ENUM_SIGNATURE;
}

static void begin_enumeration(RPC_ERROR_ENUM_HANDLE *handle, struct eerr_record *head)
{
    handle->Signature = ENUM_SIGNATURE;
    handle->Head = head;
    handle->CurrentPos = head;
}

/***********************************************************************
 *           RpcErrorStartEnumeration   (RPCRT4.@)
 *
 * Takes a snapshot of the calling thread's records; any thread may go through it, one at a time.
 * Errors: RPC_S_ENTRY_NOT_FOUND (there are none), RPC_S_OUT_OF_MEMORY, RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI RpcErrorStartEnumeration(RPC_ERROR_ENUM_HANDLE *handle)
{
    const struct eerr_record *chain = error_info_chain();
    struct eerr_record *head;

    if (!handle)
        return RPC_S_INVALID_ARG;
    memset(handle, 0, sizeof(*handle));
    if (!chain)
        return RPC_S_ENTRY_NOT_FOUND;
    head = eerr_copy_chain(&link_allocator, chain);
    if (!head)
        return RPC_S_OUT_OF_MEMORY;
    begin_enumeration(handle, head);
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcErrorEndEnumeration   (RPCRT4.@)
 *
 * Frees the snapshot and zeroes the handle. Errors: RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI RpcErrorEndEnumeration(RPC_ERROR_ENUM_HANDLE *handle)
{
    if (!is_enumeration(handle))
        return RPC_S_INVALID_ARG;
    eerr_free_chain(&link_allocator, handle->Head);
    memset(handle, 0, sizeof(*handle));
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcErrorResetEnumeration   (RPCRT4.@)
 *
 * Back to the first record. Errors: RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI RpcErrorResetEnumeration(RPC_ERROR_ENUM_HANDLE *handle)
{
    if (!is_enumeration(handle))
        return RPC_S_INVALID_ARG;
    handle->CurrentPos = handle->Head;
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcErrorGetNumberOfRecords   (RPCRT4.@)
 *
 * Of the whole snapshot. Errors: RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI RpcErrorGetNumberOfRecords(RPC_ERROR_ENUM_HANDLE *handle, int *records)
{
    if (!is_enumeration(handle) || !records)
        return RPC_S_INVALID_ARG;
    *records = (int)eerr_count(handle->Head);
    return RPC_S_OK;
}

/* The data itself, or a copy of it for the caller; NULL: no memory. */
static void *give_data(const void *data, size_t size, bool copy)
{
    void *block;

    if (!copy)
        return (void *)data;
    if ((block = rpc_alloc(size)) && size)
        memcpy(block, data, size);
    return block;
}

static bool param_to_api(const struct eerr_param *param, bool copy, RPC_EE_INFO_PARAM *to)
{
    to->ParameterType = (ExtendedErrorParamTypes)param->type;
    switch (param->type) {
    case EERR_ANSI:
        to->u.AnsiString = give_data(param->data, param->length, copy);
        return to->u.AnsiString != NULL;
    case EERR_UNICODE:
        to->u.UnicodeString = give_data(param->data, param->length * sizeof(WCHAR), copy);
        return to->u.UnicodeString != NULL;
    case EERR_BINARY:
        to->u.BVal.Size = (short)param->length;
        to->u.BVal.Buffer = give_data(param->data, param->length, copy);
        return to->u.BVal.Buffer != NULL;
    case EERR_LONG:
        to->u.LVal = (LONG)param->value;
        return true;
    case EERR_SHORT:
        to->u.SVal = (SHORT)param->value;
        return true;
    default:
        to->u.PVal = param->value;
        return true;
    }
}

/* Takes back what param_to_api() has copied. */
static void free_param(RPC_EE_INFO_PARAM *param)
{
    if (param->ParameterType == eeptBinary)
        rpc_free(param->u.BVal.Buffer);
    else if (param->ParameterType == eeptAnsiString || param->ParameterType == eeptUnicodeString)
        rpc_free(param->u.AnsiString);
}

/* The parts of a record that may have to be copied: all of them, or none and false. */
static bool give_texts(const struct eerr_record *record, bool copy, RPC_EXTENDED_ERROR_INFO *info)
{
    const WCHAR *name = record->computer;
    WCHAR *computer = NULL;
    int count = 0;

    if (name && !(computer = give_data(name, (lstrlenW(name) + 1) * sizeof(*name), copy)))
        return false;
    while (count < record->param_count &&
           param_to_api(&record->params[count], copy, &info->Parameters[count]))
        count++;
    if (count < record->param_count) {
        if (copy) {
            while (count--)
                free_param(&info->Parameters[count]);
            rpc_free(computer);
        }
        return false;
    }
    info->ComputerName = computer;
    return true;
}

/***********************************************************************
 *           RpcErrorGetNextRecord   (RPCRT4.@)
 *
 * copy: texts are copied to the process heap and the caller's to free; otherwise they are valid
 * until the enumeration ends. On input, info's Version is RPC_EEINFO_VERSION, NumberOfParameters
 * says how many there is room for, Flags is 0 or EEInfoUseFileTime. Errors: RPC_S_ENTRY_NOT_FOUND
 * (after the last record), RPC_S_BUFFER_TOO_SMALL (more parameters than there is room for),
 * RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY; none of them goes on to the next record.
 */
RPC_STATUS WINAPI RpcErrorGetNextRecord(RPC_ERROR_ENUM_HANDLE *handle, BOOL copy,
                                        RPC_EXTENDED_ERROR_INFO *info)
{
    const struct eerr_record *record;
    FILETIME time;

    if (!is_enumeration(handle) || !info || info->Version != RPC_EEINFO_VERSION ||
        info->NumberOfParameters < 0 || info->NumberOfParameters > MaxNumberOfEEInfoParams ||
        (info->Flags && info->Flags != EEInfoUseFileTime))
        return RPC_S_INVALID_ARG;
    record = handle->CurrentPos;
    if (!record)
        return RPC_S_ENTRY_NOT_FOUND;
    if (info->NumberOfParameters < record->param_count)
        return RPC_S_BUFFER_TOO_SMALL;
    if (!give_texts(record, copy, info))
        return RPC_S_OUT_OF_MEMORY;
    time.dwLowDateTime = (DWORD)record->time;
    time.dwHighDateTime = (DWORD)(record->time >> 32);
    if (info->Flags & EEInfoUseFileTime)
        info->u.FileTime = time;
    else if (!FileTimeToSystemTime(&time, &info->u.SystemTime))
        memset(&info->u.SystemTime, 0, sizeof(info->u.SystemTime));
    info->ProcessID = record->process_id;
    info->GeneratingComponent = record->component;
    info->Status = record->status;
    info->DetectionLocation = record->location;
    info->Flags = record->flags & (EEInfoPreviousRecordsMissing | EEInfoNextRecordsMissing);
    info->NumberOfParameters = record->param_count;
    handle->CurrentPos = record->next;
    return RPC_S_OK;
}

/* ---- saving ---- */

/***********************************************************************
 *           RpcErrorSaveErrorInfo   (RPCRT4.@)
 *
 * The whole snapshot as a block of the process heap, the caller's to free. Errors:
 * RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcErrorSaveErrorInfo(RPC_ERROR_ENUM_HANDLE *handle, void **blob, size_t *size)
{
    size_t length;
    uint8_t *data;

    if (!is_enumeration(handle) || !blob || !size)
        return RPC_S_INVALID_ARG;
    length = eerr_encoded_length(handle->Head);
    if (!(data = rpc_alloc(length)))
        return RPC_S_OUT_OF_MEMORY;
    eerr_encode(handle->Head, data);
    *blob = data;
    *size = length;
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcErrorLoadErrorInfo   (RPCRT4.@)
 *
 * Begins an enumeration of what RpcErrorSaveErrorInfo has saved. Errors: RPC_X_BAD_STUB_DATA (not
 * saved error information), RPC_S_ENTRY_NOT_FOUND (no records), RPC_S_INVALID_ARG,
 * RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcErrorLoadErrorInfo(void *blob, size_t size, RPC_ERROR_ENUM_HANDLE *handle)
{
    struct eerr_record *head;

    if (!blob || !handle)
        return RPC_S_INVALID_ARG;
    memset(handle, 0, sizeof(*handle));
    switch (eerr_decode(&link_allocator, blob, size, &head)) {
    case EERR_OK:
        if (!head)
            return RPC_S_ENTRY_NOT_FOUND;
        begin_enumeration(handle, head);
        return RPC_S_OK;
    case EERR_NO_MEMORY:
        return RPC_S_OUT_OF_MEMORY;
    default:
        return RPC_X_BAD_STUB_DATA;
    }
}
