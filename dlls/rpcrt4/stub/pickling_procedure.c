/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serialization of procedures: see pickling.h. */
#include "ndr/correlation.h"
#include "platform/seh.h"
#include "stub/message.h"
#include "stub/pickling.h"
#include <ndr64types.h>

struct procedure_walk {
    struct stub_client client;
    struct pickling *pickling;
    struct pickle_position former; /* put back if the walk fails */
    uint32_t status;               /* there is nothing to decode */
    bool encodes, decodes;         /* what the procedure is for */
    bool done;
};

/* Oi_flags of such procedures have other meanings: put them where those of calls are. */
static void translate_flags(struct procedure_walk *walk)
{
    struct stub_proc *proc = &walk->client.call.proc;
    unsigned char flags = proc->oi_flags;

    walk->encodes = (flags & ENCODE_IS_USED) != 0;
    walk->decodes = (flags & DECODE_IS_USED) != 0;
    proc->oi_flags &= ~(ENCODE_IS_USED | DECODE_IS_USED | PICKLING_HAS_COMM_OR_FAULT);
    if (flags & PICKLING_HAS_COMM_OR_FAULT)
        proc->oi_flags |= Oi_HAS_COMM_OR_FAULT;
}

static void read_ndr64_flags(struct procedure_walk *walk, const struct stub_format *format)
{
    const NDR64_PROC_FORMAT *header = format->procedure;
    NDR64_PROC_FLAGS flags;

    memcpy(&flags, &header->Flags, sizeof(flags));
    walk->encodes = flags.IsEncode;
    walk->decodes = flags.IsDecode;
}

static bool result_is_status(const struct stub_proc *proc)
{
    const COMM_FAULT_OFFSETS *offsets = proc->desc->CommFaultOffsets;

    if (!(proc->oi_flags & Oi_HAS_COMM_OR_FAULT) || !offsets)
        return false;
    return offsets[proc->number].CommOffset == -1 || offsets[proc->number].FaultOffset == -1;
}

/* A return value that is not encoded is not decoded; nor is one that says how decoding went. */
static void drop_result(struct procedure_walk *walk)
{
    struct stub_proc *proc = &walk->client.call.proc;
    struct stub_param result;

    if ((walk->encodes || result_is_status(proc)) && stub_proc_result(proc, &result))
        proc->param_count--;
}

/* ---- encoding ---- */

static bool is_encoded(struct stub_call *call, const struct stub_param *param)
{
    if (!(param->attributes & PARAM_IN) || param_is_handle(call, param))
        return false;
    if (param_is_context(param))
        RpcRaiseException(RPC_S_CANNOT_SUPPORT);
    return true;
}

static void for_each_encoded(struct stub_call *call,
                             void (*visit)(struct stub_call *call, const struct stub_param *param))
{
    for (unsigned int i = 0; i < call->proc.param_count; i++) {
        struct stub_param param = stub_proc_param(&call->proc, i);

        if (is_encoded(call, &param))
            visit(call, &param);
    }
}

static void size_param(struct stub_call *call, const struct stub_param *param)
{
    call->msg.BufferLength = ndr_end_of(&call->msg, param_object(call, param), param->type,
                                        call->msg.BufferLength);
}

static void marshal_param(struct stub_call *call, const struct stub_param *param)
{
    ndr_marshal(&call->msg, param_object(call, param), param->type);
}

static uint32_t data_length(struct stub_call *call)
{
    call->msg.BufferLength = 0;
    for_each_encoded(call, size_param);
    if (call->msg.BufferLength > PICKLE_MAX_LENGTH - PICKLE_PROC_LENGTH - 8)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return (call->msg.BufferLength + 7) & ~7u;
}

static void encode(struct procedure_walk *walk)
{
    struct pickle_stream *stream = &walk->pickling->stream;
    struct stub_call *call = &walk->client.call;
    struct pickle_memory memory = pickling_memory(&call->msg);
    struct pickle_proc header = {
        .transfer_syntax =
            call->proc.syntax == STUB_NDR64 ? wire_syntax_ndr64 : wire_syntax_ndr20,
        .interface_id = pickling_interface(call->proc.desc),
        .number = call->proc.number,
    };
    unsigned char *start;
    uint32_t room;

    if (!walk->encodes)
        RpcRaiseException(RPC_X_INVALID_ES_ACTION);
    room = data_length(call);
    pickling_check(pickle_reserve(stream, PICKLE_PROC_LENGTH + room, &memory, &start));
    pickling_write(&call->msg, call->rpc, start + PICKLE_PROC_LENGTH, room);
    for_each_encoded(call, marshal_param);
    header.length = pickling_finish(&call->msg, 8);
    pickle_put_proc(start, &header);
    pickle_commit(stream, PICKLE_PROC_LENGTH + header.length, &memory);
    stream->at.procedure = header;
    stream->at.named = true;
}

