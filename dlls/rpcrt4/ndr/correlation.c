/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Correlation: values that size_is, length_is and switch_is take from fields, parameters, constants
 * and expression routines ("Correlation Descriptors"), and the checks of what a peer sent against
 * them.
 *
 * A value from the wire must be equal to the correlated one: the application trusts the latter, the
 * engine has allocated (and will free) by the former. /robust descriptors say whether that can be
 * compared at once; older ones do not, and are compared at the end. */
#include "ndr/correlation.h"

#include <stdlib.h>

#include "ndr/expression.h"
#include "ndr/made.h"
#include "ndr/walk.h"

/* What is compared when a call's parameters have all been unmarshalled: msg->pCorrInfo. */
struct ndr_correlations {
    bool check;
    struct ndr_late_check *late;
    uint32_t count, capacity;
};

/* Most calls have nothing to compare at the end: until one has, these stand for the list. */
static struct ndr_correlations nothing_checked = { .check = true };
static struct ndr_correlations nothing_unchecked = { .check = false };

static bool is_nothing(const struct ndr_correlations *call)
{
    return call == &nothing_checked || call == &nothing_unchecked;
}

/* A value, and whether there is one: not if it is behind a null pointer, or if a compiled (-Os)
 * stub keeps its parameters where the engine cannot see them. */
struct correlated {
    bool known;
    int64_t value;
};

/* What a descriptor's offset counts from. */
static unsigned char *base_of(struct ndr_walk *w, const struct ndr_correlation *corr,
                              unsigned char *object)
{
    switch (corr->where) {
    case NDR_CORRELATION_FIELD:
        return object;
    case NDR_CORRELATION_POINTER:
        return w->base;
    case NDR_CORRELATION_MARK:
        return w->base ? w->base : w->msg->StackTop;
    default:
        return w->msg->StackTop;
    }
}

static struct correlated from_expression(struct ndr_walk *w, const struct ndr_correlation *corr,
                                         unsigned char *object)
{
    struct ndr_message *msg = w->msg;
    unsigned char *stack_top = msg->StackTop;

    msg->StackTop = base_of(w, corr, object);
    if (!msg->StackTop || !msg->StubDesc->apfnExprEval)
        walk_fail(w, NDR_STATUS_INTERNAL_ERROR);
    msg->Offset = 0;
    msg->StubDesc->apfnExprEval[corr->offset](msg);
    msg->StackTop = stack_top;
    return (struct correlated){ true, (intptr_t)msg->MaxCount };
}

static struct correlated from_tree(struct ndr_walk *w, const struct ndr_expression *tree,
                                   const unsigned char *base)
{
    int64_t value;

    switch (ndr_expression_value(tree, base, &value)) {
    case NDR_EXPRESSION_KNOWN:
        return (struct correlated){ true, value };
    case NDR_EXPRESSION_UNKNOWN:
        return (struct correlated){ false, 0 };
    default:
        walk_fail(w, NDR_STATUS_INVALID_BOUND);
    }
}

/* An expression of the stub, by its number. */
static struct correlated from_numbered(struct ndr_walk *w, const struct ndr_correlation *corr,
                                       const unsigned char *base)
{
    const struct ndr_expressions *expressions = w->msg->StubDesc->Reserved5;
    struct ndr_expression nodes[NDR_EXPRESSION_NODES];

    if (!expressions || !ndr_expression_read(expressions->pFormatExpr +
                                                 expressions->pOffset[corr->offset], nodes))
        walk_fail(w, NDR_STATUS_INTERNAL_ERROR);
    return from_tree(w, nodes, base);
}

static int64_t apply(struct ndr_walk *w, const struct ndr_correlation *corr, int64_t value)
{
    bool overflow = false;

    switch (corr->operation) {
    case 0:
    case NDR_FC_DEREFERENCE:
        break;
    case NDR_FC_DIV_2:
        value /= 2;
        break;
    case NDR_FC_MULT_2:
        overflow = __builtin_mul_overflow(value, 2, &value);
        break;
    case NDR_FC_ADD_1:
        overflow = __builtin_add_overflow(value, 1, &value);
        break;
    case NDR_FC_SUB_1:
        overflow = __builtin_sub_overflow(value, 1, &value);
        break;
    default:
        walk_fail(w, NDR_STATUS_INTERNAL_ERROR);
    }
    if (overflow)
        walk_fail(w, NDR_STATUS_INVALID_BOUND);
    return value;
}

static struct correlated correlated_value(struct ndr_walk *w, const struct ndr_correlation *corr,
                                          unsigned char *object)
{
    unsigned char *at = base_of(w, corr, object);

    if (corr->where == NDR_CORRELATION_CONSTANT)
        return (struct correlated){ true, corr->offset };
    if (!at)
        return (struct correlated){ false, 0 };
    if (corr->operation == NDR_FC_CALLBACK)
        return from_expression(w, corr, object);
    if (corr->operation == NDR_EXPRESSION)
        return from_tree(w, corr->expression, at);
    if (corr->operation == NDR_FC_EXPR)
        return from_numbered(w, corr, at);
    at += corr->offset;
    if (corr->operation == NDR_FC_DEREFERENCE) {
        at = load_pointer(at);
        if (!at)
            return (struct correlated){ false, 0 };
    }
    return (struct correlated){ true, apply(w, corr, walk_integer(corr->value_fc, at)) };
}

