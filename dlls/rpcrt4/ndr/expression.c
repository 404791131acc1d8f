/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Evaluation of expressions: see expression.h. */
#include "ndr/expression.h"

#include "ndr/walk.h"

static enum ndr_expression_result unary(const struct ndr_expression *expression, int64_t operand,
                                        int64_t *value)
{
    switch (expression->operation) {
    case NDR_OP_MINUS_SIGN:
        return __builtin_sub_overflow(0, operand, value) ? NDR_EXPRESSION_INVALID
                                                         : NDR_EXPRESSION_KNOWN;
    case NDR_OP_NOT:
        *value = !operand;
        break;
    case NDR_OP_COMPLEMENT:
        *value = ~operand;
        break;
    case NDR_OP_INDIRECTION:
        if (!operand)
            return NDR_EXPRESSION_UNKNOWN;
        *value = walk_integer(expression->value_fc, (const void *)(uintptr_t)operand);
        break;
    case NDR_OP_CAST: /* the low bytes come first */
        *value = walk_integer(expression->value_fc, &operand);
        break;
    default: /* NDR_OP_PLUS_SIGN */
        *value = operand;
        break;
    }
    return NDR_EXPRESSION_KNOWN;
}

/* False: no result. */
static bool arithmetic(uint8_t operation, int64_t left, int64_t right, int64_t *value)
{
    switch (operation) {
    case NDR_OP_ADD:
        return !__builtin_add_overflow(left, right, value);
    case NDR_OP_SUBTRACT:
        return !__builtin_sub_overflow(left, right, value);
    case NDR_OP_MULTIPLY:
        return !__builtin_mul_overflow(left, right, value);
    case NDR_OP_DIVIDE:
    case NDR_OP_MODULO:
        if (!right || (left == INT64_MIN && right == -1))
            return false;
        *value = operation == NDR_OP_DIVIDE ? left / right : left % right;
        return true;
    case NDR_OP_LEFT_SHIFT:
        if (right < 0 || right > 62 || left < 0 || left > INT64_MAX >> right)
            return false;
        *value = left << right;
        return true;
    case NDR_OP_RIGHT_SHIFT:
        if (right < 0 || right > 63)
            return false;
        *value = left >> right;
        return true;
    case NDR_OP_AND:
        *value = left & right;
        return true;
    case NDR_OP_OR:
        *value = left | right;
        return true;
    default: /* NDR_OP_XOR */
        *value = left ^ right;
        return true;
    }
}

static bool holds(uint8_t operation, int64_t left, int64_t right)
{
    switch (operation) {
    case NDR_OP_LESS:
        return left < right;
    case NDR_OP_LESS_EQUAL:
        return left <= right;
    case NDR_OP_GREATER_EQUAL:
        return left >= right;
    case NDR_OP_GREATER:
        return left > right;
    case NDR_OP_EQUAL:
        return left == right;
    default: /* NDR_OP_NOT_EQUAL */
        return left != right;
    }
}

static enum ndr_expression_result binary(const struct ndr_expression *expression,
                                         const unsigned char *base, int64_t left, int64_t *value)
{
    uint8_t operation = expression->operation;
    enum ndr_expression_result result;
    int64_t right;

    /* The right operand may be behind a pointer that the left one has found to be null. */
    if ((operation == NDR_OP_LOGICAL_AND && !left) || (operation == NDR_OP_LOGICAL_OR && left)) {
        *value = left != 0;
        return NDR_EXPRESSION_KNOWN;
    }
    result = ndr_expression_value(expression->right, base, &right);
    if (result != NDR_EXPRESSION_KNOWN)
        return result;
    if (operation >= NDR_OP_LESS && operation <= NDR_OP_NOT_EQUAL)
        *value = holds(operation, left, right);
    else if (operation >= NDR_OP_LOGICAL_AND)
        *value = right != 0;
    else if (!arithmetic(operation, left, right, value))
        return NDR_EXPRESSION_INVALID;
    return NDR_EXPRESSION_KNOWN;
}

enum ndr_expression_result ndr_expression_value(const struct ndr_expression *expression,
                                                const unsigned char *base, int64_t *value)
{
    enum ndr_expression_result result;
    int64_t left;

    switch (expression->token) {
    case NDR64_TOKEN_CONST64:
        *value = expression->value;
        return NDR_EXPRESSION_KNOWN;
    case NDR64_TOKEN_VAR:
        *value = walk_integer(expression->value_fc, base + expression->value);
        return NDR_EXPRESSION_KNOWN;
    }
    result = ndr_expression_value(expression->left, base, &left);
    if (result != NDR_EXPRESSION_KNOWN)
        return result;
    return expression->right ? binary(expression, base, left, value)
                             : unary(expression, left, value);
}
