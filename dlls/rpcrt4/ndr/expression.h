/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expressions: what size_is, length_is, first_is and switch_is say, as trees. NDR64 has nothing
 * else; the simple ones (a constant, a variable, what a variable points at) never get here, as the
 * decoder makes plain correlations of them. In NDR 2.0, MIDL uses them instead of callbacks where a
 * stub is for both transfer syntaxes. Arithmetic is C's, in 64 bits. */
#ifndef RPCRT4_NDR_EXPRESSION_H
#define RPCRT4_NDR_EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "ndr/format64.h"

/* The operators of MIDL's expressions that need evaluation. */
enum ndr_operator {
    NDR_OP_PLUS_SIGN = 0x01,
    NDR_OP_MINUS_SIGN = 0x02,
    NDR_OP_NOT = 0x03,
    NDR_OP_COMPLEMENT = 0x04,
    NDR_OP_INDIRECTION = 0x05,
    NDR_OP_CAST = 0x06,
    NDR_OP_ADD = 0x0e,
    NDR_OP_SUBTRACT = 0x0f,
    NDR_OP_MULTIPLY = 0x10,
    NDR_OP_DIVIDE = 0x11,
    NDR_OP_MODULO = 0x12,
    NDR_OP_LEFT_SHIFT = 0x13,
    NDR_OP_RIGHT_SHIFT = 0x14,
    NDR_OP_LESS = 0x15,
    NDR_OP_LESS_EQUAL = 0x16,
    NDR_OP_GREATER_EQUAL = 0x17,
    NDR_OP_GREATER = 0x18,
    NDR_OP_EQUAL = 0x19,
    NDR_OP_NOT_EQUAL = 0x1a,
    NDR_OP_AND = 0x1b,
    NDR_OP_OR = 0x1c,
    NDR_OP_XOR = 0x1d,
    NDR_OP_LOGICAL_AND = 0x1e,
    NDR_OP_LOGICAL_OR = 0x1f,
};

struct ndr_expression {
    uint8_t token;    /* NDR64_TOKEN_CONST64, _VAR or _OPER */
    uint8_t operation; /* enum ndr_operator */
    uint8_t value_fc; /* of a variable, or of what indirection or a cast yields: NDR 2.0's code */
    int64_t value;    /* a constant; a variable's offset */
    const struct ndr_expression *left, *right; /* right: NULL for one operand */
};

enum ndr_expression_result {
    NDR_EXPRESSION_KNOWN,
    NDR_EXPRESSION_UNKNOWN, /* behind a null pointer */
    NDR_EXPRESSION_INVALID, /* overflow, division by zero */
};

/* Evaluates over the variables at `base`. */
enum ndr_expression_result ndr_expression_value(const struct ndr_expression *expression,
                                                const unsigned char *base, int64_t *value);

/* Nodes of the largest tree of NDR 2.0. */
#define NDR_EXPRESSION_NODES 64

/* Reads the tokens of an NDR 2.0 expression into `nodes`, of which there are NDR_EXPRESSION_NODES;
 * the first one is the tree. False if no compiler writes such tokens. */
bool ndr_expression_read(const unsigned char *format, struct ndr_expression *nodes);

#endif