static uint32_t valid_count(struct ndr_walk *w, const struct ndr_correlation *corr, int64_t value)
{
    if (value < 0 || value > UINT32_MAX)
        walk_fail(w, NDR_STATUS_INVALID_BOUND);
    if (corr->has_range && (value < corr->low || value > corr->high))
        walk_fail(w, NDR_STATUS_INVALID_BOUND);
    return (uint32_t)value;
}

/* Whether a value comes from the parameters. */
static bool is_top_level(struct ndr_walk *w, const struct ndr_correlation *corr)
{
    return corr->where == NDR_CORRELATION_TOP_LEVEL ||
           (corr->where == NDR_CORRELATION_MARK && !w->base);
}

static bool is_preset(struct ndr_walk *w, const struct ndr_correlation *corr)
{
    return is_top_level(w, corr) && !w->msg->StackTop;
}

uint32_t correlation_count(struct ndr_walk *w, const struct ndr_correlation *corr,
                           unsigned char *object)
{
    struct correlated count;

    if (is_preset(w, corr))
        return valid_count(w, corr, (int64_t)w->msg->MaxCount);
    count = correlated_value(w, corr, object);
    if (!count.known)
        walk_fail(w, NDR_STATUS_NULL_REF_POINTER);
    return valid_count(w, corr, count.value);
}

uint32_t correlation_count_left(struct ndr_walk *w, const struct ndr_correlation *corr,
                                unsigned char *object)
{
    struct correlated count = { true, (int64_t)w->msg->MaxCount };

    if (!is_preset(w, corr))
        count = correlated_value(w, corr, object);
    return count.known && count.value >= 0 && count.value <= UINT32_MAX ? (uint32_t)count.value : 0;
}

void correlation_variance(struct ndr_walk *w, const struct ndr_correlation *corr,
                          unsigned char *object, uint32_t *first, uint32_t *actual)
{
    if (is_preset(w, corr)) {
        *first = w->msg->Offset;
        *actual = w->msg->ActualCount;
        return;
    }
    *actual = correlation_count(w, corr, object);
    *first = corr->operation == NDR_FC_CALLBACK ? w->msg->Offset : 0;
    if (corr->first)
        *first = correlation_count(w, corr->first, object);
}

uint32_t correlation_first_left(struct ndr_walk *w, const struct ndr_correlation *corr,
                                unsigned char *object)
{
    if (corr->first)
        return correlation_count_left(w, corr->first, object);
    return corr->operation == NDR_FC_CALLBACK ? w->msg->Offset : 0;
}

int64_t correlation_tag(struct ndr_walk *w, const struct ndr_correlation *corr,
                        unsigned char *object)
{
    struct correlated tag;

    if (is_preset(w, corr))
        return (int64_t)w->msg->MaxCount;
    tag = correlated_value(w, corr, object);
    if (!tag.known)
        walk_fail(w, NDR_STATUS_NULL_REF_POINTER);
    return tag.value;
}

const void *ndr_correlated_pointer(struct ndr_message *msg, unsigned char *object,
                                   const unsigned char *descriptor)
{
    const void *pointer = (const void *)msg->MaxCount;
    struct ndr_correlation corr;
    unsigned char *at;
    struct ndr_walk w;

    walk_begin(&w, msg);
    w.base = msg->Memory;
    if (w.increment == NDR64_INCREMENT)
        walk_own(&w, ndr64_decode_expression(descriptor, &corr));
    else
        corr = ndr_decode_correlation(descriptor, w.increment);
    at = corr.present ? base_of(&w, &corr, object) : NULL;
    if (at && corr.operation == NDR_FC_CALLBACK) {
        pointer = (const void *)(intptr_t)from_expression(&w, &corr, object).value;
    } else if (at && corr.operation == NDR_EXPRESSION) {
        pointer = (const void *)(intptr_t)from_tree(&w, corr.expression, at).value;
    } else if (at && corr.operation == NDR_FC_EXPR) {
        pointer = (const void *)(intptr_t)from_numbered(&w, &corr, at).value;
    } else if (at) {
        pointer = load_pointer(at + corr.offset);
        if (pointer && corr.operation == NDR_FC_DEREFERENCE)
            pointer = load_pointer(pointer);
    } else if (!is_preset(&w, &corr)) {
        walk_fail(&w, NDR_STATUS_INTERNAL_ERROR);
    }
    walk_end(&w);
    return pointer;
}

/* ---- checks ---- */

static bool agrees(const struct ndr_late_check *check, int64_t value)
{
    return check->tag ? (uint32_t)value == check->value : value == check->value;
}

