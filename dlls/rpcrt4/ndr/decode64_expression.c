/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR64 decoder: expression fragments. */
#include "ndr/decode64_internal.h"
#include "ndr/expression.h"

#define MAX_EXPRESSION_DEPTH 32

/* A fragment being read, token by token. */
struct cursor {
    const unsigned char *at;
    unsigned int depth;
};

static const struct ndr_expression *next_operand(struct decoder *d, struct cursor *cursor);

static uint8_t value_fc(struct decoder *d, uint8_t code)
{
    const struct ndr_type *base = ndr64_base_type(code);

    if (code == FC64_POINTER || (code >= FC64_RP && code <= FC64_IP))
        return NDR_FC_UINT3264;
    if (!base || base->kind != NDR_KIND_BASE || base->fc == NDR_FC_FLOAT ||
        base->fc == NDR_FC_DOUBLE)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    return base->fc;
}

static void read_operator(struct decoder *d, struct cursor *cursor, struct ndr_expression *node)
{
    struct ndr64_operator token;

    decode64_read(d, &token, cursor->at, sizeof(token));
    cursor->at += sizeof(token);
    node->operation = token.Operator;
    if (token.Operator == NDR_OP_INDIRECTION || token.Operator == NDR_OP_CAST)
        node->value_fc = value_fc(d, token.CastType);
    if (token.Operator < NDR_OP_PLUS_SIGN || token.Operator > NDR_OP_LOGICAL_OR ||
        (token.Operator > NDR_OP_CAST && token.Operator < NDR_OP_ADD))
        decode_fail(d, NDR_STATUS_CANNOT_SUPPORT);
    node->left = next_operand(d, cursor);
    if (token.Operator >= NDR_OP_ADD)
        node->right = next_operand(d, cursor);
}

static void read_variable(struct decoder *d, struct cursor *cursor, struct ndr_expression *node)
{
    struct ndr64_var token;

    decode64_read(d, &token, cursor->at, sizeof(token));
    cursor->at += sizeof(token);
    node->value_fc = value_fc(d, token.VarType);
    node->value = (int32_t)token.Offset;
}

static void read_const32(struct decoder *d, struct cursor *cursor, struct ndr_expression *node)
{
    struct ndr64_const32 token;

    decode64_read(d, &token, cursor->at, sizeof(token));
    cursor->at += sizeof(token);
    node->token = NDR64_TOKEN_CONST64;
    node->value = (int32_t)token.ConstValue;
}

static void read_const64(struct decoder *d, struct cursor *cursor, struct ndr_expression *node)
{
    struct ndr64_const64 token;

    decode64_read(d, &token, cursor->at, sizeof(token));
    cursor->at += sizeof(token);
    node->value = token.ConstValue;
}

/* Fillers say how far they go. */
static void skip_fillers(struct decoder *d, struct cursor *cursor)
{
    struct ndr64_noop filler;

    while (*cursor->at == NDR64_TOKEN_NOOP) {
        decode64_read(d, &filler, cursor->at, sizeof(filler));
        if (filler.Size < sizeof(filler))
            decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
        cursor->at += filler.Size;
    }
}

static const struct ndr_expression *next_operand(struct decoder *d, struct cursor *cursor)
{
    struct ndr_expression *node = decode_allocate(d, sizeof(*node));

    if (++cursor->depth > MAX_EXPRESSION_DEPTH)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    skip_fillers(d, cursor);
    node->token = *cursor->at;
    switch (node->token) {
    case NDR64_TOKEN_CONST32:
        read_const32(d, cursor, node);
        break;
    case NDR64_TOKEN_CONST64:
        read_const64(d, cursor, node);
        break;
    case NDR64_TOKEN_VAR:
        read_variable(d, cursor, node);
        break;
    case NDR64_TOKEN_OPER:
        read_operator(d, cursor, node);
        break;
    default:
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    }
    cursor->depth--;
    return node;
}

/* Constants, variables, and what a variable points at are NDR 2.0's correlations, too. */
static void set_value(struct ndr_correlation *corr, const struct ndr_expression *tree)
{
    const struct ndr_expression *variable = tree;

    corr->where = NDR_CORRELATION_MARK;
    if (tree->token == NDR64_TOKEN_CONST64 && tree->value >= INT32_MIN &&
        tree->value <= INT32_MAX) {
        corr->where = NDR_CORRELATION_CONSTANT;
        corr->offset = (int32_t)tree->value;
        return;
    }
    if (tree->token == NDR64_TOKEN_OPER && tree->operation == NDR_OP_INDIRECTION)
        variable = tree->left;
    if (variable->token != NDR64_TOKEN_VAR) {
        corr->operation = NDR_EXPRESSION;
        corr->expression = tree;
        return;
    }
    corr->operation = variable == tree ? 0 : NDR_FC_DEREFERENCE;
    corr->value_fc = tree->value_fc;
    corr->offset = (int32_t)variable->value;
}

struct ndr_graph *ndr64_decode_expression(const void *fragment, struct ndr_correlation *corr)
{
    struct decoder d = { .graph = decode_new_graph(fragment, NDR64_INCREMENT),
                         .increment = NDR64_INCREMENT };

    *corr = decode64_correlation(&d, fragment);
    return d.graph;
}

struct ndr_correlation decode64_correlation(struct decoder *d, const void *fragment)
{
    struct ndr_correlation corr = { .present = fragment != NULL };
    struct cursor cursor = { .at = fragment };
    struct ndr64_range range;
    uint32_t flags;

    if (!fragment)
        return corr;
    decode64_read(d, &flags, cursor.at, sizeof(flags));
    cursor.at += sizeof(flags);
    if (flags & ~(uint32_t)(NDR64_EXPRESSION_EARLY | NDR64_EXPRESSION_SPLIT |
                            NDR64_EXPRESSION_RANGE))
        decode_fail(d, NDR_STATUS_CANNOT_SUPPORT);
    if (flags & NDR64_EXPRESSION_EARLY)
        corr.flags |= NDR_CORRELATION_EARLY;
    if (flags & NDR64_EXPRESSION_SPLIT)
        corr.flags |= NDR_CORRELATION_SPLIT;
    if (flags & NDR64_EXPRESSION_RANGE) {
        cursor.at += 4; /* the structure is aligned to 8 */
        decode64_read(d, &range, cursor.at, sizeof(range));
        cursor.at += sizeof(range);
        corr.has_range = true;
        corr.low = range.MinValue;
        corr.high = range.MaxValue;
    }
    set_value(&corr, next_operand(d, &cursor));
    return corr;
}
