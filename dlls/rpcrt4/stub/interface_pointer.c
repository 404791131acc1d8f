/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interface pointers: see interface_pointer.h. What is on the wire for one that is not null
 * is an MInterfacePointer ([MS-DCOM] 2.2.14): a conformance, a size, and as many octets, which are
 * an OBJREF.
 *
 * The routines raise what COM returns, as COM's own stubs do: REGDB_E_IIDNOTREG,
 * CO_E_NOTINITIALIZED, … */
#define COBJMACROS
#include "stub/interface_pointer.h"

#include "ndr/engine.h"
#include "ndr/format.h"
#include "ndr/hook_format.h"
#include "platform/imports.h"
#include "stub/message.h"

static const struct imports_ole32 *ole32(void)
{
    const struct imports_ole32 *functions = imports_ole32();

    if (!functions)
        RpcRaiseException(RPC_S_CANNOT_SUPPORT);
    return functions;
}

static void check(HRESULT hr)
{
    if (FAILED(hr))
        RpcRaiseException(hr);
}

static IUnknown *load(const unsigned char *memory)
{
    IUnknown *object;

    memcpy(&object, memory, sizeof(object));
    return object;
}

static void store(unsigned char *memory, IUnknown *object)
{
    memcpy(memory, &object, sizeof(object));
}

static IID iid_of(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    const unsigned char *descriptor;
    const void *iid = ndr_interface_iid(msg, format, &descriptor);
    IID result;

    if (!iid)
        iid = ndr_correlated_pointer(msg, memory, descriptor);
    if (!iid)
        RpcRaiseException(RPC_X_NULL_REF_POINTER);
    memcpy(&result, iid, sizeof(result));
    return result;
}

/* The interface that the receiver expects, whatever the sender's OBJREF is of; IID_NULL, which
 * stands for the latter, where that is not known: in -Os stubs, or because the IID is a parameter
 * that comes later. */
static IID expected_iid(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    const unsigned char *descriptor;
    const void *iid = ndr_interface_iid(msg, format, &descriptor);
    IID result = {0};

    if (!iid && msg->StackTop)
        iid = ndr_correlated_pointer(msg, memory, descriptor);
    if (iid)
        memcpy(&result, iid, sizeof(result));
    return result;
}

/* Octets of a conformance, which is aligned to as much. */
static size_t count_size(const struct ndr_message *msg)
{
    return msg->uFlags & NDR_MESSAGE_NDR64 ? 8 : 4;
}

static int is_null(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    return !load(memory);
}

static void buffer_size(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    IID iid = iid_of(msg, memory, format);
    ULONG size;

    check(ole32()->CoGetMarshalSizeMax(&size, &iid, load(memory), msg->dwDestContext,
                                       msg->pvDestContext, MSHLFLAGS_NORMAL));
    stub_size(msg, count_size(msg), count_size(msg) + sizeof(ULONG));
    stub_size(msg, 1, size);
}

/* Room for an MInterfacePointer in the buffer being marshalled, which ends where the walkers say
 * (ndr/engine.h); NULL if there is none. */
static unsigned char *reserve(struct ndr_message *msg, uint64_t size)
{
    unsigned char *end = (unsigned char *)msg->RpcMsg->Buffer + msg->BufferLength;
    size_t gap = -(uintptr_t)msg->Buffer & (count_size(msg) - 1);
    unsigned char *wire = msg->Buffer + gap;

    if (msg->Buffer > end || gap + size > (size_t)(end - msg->Buffer))
        return NULL;
    memset(msg->Buffer, 0, gap);
    msg->Buffer = wire + size;
    return wire;
}

/* Copies what has been written to the stream into the buffer. */
static HRESULT copy_stream(struct ndr_message *msg, IStream *stream)
{
    const LARGE_INTEGER nothing = {.QuadPart = 0};
    size_t count = count_size(msg);
    ULARGE_INTEGER end;
    unsigned char *wire;
    ULONG size;
    HRESULT hr;

    if (FAILED(hr = IStream_Seek(stream, nothing, STREAM_SEEK_CUR, &end)) ||
        FAILED(hr = IStream_Seek(stream, nothing, STREAM_SEEK_SET, NULL)))
        return hr;
    wire = reserve(msg, count + sizeof(size) + end.QuadPart);
    if (!wire)
        return RPC_X_BAD_STUB_DATA;
    size = end.LowPart;
    memcpy(wire, &end, count);
    memcpy(wire + count, &size, sizeof(size));
    return IStream_Read(stream, wire + count + sizeof(size), size, NULL);
}

