/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types and constants that all of wire/ shares: UUIDs, syntax identifiers, status codes as they
 * travel, allocators, and unaligned access in both byte orders.
 *
 * wire/ turns bytes into structs and back. It does no I/O, takes no lock, keeps no global state
 * and calls nothing but the allocator it is given: any function may be called on any thread as
 * long as no two touch the same object. */
#ifndef RPCRT4_WIRE_TYPES_H
#define RPCRT4_WIRE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Same layout as GUID. */
struct wire_uuid {
    uint32_t data1;
    uint16_t data2;
    uint16_t data3;
    uint8_t data4[8];
};

/* Same layout as RPC_SYNTAX_IDENTIFIER. */
struct wire_syntax {
    struct wire_uuid uuid;
    uint16_t major;
    uint16_t minor;
};

_Static_assert(sizeof(struct wire_uuid) == 16, "laid out as GUID");
_Static_assert(sizeof(struct wire_syntax) == 20, "laid out as RPC_SYNTAX_IDENTIFIER");

#define WIRE_SYNTAX_LENGTH 20 /* a p_syntax_id_t on the wire: C706 12.6.3.1 */

extern const struct wire_uuid wire_nil_uuid;
/* NDR 2.0, 8a885d04-1ceb-11c9-9fe8-08002b104860 v2.0: C706 appendix I */
extern const struct wire_syntax wire_syntax_ndr20;
/* NDR64, 71710533-beba-4937-8319-b5dbef9ccc36 v1.0: [MS-RPCE] 2.2.4.12 */
extern const struct wire_syntax wire_syntax_ndr64;

bool wire_uuid_equal(const struct wire_uuid *a, const struct wire_uuid *b);
bool wire_syntax_equal(const struct wire_syntax *a, const struct wire_syntax *b);

/* Status codes of fault PDUs (C706 appendix E), and those RPC_S_* that Windows sends as they are
 * ([MS-RPCE] 2.2.2.8). */
enum wire_status {
    WIRE_OK = 0,
    WIRE_S_ACCESS_DENIED = 5,
    WIRE_S_UNSUPPORTED_TYPE = 1732,
    WIRE_S_CALL_FAILED = 1726,
    WIRE_S_CALL_FAILED_DNE = 1727,
    WIRE_S_PROTOCOL_ERROR = 1728,
    WIRE_S_PROCNUM_OUT_OF_RANGE = 1745,
    WIRE_S_SERVER_TOO_BUSY = 1723,
    WIRE_S_UNKNOWN_IF = 1717,
    WIRE_S_CALL_CANCELLED = 1818,
    WIRE_X_BAD_STUB_DATA = 1783,