/* ---- decoding ---- */

static void decode(struct procedure_walk *walk)
{
    struct pickle_stream *stream = &walk->pickling->stream;
    struct stub_call *call = &walk->client.call;
    struct pickle_data data;

    if (!walk->decodes)
        RpcRaiseException(RPC_X_INVALID_ES_ACTION);
    pickling_check(pickle_next_procedure(stream, &data));
    drop_result(walk);
    pickling_read(&call->msg, call->rpc, &data);
    walk->client.unmarshalling = true;
    stub_client_unmarshal_params(&walk->client);
    ndr_accept_allocations(&call->msg);
    walk->client.unmarshalling = false;
}

/* ---- both ---- */

/* The description in the data's transfer syntax. Where there is none, or no data, any: it says
 * where the status goes. */
static const struct stub_format *choose_format(struct procedure_walk *walk,
                                               const struct pickling_procedure *procedure)
{
    struct pickle_stream *stream = &walk->pickling->stream;
    const struct stub_format *format;
    bool ndr64;

    if (!pickle_encodes(stream))
        walk->status = pickle_peek_procedure(stream);
    ndr64 = pickle_encodes(stream)
                ? stream->action == PICKLE_ENCODE_NDR64
                : wire_syntax_equal(&stream->at.procedure.transfer_syntax, &wire_syntax_ndr64);
    format = ndr64 ? &procedure->ndr64 : &procedure->ndr20;
    if (format->procedure)
        return format;
    if (!walk->status)
        walk->status = RPC_S_UNSUPPORTED_TRANS_SYN;
    return ndr64 ? &procedure->ndr20 : &procedure->ndr64;
}

static void begin(struct procedure_walk *walk, const struct pickling_procedure *procedure,
                  unsigned char *args)
{
    const struct stub_format *format = choose_format(walk, procedure);

    stub_client_begin(&walk->client, format, args);
    if (walk->client.call.proc.oi2_flags & OI2_HAS_PIPES)
        walk->status = RPC_S_CANNOT_SUPPORT;
    if (format->syntax == STUB_NDR64)
        read_ndr64_flags(walk, format);
    else
        translate_flags(walk);
}

static void run(struct procedure_walk *walk)
{
    pickling_check(walk->status);
    stub_call_begin(&walk->client.call);
    stub_client_check_params(&walk->client);
    if (pickle_encodes(&walk->pickling->stream))
        encode(walk);
    else
        decode(walk);
    walk->done = true;
}

static void end(struct procedure_walk *walk)
{
    struct pickle_memory memory = pickling_memory(&walk->client.call.msg);

    pickle_abandon(&walk->pickling->stream, &memory);
    if (!walk->done)
        walk->pickling->stream.at = walk->former;
    stub_client_end(&walk->client);
}

static void run_to_end(struct procedure_walk *walk)
{
    RpcTryFinally {
        run(walk);
    }
    RpcFinally {
        end(walk);
    }
    RpcEndFinally
}

static void run_with_status(struct procedure_walk *walk)
{
    struct stub_client *client = &walk->client;

    RpcTryExcept {
        run_to_end(walk);
    }
    RpcExcept(stub_client_keeps_status(client, RpcExceptionCode())) {
        stub_client_store_status(client, RpcExceptionCode());
    }
    RpcEndExcept
}

uint64_t pickling_procedure(handle_t handle, const struct pickling_procedure *procedure,
                            unsigned char *args)
{
    struct procedure_walk walk;

    walk.pickling = pickling_get(handle);
    walk.former = walk.pickling->stream.at;
    walk.status = 0;
    walk.done = false;
    RpcTryFinally {
        begin(&walk, procedure, args);
        run_with_status(&walk);
    }
    RpcFinally {
        pickling_release(walk.pickling);
    }
    RpcEndFinally
    return walk.client.call.result;
}