static void compare(struct ndr_walk *w, const struct ndr_late_check *check)
{
    unsigned char *base = w->base;
    struct correlated found;

    w->base = check->base;
    found = correlated_value(w, &check->correlation, check->object);
    w->base = base;
    if (!agrees(check, found.known ? found.value : 0))
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
}

static void add_late(struct ndr_walk *w, const struct ndr_late_check *check)
{
    if (w->late_count == w->late_capacity) {
        uint32_t capacity = w->late_capacity ? w->late_capacity * 2 : 16;

        w->late = walk_resize(w, w->late, (size_t)capacity * sizeof(*check));
        w->late_capacity = capacity;
    }
    w->late[w->late_count++] = *check;
}

/* To be compared when the whole call has been unmarshalled, if somebody will do so. */
static void add_to_call(struct ndr_walk *w, const struct ndr_late_check *check)
{
    struct ndr_correlations *call = w->msg->pCorrInfo;
    struct ndr_late_check *late;

    if (!call)
        return;
    if (is_nothing(call)) {
        call = calloc(1, sizeof(*call));
        if (!call)
            walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
        call->check = w->msg->pCorrInfo->check;
        w->msg->pCorrInfo = call;
    }
    if (call->count == call->capacity) {
        uint32_t capacity = call->capacity ? call->capacity * 2 : 8;

        late = realloc(call->late, capacity * sizeof(*late));
        if (!late)
            walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
        call->late = late;
        call->capacity = capacity;
    }
    call->late[call->count++] = *check;
}

/* A stub may be compiled with /robust descriptors and yet not ask for their checks; constants hold
 * whatever it asks for. */
static bool is_wanted(struct ndr_walk *w, const struct ndr_correlation *corr)
{
    if (corr->where == NDR_CORRELATION_CONSTANT)
        return true;
    if (corr->flags & (NDR_CORRELATION_SPLIT | NDR_CORRELATION_IID_IS | NDR_CORRELATION_DONT_CHECK))
        return false;
    return !w->increment || !w->msg->pCorrInfo || w->msg->pCorrInfo->check;
}

/* Fields behind the described object have not been unmarshalled yet, those in front of a pointer's
 * structure have; what another pointer leads to may come at any time. */
static void schedule(struct ndr_walk *w, const struct ndr_late_check *check)
{
    const struct ndr_correlation *corr = &check->correlation;
    bool direct = corr->operation != NDR_FC_DEREFERENCE && corr->operation != NDR_FC_CALLBACK &&
                  corr->operation != NDR_FC_EXPR;

    if (corr->where == NDR_CORRELATION_CONSTANT || corr->flags & NDR_CORRELATION_EARLY)
        compare(w, check);
    else if (is_top_level(w, corr))
        add_to_call(w, check);
    else if (corr->where == NDR_CORRELATION_POINTER && direct)
        compare(w, check);
    else
        add_late(w, check);
}

static void check_value(struct ndr_walk *w, const struct ndr_correlation *corr,
                        unsigned char *object, uint32_t value, bool tag)
{
    struct ndr_late_check check = { *corr, object, w->base, value, tag };

    if (is_preset(w, corr) || !is_wanted(w, corr))
        return;
    schedule(w, &check);
}

void correlation_check_count(struct ndr_walk *w, const struct ndr_correlation *corr,
                             unsigned char *object, uint32_t value)
{
    if (corr->has_range && (value < corr->low || value > corr->high))
        walk_fail(w, NDR_STATUS_INVALID_BOUND);
    if (!corr->present)
        return;
    check_value(w, corr, object, value, false);
}

void correlation_check_tag(struct ndr_walk *w, const struct ndr_correlation *corr,
                           unsigned char *object, uint32_t value)
{
    check_value(w, corr, object, value, true);
}

void correlation_finish(struct ndr_walk *w)
{
    uint32_t i;

    for (i = 0; i < w->late_count; i++)
        compare(w, &w->late[i]);
}

/* ---- a whole call ---- */

void ndr_correlation_begin(struct ndr_message *msg, bool check)
{
    if (msg->fHasNewCorrDesc && !msg->CorrDespIncrement)
        msg->CorrDespIncrement = 2;
    if (msg->pCorrInfo)
        return;
    msg->pCorrInfo = check ? &nothing_checked : &nothing_unchecked;
}

void ndr_correlation_pass(struct ndr_message *msg)
{
    struct ndr_correlations *call = msg->pCorrInfo;
    struct ndr_walk w;
    uint32_t i;

    if (!call || !call->count)
        return;
    walk_begin(&w, msg);
    for (i = 0; i < call->count; i++)
        compare(&w, &call->late[i]);
    walk_end(&w);
    call->count = 0;
}

void ndr_correlation_end(struct ndr_message *msg)
{
    ndr_made_end(msg);
    if (!msg->pCorrInfo)
        return;
    if (!is_nothing(msg->pCorrInfo)) {
        free(msg->pCorrInfo->late);
        free(msg->pCorrInfo);
    }
    msg->pCorrInfo = NULL;
}
