/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expressions of NDR 2.0, which are bytes: an operator is its token, the operator, a type to cast
 * to and a pad; a variable its token, a type and an offset<2>; a constant its token, a type, two
 * pads and the value<4> or <8>; a filler its token and its length. Operands follow their
 * operator. */
#include "ndr/expression.h"

#include <string.h>

#include "ndr/format.h"
#include "ndr/format_bytes.h"
#include "ndr/types.h"

struct reader {
    const unsigned char *at;
    struct ndr_expression *nodes;
    unsigned int used;
};

static const struct ndr_expression *read_node(struct reader *reader);

/* Only integers can be had from memory. */
static bool is_integer(uint8_t fc)
{
    const struct ndr_type *type = ndr_base_type(fc);

    return type && type->kind != NDR_KIND_IGNORED && fc != NDR_FC_FLOAT && fc != NDR_FC_DOUBLE;
}

static bool read_operator(struct reader *reader, struct ndr_expression *node)
{
    bool casts;

    node->operation = reader->at[1];
    node->value_fc = reader->at[2];
    reader->at += 4;
    casts = node->operation == NDR_OP_INDIRECTION || node->operation == NDR_OP_CAST;
    if (node->operation < NDR_OP_PLUS_SIGN || node->operation > NDR_OP_LOGICAL_OR ||
        (node->operation > NDR_OP_CAST && node->operation < NDR_OP_ADD) ||
        (casts && !is_integer(node->value_fc)))
        return false;
    node->left = read_node(reader);
    if (!node->left || node->operation < NDR_OP_ADD)
        return node->left != NULL;
    node->right = read_node(reader);
    return node->right != NULL;
}

static bool read_token(struct reader *reader, struct ndr_expression *node)
{
    node->token = *reader->at;
    switch (node->token) {
    case NDR64_TOKEN_OPER:
        return read_operator(reader, node);
    case NDR64_TOKEN_VAR:
        node->value_fc = reader->at[1];
        node->value = format_i16(reader->at + 2);
        reader->at += 4;
        return is_integer(node->value_fc);
    case NDR64_TOKEN_CONST32:
        node->token = NDR64_TOKEN_CONST64;
        node->value = (int32_t)format_u32(reader->at + 4);
        reader->at += 8;
        return true;
    case NDR64_TOKEN_CONST64:
        memcpy(&node->value, reader->at + 4, sizeof(node->value));
        reader->at += 12;
        return true;
    default:
        return false;
    }
}

static const struct ndr_expression *read_node(struct reader *reader)
{
    struct ndr_expression *node = &reader->nodes[reader->used];

    if (reader->used == NDR_EXPRESSION_NODES)
        return NULL;
    reader->used++;
    memset(node, 0, sizeof(*node));
    while (*reader->at == NDR64_TOKEN_NOOP) {
        if (!reader->at[1])
            return NULL;
        reader->at += reader->at[1];
    }
    return read_token(reader, node) ? node : NULL;
}

bool ndr_expression_read(const unsigned char *format, struct ndr_expression *nodes)
{
    struct reader reader = { .at = format, .nodes = nodes };

    return read_node(&reader) != NULL;
}
