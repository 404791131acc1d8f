/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub data of the endpoint mapper's interface, e1af8308-5d1f-11c9-91a4-08002b14a0fa v3.0: C706
 * appendix O, [MS-RPCE] 2.2.1.2. The client's side: requests are written, responses read. */
#ifndef RPCRT4_WIRE_EPM_H
#define RPCRT4_WIRE_EPM_H

#include "wire/stub_data.h"

extern const struct wire_syntax epm_syntax;

enum epm_opnum {
    EPM_INSERT,
    EPM_DELETE,
    EPM_LOOKUP,
    EPM_MAP,
    EPM_LOOKUP_HANDLE_FREE,
    EPM_INQ_OBJECT,
    EPM_MGMT_DELETE,
};

#define EPM_ANNOTATION_MAX 64 /* ept_max_annotation_size, the terminator included */

/* How the entries of ept_insert and ept_delete are laid out. Wine's mapper, when it runs on Wine's
 * built-in NDR engine, wants no four octets for the pointer that is embedded in an ept_entry_t, and
 * hangs when they are there. A mapper that wants them refuses Wine's layout, because it reads the
 * annotation's length as its offset, which must be 0. */
enum epm_layout {
    EPM_LAYOUT_WINE,
    EPM_LAYOUT_C706,
};

/* ept_lookup_handle_t, a context handle; all zero: none. */
struct epm_handle {
    uint32_t attributes;
    struct wire_uuid uuid;
};

struct epm_tower {
    const uint8_t *octets; /* NULL: none */
    uint32_t length;
};

struct epm_entry {
    struct wire_uuid object;
    struct epm_tower tower;
    const char *annotation; /* terminated; in a request, of at most EPM_ANNOTATION_MAX octets */
    size_t annotation_length; /* of one that has been read, without the terminator */
};

/* ---- requests: the functions are stub_encode_fn for the struct that they name ---- */

struct epm_update {
    const struct epm_entry *entries;
    uint32_t count;
    bool replace; /* ept_insert only */
    enum epm_layout layout;
};

struct epm_map_request {
    struct wire_uuid object;
    struct epm_tower tower;
    struct epm_handle handle;
    uint32_t max_towers;
};

struct epm_lookup_request {
    uint32_t inquiry_type; /* RPC_C_EP_* */
    struct wire_uuid object;
    struct wire_syntax iface;
    uint32_t vers_option; /* RPC_C_VERS_* */
    struct epm_handle handle;
    uint32_t max_entries;
};

struct epm_mgmt_delete_request {
    bool has_object;
    struct wire_uuid object;
    struct epm_tower tower;
};

size_t epm_encode_insert(const void *update, uint8_t *buffer, size_t capacity);
size_t epm_encode_delete(const void *update, uint8_t *buffer, size_t capacity);
size_t epm_encode_map(const void *map_request, uint8_t *buffer, size_t capacity);
size_t epm_encode_lookup(const void *lookup_request, uint8_t *buffer, size_t capacity);
size_t epm_encode_handle_free(const void *handle, uint8_t *buffer, size_t capacity);
size_t epm_encode_mgmt_delete(const void *mgmt_delete_request, uint8_t *buffer, size_t capacity);

/* ---- responses. False: not a response of that kind. What they give points into the data ---- */

/* ept_insert, ept_delete, ept_mgmt_delete */
bool epm_decode_status(struct stub_reader *r, uint32_t *status);
bool epm_decode_handle_free(struct stub_reader *r, struct epm_handle *handle, uint32_t *status);

/* The answer to ept_map or ept_lookup, checked to its end; the items are taken out one by one. */
struct epm_items {
    struct epm_handle handle;
    uint32_t status;
    uint32_t count; /* items not taken yet */
    struct stub_reader fixed; /* where the next item's fixed part is … */
    struct stub_reader deferred; /* … and the next tower */
};
bool epm_decode_map(struct stub_reader *r, struct epm_items *items);
bool epm_decode_lookup(struct stub_reader *r, struct epm_items *items);
/* False: no more. A tower may be absent. */
bool epm_next_tower(struct epm_items *items, struct epm_tower *tower);
bool epm_next_entry(struct epm_items *items, struct epm_entry *entry);

#endif