static HRESULT marshal_object(struct ndr_message *msg, IUnknown *object, const IID *iid)
{
    const struct imports_ole32 *com = ole32();
    IStream *stream;
    HRESULT hr = com->CreateStreamOnHGlobal(NULL, TRUE, &stream);

    if (FAILED(hr))
        return hr;
    hr = com->CoMarshalInterface(stream, iid, object, msg->dwDestContext, msg->pvDestContext,
                                 MSHLFLAGS_NORMAL);
    if (SUCCEEDED(hr))
        hr = copy_stream(msg, stream);
    IStream_Release(stream);
    return hr;
}

static void marshal(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    IID iid = iid_of(msg, memory, format);
    HRESULT hr = marshal_object(msg, load(memory), &iid);

    if (hr != S_OK)
        RpcRaiseException(hr);
}

static ULONG get_size(struct ndr_message *msg)
{
    ULONG size;

    memcpy(&size, stub_get(msg, 4, sizeof(size)), sizeof(size));
    return msg->uFlags & NDR_MESSAGE_BYTE_SWAPPED ? __builtin_bswap32(size) : size;
}

static uint64_t get_count(struct ndr_message *msg)
{
    uint64_t count;

    if (count_size(msg) == sizeof(ULONG))
        return get_size(msg);
    memcpy(&count, stub_get(msg, sizeof(count), sizeof(count)), sizeof(count));
    return count;
}

/* The OBJREF in the buffer. */
static const unsigned char *get_reference(struct ndr_message *msg, ULONG *size)
{
    uint64_t room = get_count(msg);

    *size = get_size(msg);
    if (*size > room)
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
    return stub_get(msg, 1, *size);
}

static HRESULT unmarshal_object(const unsigned char *reference, ULONG size, const IID *iid,
                                IUnknown **object)
{
    const struct imports_ole32 *com = ole32();
    const LARGE_INTEGER nothing = {.QuadPart = 0};
    IStream *stream;
    HRESULT hr;

    hr = com->CreateStreamOnHGlobal(NULL, TRUE, &stream);
    if (FAILED(hr))
        return hr;
    hr = IStream_Write(stream, reference, size, NULL);
    if (SUCCEEDED(hr))
        hr = IStream_Seek(stream, nothing, STREAM_SEEK_SET, NULL);
    if (SUCCEEDED(hr))
        hr = com->CoUnmarshalInterface(stream, iid, (void **)object);
    IStream_Release(stream);
    return hr;
}

/* The client's pointer is replaced: what it was is released. A server's is new memory. */
static void unmarshal(struct ndr_message *msg, unsigned char **memory, const unsigned char *format,
                      unsigned char must_alloc)
{
    IUnknown *object = NULL, *old = msg->IsClient ? load(*memory) : NULL;
    IID iid = expected_iid(msg, *memory, format);
    ULONG size;
    const unsigned char *reference = get_reference(msg, &size);

    check(unmarshal_object(reference, size, &iid, &object));
    store(*memory, object);
    if (old)
        IUnknown_Release(old);
}

static void unmarshal_null(struct ndr_message *msg, unsigned char *memory,
                           const unsigned char *format)
{
    IUnknown *old = msg->IsClient ? load(memory) : NULL;

    store(memory, NULL);
    if (old)
        IUnknown_Release(old);
}

static void memory_size(struct ndr_message *msg, const unsigned char *format)
{
    ULONG size;

    get_reference(msg, &size);
}

/* COM's data is little-endian everywhere ([MS-DCOM] 2.2.18): only the counts are turned. */
static void convert(struct ndr_message *msg, const unsigned char *format)
{
    unsigned char *counts = stub_get(msg, 4, 2 * sizeof(ULONG));
    ULONG size[2];

    memcpy(size, counts, sizeof(size));
    size[0] = __builtin_bswap32(size[0]);
    size[1] = __builtin_bswap32(size[1]);
    memcpy(counts, size, sizeof(size));
    stub_get(msg, 1, size[1]);
}

static void free_pointer(struct ndr_message *msg, unsigned char *memory,
                         const unsigned char *format)
{
    IUnknown *object = load(memory);

    if (object)
        IUnknown_Release(object);
}

void interface_pointer_init(void)
{
    static const struct ndr_hooks hooks = {
        .buffer_size = buffer_size,
        .marshal = marshal,
        .unmarshal = unmarshal,
        .memory_size = memory_size,
        .convert = convert,
        .free = free_pointer,
        .is_null = is_null,
        .unmarshal_null = unmarshal_null,
    };

    ndr_set_hooks(NDR_FC_IP, &hooks);
}