    WIRE_NCA_S_FAULT_INT_DIV_BY_ZERO = 0x1c000001,
    WIRE_NCA_S_FAULT_ADDR_ERROR = 0x1c000002,
    WIRE_NCA_S_FAULT_FP_DIV_ZERO = 0x1c000003,
    WIRE_NCA_S_FAULT_FP_UNDERFLOW = 0x1c000004,
    WIRE_NCA_S_FAULT_FP_OVERFLOW = 0x1c000005,
    WIRE_NCA_S_FAULT_INVALID_TAG = 0x1c000006,
    WIRE_NCA_S_FAULT_INVALID_BOUND = 0x1c000007,
    WIRE_NCA_S_RPC_VERSION_MISMATCH = 0x1c000008,
    WIRE_NCA_S_UNSPEC_REJECT = 0x1c000009,
    WIRE_NCA_S_BAD_ACTID = 0x1c00000a,
    WIRE_NCA_S_WHO_ARE_YOU_FAILED = 0x1c00000b,
    WIRE_NCA_S_MANAGER_NOT_ENTERED = 0x1c00000c,
    WIRE_NCA_S_FAULT_CANCEL = 0x1c00000d,
    WIRE_NCA_S_FAULT_ILL_INST = 0x1c00000e,
    WIRE_NCA_S_FAULT_FP_ERROR = 0x1c00000f,
    WIRE_NCA_S_FAULT_INT_OVERFLOW = 0x1c000010,
    WIRE_NCA_S_FAULT_UNSPEC = 0x1c000012,
    WIRE_NCA_S_FAULT_REMOTE_COMM_FAILURE = 0x1c000013,
    WIRE_NCA_S_FAULT_PIPE_EMPTY = 0x1c000014,
    WIRE_NCA_S_FAULT_PIPE_CLOSED = 0x1c000015,
    WIRE_NCA_S_FAULT_PIPE_ORDER = 0x1c000016,
    WIRE_NCA_S_FAULT_PIPE_DISCIPLINE = 0x1c000017,
    WIRE_NCA_S_FAULT_PIPE_COMM_ERROR = 0x1c000018,
    WIRE_NCA_S_FAULT_PIPE_MEMORY = 0x1c000019,
    WIRE_NCA_S_FAULT_CONTEXT_MISMATCH = 0x1c00001a,
    WIRE_NCA_S_FAULT_REMOTE_NO_MEMORY = 0x1c00001b,
    WIRE_NCA_S_INVALID_PRES_CONTEXT_ID = 0x1c00001c,
    WIRE_NCA_S_UNSUPPORTED_AUTHN_LEVEL = 0x1c00001d,
    WIRE_NCA_S_INVALID_CHECKSUM = 0x1c00001f,
    WIRE_NCA_S_INVALID_CRC = 0x1c000020,
    WIRE_NCA_S_FAULT_USER_DEFINED = 0x1c000021,
    WIRE_NCA_S_FAULT_TX_OPEN_FAILED = 0x1c000022,
    WIRE_NCA_S_FAULT_CODESET_CONV_ERROR = 0x1c000023,
    WIRE_NCA_S_FAULT_OBJECT_NOT_FOUND = 0x1c000024,
    WIRE_NCA_S_FAULT_NO_CLIENT_STUB = 0x1c000025,
    WIRE_NCA_S_COMM_FAILURE = 0x1c010001,
    WIRE_NCA_S_OP_RNG_ERROR = 0x1c010002,
    WIRE_NCA_S_UNK_IF = 0x1c010003,
    WIRE_NCA_S_WRONG_BOOT_TIME = 0x1c010006,
    WIRE_NCA_S_YOU_CRASHED = 0x1c010009,
    WIRE_NCA_S_PROTO_ERROR = 0x1c01000b,
    WIRE_NCA_S_OUT_ARGS_TOO_BIG = 0x1c010013,
    WIRE_NCA_S_SERVER_TOO_BUSY = 0x1c010014,
    WIRE_NCA_S_FAULT_STRING_TOO_LONG = 0x1c010015,
    WIRE_NCA_S_UNSUPPORTED_TYPE = 0x1c010017,
};

/* Memory for the few objects of wire/ that grow. allocate() returns at least 8-byte aligned
 * memory, or NULL. */
struct wire_allocator {
    void *(*allocate)(void *context, size_t size);
    void (*release)(void *context, void *memory);
    void *context;
    /* May be NULL. Memory of that size which is there anyway, as allocate()'s; NULL if there is none. */
    void *(*reuse)(void *context, size_t size);
};

/* ---- unaligned access ---- */

static inline uint16_t wire_get_u16(const uint8_t *p, bool big_endian)
{
    return big_endian ? (uint16_t)(p[0] << 8 | p[1]) : (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t wire_get_u32(const uint8_t *p, bool big_endian)
{
    return big_endian ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
                      : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline void wire_put_u16(uint8_t *p, uint16_t value, bool big_endian)
{
    p[big_endian] = (uint8_t)value;
    p[!big_endian] = (uint8_t)(value >> 8);
}

static inline void wire_put_u32(uint8_t *p, uint32_t value, bool big_endian)
{
    wire_put_u16(p + (big_endian ? 2 : 0), (uint16_t)value, big_endian);
    wire_put_u16(p + (big_endian ? 0 : 2), (uint16_t)(value >> 16), big_endian);
}

/* 16 bytes; the three integers have the byte order of the PDU: C706 12.4 */
void wire_get_uuid(const uint8_t *p, bool big_endian, struct wire_uuid *uuid);
void wire_put_uuid(uint8_t *p, const struct wire_uuid *uuid, bool big_endian);
/* 20 bytes: UUID, then the major version in the low and the minor one in the high half of 32
 * bits: C706 12.6.3.1 */
void wire_get_syntax(const uint8_t *p, bool big_endian, struct wire_syntax *syntax);
void wire_put_syntax(uint8_t *p, const struct wire_syntax *syntax, bool big_endian);

#endif
