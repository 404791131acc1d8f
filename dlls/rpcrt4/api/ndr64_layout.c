/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compile-time proof that the layout twins of ndr/format64.h are the SDK's structures. */
#include "platform/base.h"

#include <ndr64types.h>

#include "ndr/format64.h"

#define SIZE(twin, sdk) _Static_assert(sizeof(struct twin) == sizeof(sdk), "size of " #sdk)
#define SAME_AS(twin, a, sdk, b) \
    _Static_assert(offsetof(struct twin, a) == offsetof(sdk, b) && \
                   sizeof(((struct twin *)0)->a) == sizeof(((sdk *)0)->b), #sdk "." #b)
#define SAME(twin, sdk, member) SAME_AS(twin, member, sdk, member)

SIZE(ndr64_range, NDR64_RANGE_FORMAT);
SAME(ndr64_range, NDR64_RANGE_FORMAT, RangeType);
SAME(ndr64_range, NDR64_RANGE_FORMAT, MinValue);
SAME(ndr64_range, NDR64_RANGE_FORMAT, MaxValue);

SIZE(ndr64_context_handle, NDR64_CONTEXT_HANDLE_FORMAT);
SAME(ndr64_context_handle, NDR64_CONTEXT_HANDLE_FORMAT, ContextFlags);
SAME(ndr64_context_handle, NDR64_CONTEXT_HANDLE_FORMAT, RundownRoutineIndex);
SAME(ndr64_context_handle, NDR64_CONTEXT_HANDLE_FORMAT, Ordinal);

SIZE(ndr64_pointer, NDR64_POINTER_FORMAT);
SAME(ndr64_pointer, NDR64_POINTER_FORMAT, Flags);
SAME(ndr64_pointer, NDR64_POINTER_FORMAT, Pointee);

SIZE(ndr64_constant_iid, NDR64_CONSTANT_IID_FORMAT);
SAME(ndr64_constant_iid, NDR64_CONSTANT_IID_FORMAT, Flags);
SAME(ndr64_constant_iid, NDR64_CONSTANT_IID_FORMAT, Guid);
SIZE(ndr64_iid, NDR64_IID_FORMAT);
SAME(ndr64_iid, NDR64_IID_FORMAT, Flags);
SAME(ndr64_iid, NDR64_IID_FORMAT, IIDDescriptor);

SIZE(ndr64_no_repeat, NDR64_NO_REPEAT_FORMAT);
SIZE(ndr64_pointer_instance, NDR64_POINTER_INSTANCE_HEADER_FORMAT);
SAME(ndr64_pointer_instance, NDR64_POINTER_INSTANCE_HEADER_FORMAT, Offset);
SIZE(ndr64_repeat, NDR64_REPEAT_FORMAT);
SAME(ndr64_repeat, NDR64_REPEAT_FORMAT, Flags);
SAME(ndr64_repeat, NDR64_REPEAT_FORMAT, Increment);
SAME(ndr64_repeat, NDR64_REPEAT_FORMAT, OffsetToArray);
SAME(ndr64_repeat, NDR64_REPEAT_FORMAT, NumberOfPointers);
SIZE(ndr64_fixed_repeat, NDR64_FIXED_REPEAT_FORMAT);
SAME(ndr64_fixed_repeat, NDR64_FIXED_REPEAT_FORMAT, RepeatFormat);
SAME(ndr64_fixed_repeat, NDR64_FIXED_REPEAT_FORMAT, Iterations);

SIZE(ndr64_struct, NDR64_STRUCTURE_HEADER_FORMAT);
SAME(ndr64_struct, NDR64_STRUCTURE_HEADER_FORMAT, Alignment);
SAME(ndr64_struct, NDR64_STRUCTURE_HEADER_FORMAT, Flags);
SAME(ndr64_struct, NDR64_STRUCTURE_HEADER_FORMAT, MemorySize);
SIZE(ndr64_conf_struct, NDR64_CONF_STRUCTURE_HEADER_FORMAT);
SAME(ndr64_conf_struct, NDR64_CONF_STRUCTURE_HEADER_FORMAT, ArrayDescription);
SAME_AS(ndr64_conf_struct, Header.MemorySize, NDR64_CONF_STRUCTURE_HEADER_FORMAT, MemorySize);
SIZE(ndr64_bogus_struct, NDR64_BOGUS_STRUCTURE_HEADER_FORMAT);
SAME_AS(ndr64_bogus_struct, Header.MemorySize, NDR64_BOGUS_STRUCTURE_HEADER_FORMAT, MemorySize);
SAME(ndr64_bogus_struct, NDR64_BOGUS_STRUCTURE_HEADER_FORMAT, OriginalMemberLayout);
SAME(ndr64_bogus_struct, NDR64_BOGUS_STRUCTURE_HEADER_FORMAT, OriginalPointerLayout);
SAME(ndr64_bogus_struct, NDR64_BOGUS_STRUCTURE_HEADER_FORMAT, PointerLayout);
SIZE(ndr64_conf_bogus_struct, NDR64_CONF_BOGUS_STRUCTURE_HEADER_FORMAT);
SAME_AS(ndr64_conf_bogus_struct, Bogus.PointerLayout, NDR64_CONF_BOGUS_STRUCTURE_HEADER_FORMAT,
        PointerLayout);
SAME(ndr64_conf_bogus_struct, NDR64_CONF_BOGUS_STRUCTURE_HEADER_FORMAT, ConfArrayDescription);

SIZE(ndr64_member, NDR64_SIMPLE_MEMBER_FORMAT);
SIZE(ndr64_member, NDR64_MEMPAD_FORMAT);
SAME_AS(ndr64_member, Size, NDR64_MEMPAD_FORMAT, MemPad);
SIZE(ndr64_member, NDR64_BUFFER_ALIGN_FORMAT);
SAME(ndr64_member, NDR64_BUFFER_ALIGN_FORMAT, Alignment);
SIZE(ndr64_member, NDR64_SIMPLE_REGION_FORMAT);
SAME(ndr64_member, NDR64_SIMPLE_REGION_FORMAT, Alignment);
SAME_AS(ndr64_member, Size, NDR64_SIMPLE_REGION_FORMAT, RegionSize);
SIZE(ndr64_embedded, NDR64_EMBEDDED_COMPLEX_FORMAT);
SAME(ndr64_embedded, NDR64_EMBEDDED_COMPLEX_FORMAT, Type);

SIZE(ndr64_encapsulated_union, NDR64_ENCAPSULATED_UNION);
SAME(ndr64_encapsulated_union, NDR64_ENCAPSULATED_UNION, Alignment);
SAME(ndr64_encapsulated_union, NDR64_ENCAPSULATED_UNION, SwitchType);
SAME(ndr64_encapsulated_union, NDR64_ENCAPSULATED_UNION, MemoryOffset);
SAME(ndr64_encapsulated_union, NDR64_ENCAPSULATED_UNION, MemorySize);
SIZE(ndr64_union, NDR64_NON_ENCAPSULATED_UNION);
SAME(ndr64_union, NDR64_NON_ENCAPSULATED_UNION, Alignment);
SAME(ndr64_union, NDR64_NON_ENCAPSULATED_UNION, SwitchType);
SAME(ndr64_union, NDR64_NON_ENCAPSULATED_UNION, MemorySize);
SAME(ndr64_union, NDR64_NON_ENCAPSULATED_UNION, Switch);
SIZE(ndr64_arm_selector, NDR64_UNION_ARM_SELECTOR);
SAME(ndr64_arm_selector, NDR64_UNION_ARM_SELECTOR, Alignment);
SAME(ndr64_arm_selector, NDR64_UNION_ARM_SELECTOR, Arms);
SIZE(ndr64_arm, NDR64_UNION_ARM);
SAME(ndr64_arm, NDR64_UNION_ARM, CaseValue);
SAME(ndr64_arm, NDR64_UNION_ARM, Type);

SIZE(ndr64_element_info, NDR64_ARRAY_ELEMENT_INFO);
SIZE(ndr64_fix_array, NDR64_FIX_ARRAY_HEADER_FORMAT);
SAME(ndr64_fix_array, NDR64_FIX_ARRAY_HEADER_FORMAT, Alignment);
SAME(ndr64_fix_array, NDR64_FIX_ARRAY_HEADER_FORMAT, Flags);
SAME(ndr64_fix_array, NDR64_FIX_ARRAY_HEADER_FORMAT, TotalSize);
SIZE(ndr64_conf_array, NDR64_CONF_ARRAY_HEADER_FORMAT);
SAME(ndr64_conf_array, NDR64_CONF_ARRAY_HEADER_FORMAT, ElementSize);
SAME(ndr64_conf_array, NDR64_CONF_ARRAY_HEADER_FORMAT, ConfDescriptor);
SIZE(ndr64_conf_var_array, NDR64_CONF_VAR_ARRAY_HEADER_FORMAT);
SAME_AS(ndr64_conf_var_array, Conf.ConfDescriptor, NDR64_CONF_VAR_ARRAY_HEADER_FORMAT,
        ConfDescriptor);
SAME(ndr64_conf_var_array, NDR64_CONF_VAR_ARRAY_HEADER_FORMAT, VarDescriptor);
SIZE(ndr64_var_array, NDR64_VAR_ARRAY_HEADER_FORMAT);
SAME(ndr64_var_array, NDR64_VAR_ARRAY_HEADER_FORMAT, TotalSize);
SAME(ndr64_var_array, NDR64_VAR_ARRAY_HEADER_FORMAT, ElementSize);
SAME(ndr64_var_array, NDR64_VAR_ARRAY_HEADER_FORMAT, VarDescriptor);
SIZE(ndr64_bogus_array, NDR64_BOGUS_ARRAY_HEADER_FORMAT);
SAME(ndr64_bogus_array, NDR64_BOGUS_ARRAY_HEADER_FORMAT, NumberDims);
SAME(ndr64_bogus_array, NDR64_BOGUS_ARRAY_HEADER_FORMAT, NumberElements);
SAME(ndr64_bogus_array, NDR64_BOGUS_ARRAY_HEADER_FORMAT, Element);
SIZE(ndr64_conf_var_bogus_array, NDR64_CONF_VAR_BOGUS_ARRAY_HEADER_FORMAT);
SAME(ndr64_conf_var_bogus_array, NDR64_CONF_VAR_BOGUS_ARRAY_HEADER_FORMAT, FixedArrayFormat);
SAME(ndr64_conf_var_bogus_array, NDR64_CONF_VAR_BOGUS_ARRAY_HEADER_FORMAT, ConfDescription);
SAME(ndr64_conf_var_bogus_array, NDR64_CONF_VAR_BOGUS_ARRAY_HEADER_FORMAT, VarDescription);
SAME(ndr64_conf_var_bogus_array, NDR64_CONF_VAR_BOGUS_ARRAY_HEADER_FORMAT, OffsetDescription);

SIZE(ndr64_string, NDR64_STRING_HEADER_FORMAT);
SAME(ndr64_string, NDR64_STRING_HEADER_FORMAT, Flags);
SAME(ndr64_string, NDR64_STRING_HEADER_FORMAT, ElementSize);
SIZE(ndr64_fixed_string, NDR64_NON_CONFORMANT_STRING_FORMAT);
SAME(ndr64_fixed_string, NDR64_NON_CONFORMANT_STRING_FORMAT, TotalSize);
SIZE(ndr64_sized_string, NDR64_SIZED_CONFORMANT_STRING_FORMAT);
SAME(ndr64_sized_string, NDR64_SIZED_CONFORMANT_STRING_FORMAT, SizeDescription);

#define TOKEN(ours, sdk) _Static_assert((int)(ours) == (int)(sdk), #sdk)
TOKEN(NDR64_TOKEN_ILLEGAL, FC_EXPR_ILLEGAL);
TOKEN(NDR64_TOKEN_CONST32, FC_EXPR_CONST32);
TOKEN(NDR64_TOKEN_CONST64, FC_EXPR_CONST64);
TOKEN(NDR64_TOKEN_VAR, FC_EXPR_VAR);
TOKEN(NDR64_TOKEN_OPER, FC_EXPR_OPER);
TOKEN(NDR64_TOKEN_NOOP, FC_EXPR_NOOP);
SIZE(ndr64_operator, NDR64_EXPR_OPERATOR);
SAME(ndr64_operator, NDR64_EXPR_OPERATOR, Operator);
SAME(ndr64_operator, NDR64_EXPR_OPERATOR, CastType);
SIZE(ndr64_const32, NDR64_EXPR_CONST32);
SAME(ndr64_const32, NDR64_EXPR_CONST32, ConstValue);
SIZE(ndr64_const64, NDR64_EXPR_CONST64);
SAME(ndr64_const64, NDR64_EXPR_CONST64, ConstValue);
SIZE(ndr64_var, NDR64_EXPR_VAR);
SAME(ndr64_var, NDR64_EXPR_VAR, VarType);
SAME(ndr64_var, NDR64_EXPR_VAR, Offset);
SIZE(ndr64_noop, NDR64_EXPR_NOOP);
SAME(ndr64_noop, NDR64_EXPR_NOOP, Size);

SIZE(ndr64_user_type, NDR64_USER_MARSHAL_FORMAT);
SAME(ndr64_user_type, NDR64_USER_MARSHAL_FORMAT, Flags);
SAME(ndr64_user_type, NDR64_USER_MARSHAL_FORMAT, RoutineIndex);
SAME(ndr64_user_type, NDR64_USER_MARSHAL_FORMAT, TransmittedTypeWireAlignment);
SAME(ndr64_user_type, NDR64_USER_MARSHAL_FORMAT, MemoryAlignment);
SAME(ndr64_user_type, NDR64_USER_MARSHAL_FORMAT, UserTypeMemorySize);
SAME(ndr64_user_type, NDR64_USER_MARSHAL_FORMAT, TransmittedTypeBufferSize);
SAME(ndr64_user_type, NDR64_USER_MARSHAL_FORMAT, TransmittedType);
SIZE(ndr64_user_type, NDR64_TRANSMIT_AS_FORMAT);
SAME(ndr64_user_type, NDR64_TRANSMIT_AS_FORMAT, RoutineIndex);
SAME(ndr64_user_type, NDR64_TRANSMIT_AS_FORMAT, TransmittedType);
SAME_AS(ndr64_user_type, UserTypeMemorySize, NDR64_TRANSMIT_AS_FORMAT, PresentedTypeMemorySize);

SIZE(ndr64_pipe, NDR64_RANGE_PIPE_FORMAT);
SAME(ndr64_pipe, NDR64_RANGE_PIPE_FORMAT, Flags);
SAME(ndr64_pipe, NDR64_RANGE_PIPE_FORMAT, Alignment);
SAME(ndr64_pipe, NDR64_RANGE_PIPE_FORMAT, Type);
SAME(ndr64_pipe, NDR64_RANGE_PIPE_FORMAT, MemorySize);
SAME(ndr64_pipe, NDR64_RANGE_PIPE_FORMAT, BufferSize);
SAME(ndr64_pipe, NDR64_RANGE_PIPE_FORMAT, MinValue);
SAME(ndr64_pipe, NDR64_RANGE_PIPE_FORMAT, MaxValue);
SAME(ndr64_pipe, NDR64_PIPE_FORMAT, BufferSize);
