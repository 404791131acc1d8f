# SPDX-License-Identifier: LGPL-2.1-or-later
"""What to do for each procedure, and the IDL text that makes widl compute it.

An asynchronous procedure gets a first parameter of the size of a pointer, so that widl counts the asynchronous handle
in every stack offset; procformat and stubs turn it into the handle. A return type for which widl makes no interpreted
stub (float and double; on i386 also hyper) is replaced by an integer, and put back into its output.
"""
from dataclasses import dataclass

from .idl import find_attribute
from .procformat import FC_FLOAT
from .lexer import IdlError
from .serialize import ATTRIBUTES as SERIALIZING
from .serialize import acf_typedef, check_interface, check_mixture, implicit_handle
from .pipes import parameter_pipes, pipes_of, rewrite_async_parameters, rewrite_declarations

# Interfaces that are not called through RPC stubs, and procedures that cannot be combined with [async].
NOT_RPC_INTERFACES = ('object', 'odl', 'dual', 'local')
NOT_ASYNC_PROCEDURES = ('local', 'call_as', 'callback', 'encode', 'decode', 'broadcast', 'maybe', 'message')

# ACF attributes that mean nothing to -Oicf stubs, or that widl-async itself deals with.
ACF_PROCEDURE_ATTRIBUTES = ('async', 'code', 'optimize', 'comm_status', 'fault_status', 'explicit_handle', 'notify',
                            'notify_flag') + SERIALIZING
ACF_PARAMETER_ATTRIBUTES = ('comm_status', 'fault_status')
# ACF attributes of interfaces: those that widl takes in the IDL, and those that it takes in an ACF.
ACF_HANDLE_ATTRIBUTES = ('auto_handle', 'implicit_handle', 'explicit_handle')
ACF_WIDL_ATTRIBUTES = ('allocate',)


@dataclass
class Plan:
    """What is special about one procedure."""
    interface: str
    procedure: object       # idl.Procedure
    is_async: bool
    returned: int = 0       # the format character of a return type that has been replaced
    encode: bool = False
    decode: bool = False
    implicit_handle: str = ''   # the variable's name
    prefix: str = ''            # of the client's function
    pipes: dict = None      # parameter name: the token of its pipe type
    notify: str = ''            # 'notify', 'notify_flag'
    notify_routine: str = ''    # its name
    notify_index: int = 0       # in the interface's table
    comm_status: str = None     # the parameter's name, '' for the returned value
    fault_status: str = None

    @property
    def name(self):
        return self.procedure.name.text

    @property
    def place(self):
        return self.procedure.name.place

    @property
    def handle_name(self):
        return f'{self.name}_AsyncHandle'

    @property
    def is_serialized(self):
        return self.encode or self.decode

    def serialization_handle(self, function):
        """The handle that the client's function passes on. `function` is widl's text of it."""
        for parameter in self.procedure.parameters:
            if any(token.text == 'handle_t' for token in parameter.tokens):
                return parameter.name
        if 'handle_t IDL_handle' in function:
            return 'IDL_handle'
        if not self.implicit_handle:
            raise IdlError(self.place, f'procedure {self.name} has no handle')
        return self.implicit_handle

    @property
    def has_status(self):
        return self.comm_status is not None or self.fault_status is not None


def check_acf(interfaces, acf):
    """The interfaces of the ACF by name, once everything in it is known to be understood and to exist."""
    by_name = {interface.name.text: interface for interface in interfaces}
    for acf_interface in acf.interfaces:
        name = acf_interface.name
        if name.text not in by_name:
            raise IdlError(name.place, f'interface {name.text} is not in the IDL file')
        for attribute in acf_interface.attributes:
            if attribute.name not in ACF_HANDLE_ATTRIBUTES + ACF_WIDL_ATTRIBUTES + SERIALIZING + ('async', 'code'):
                raise IdlError(attribute.place, f'[{attribute.name}] is not supported for an interface')
        procedures = {procedure.name.text: procedure for procedure in by_name[name.text].procedures}
        for acf_procedure in acf_interface.procedures:
            check_acf_procedure(acf_procedure, procedures, name.text)
    return {interface.name.text: interface for interface in acf.interfaces}


def check_acf_procedure(acf_procedure, procedures, interface_name):
    name = acf_procedure.name
    if name.text not in procedures:
        raise IdlError(name.place, f'interface {interface_name} has no procedure {name.text}')
    for attribute in acf_procedure.attributes:
        if attribute.name not in ACF_PROCEDURE_ATTRIBUTES:
            raise IdlError(attribute.place, f'[{attribute.name}] is not supported for a procedure')
    parameters = [parameter.name for parameter in procedures[name.text].parameters]
    for parameter, attributes in acf_procedure.parameters:
        if parameter.text not in parameters:
            raise IdlError(parameter.place, f'procedure {name.text} has no parameter {parameter.text}')
        for attribute in attributes:
            if attribute.name not in ACF_PARAMETER_ATTRIBUTES:
                raise IdlError(attribute.place, f'[{attribute.name}] is not supported for a parameter')


def check_async(attribute, interface, procedure, attributes):
    """Raises an error where a procedure with these attributes cannot be asynchronous."""
    bad = find_attribute(interface.attributes, *NOT_RPC_INTERFACES)
    if bad:
        raise IdlError(attribute.place, f'[async] does not apply to interface {interface.name.text}, '
                       f'which is [{bad.name}]')
    bad = find_attribute(attributes, *NOT_ASYNC_PROCEDURES)
    if bad:
        raise IdlError(attribute.place, f'[async] and [{bad.name}] exclude each other')
    handle_name = f'{procedure.name.text}_AsyncHandle'
    if any(parameter.name == handle_name for parameter in procedure.parameters):
        raise IdlError(procedure.name.place, f'the name {handle_name} is reserved for the asynchronous handle')


def check_procedure(procedure):
    """Raises an error for what widl takes but translates wrongly."""
    if find_attribute(procedure.attributes, 'local'):
        raise IdlError(procedure.name.place, '[local] procedures need a [local] interface of their own')
    handles = [parameter for parameter in procedure.parameters
               if any(token.text == 'handle_t' for token in parameter.tokens)]
    if any(token.text in '*[' for parameter in handles for token in parameter.tokens):
        raise IdlError(procedure.name.place, f'procedure {procedure.name.text}: a handle_t must be passed by value')
    if len(handles) > 1:
        raise IdlError(procedure.name.place, f'procedure {procedure.name.text} has more than one handle_t')


def find_status(name, attributes, parameters):
    """The parameter with attribute `name` ('' for the returned value), or None."""
    if find_attribute(attributes, name):
        return ''
    return next((parameter for parameter, attributes in parameters if find_attribute(attributes, name)), None)


def make_plan(interface, procedure, acf_interface):
    """The plan for a procedure, or None for one that RPC stubs have nothing to do with."""
    acf_attributes, acf_parameters = [], []
    for acf_procedure in acf_interface.procedures if acf_interface else []:
        if acf_procedure.name.text == procedure.name.text:
            acf_attributes += acf_procedure.attributes
            acf_parameters += [(token.text, attributes) for token, attributes in acf_procedure.parameters]
    own = acf_attributes + procedure.attributes
    asynchronous = find_attribute(own, 'async')
    of_interface = interface.attributes + (acf_interface.attributes if acf_interface else [])
    asynchronous = asynchronous or find_attribute(of_interface, 'async')
    if asynchronous:
        check_async(asynchronous, interface, procedure, own)
    if find_attribute(interface.attributes, *NOT_RPC_INTERFACES):
        return None
    if interface.base:
        raise IdlError(interface.base.place, f'interface {interface.name.text} is not [object] and cannot derive from '
                       'another: widl would make a COM interface of it')
    check_procedure(procedure)
    parameters = acf_parameters + [(parameter.name, parameter.attributes) for parameter in procedure.parameters]
    plan = Plan(interface.name.text, procedure, asynchronous is not None)
    serializing = find_attribute(own + of_interface, *SERIALIZING)
    if serializing:
        check_interface(serializing, interface, of_interface)
        plan.encode = find_attribute(own + of_interface, 'encode') is not None
        plan.decode = find_attribute(own + of_interface, 'decode') is not None
        plan.implicit_handle = implicit_handle(of_interface)
    notify = find_attribute(own, 'notify', 'notify_flag')
    if notify:
        plan.notify, plan.notify_routine = notify.name, f'{procedure.name.text}_{notify.name}'
    plan.comm_status = find_status('comm_status', own, parameters)
    plan.fault_status = find_status('fault_status', own, parameters)
    return plan


def check_interfaces(interfaces):
    """Raises an error for what widl takes but translates wrongly."""
    after = None
    for interface in interfaces:
        if find_attribute(interface.attributes, *NOT_RPC_INTERFACES):
            after = interface.name.text if find_attribute(interface.attributes, 'object') else after
        elif after:
            raise IdlError(interface.name.place, f'interface {interface.name.text} must stand before {after}, which is '
                           '[object]: widl writes no client stubs after it')


def number_notify_routines(plans):
    counts = {}
    for plan in plans:
        if plan.notify:
            plan.notify_index = counts.get(plan.interface, 0)
            counts[plan.interface] = plan.notify_index + 1


def make_plans(interfaces, acf):
    check_interfaces(interfaces)
    acf_interfaces = check_acf(interfaces, acf)
    plans = [make_plan(interface, procedure, acf_interfaces.get(interface.name.text))
             for interface in interfaces for procedure in interface.procedures]
    plans = [plan for plan in plans if plan]
    check_mixture(plans)
    pipes = pipes_of(interfaces)
    for plan in plans:
        plan.pipes = parameter_pipes(plan.procedure, pipes)
        if plan.pipes and plan.is_serialized:
            raise IdlError(plan.place, f'procedure {plan.name} has pipes and cannot be serialized')
    number_notify_routines(plans)
    return plans


def check_plain(plans, pickled, stubs):
    """Raises an error for what only -Oicf stubs can do."""
    for plan in plans:
        if plan.is_async or plan.is_serialized or plan.has_status or plan.pipes or plan.notify:
            raise IdlError(plan.place, f'procedure {plan.name} needs an -Oicf stub, not -O{stubs}')
    for each in pickled:
        raise IdlError(each.name.place, f'type {each.name.text} needs -Oicf stubs, not -O{stubs}')


def async_pipe_names(plans):
    """The names of the pipe types that asynchronous procedures use."""
    return {token.text for plan in plans if plan.is_async for token in plan.pipes.values()}


class Edits:
    """Replacements of parts of a text, made all at once."""

    def __init__(self, text):
        self.text = text
        self.edits = []

    def replace(self, start, end, replacement):
        self.edits.append((start, end, replacement))

    def change_attributes(self, attribute_list, added=()):
        """Takes [async], [encode], [decode] and [notify] out of an attribute list, and puts others in."""
        kept = [attribute for attribute in attribute_list.attributes
                if attribute.name not in ('async', 'notify', 'notify_flag') + SERIALIZING]
        if len(kept) == len(attribute_list.attributes) and not added:
            return
        parts = [self.text[attribute.tokens[0].start:attribute.tokens[-1].end] for attribute in kept] + list(added)
        self.replace(attribute_list.start, attribute_list.end, f'[{", ".join(parts)}]' if parts else '')

    def result(self):
        parts, position = [], 0
        for start, end, replacement in sorted(self.edits):
            parts += [self.text[position:start], replacement]
            position = end
        return ''.join(parts) + self.text[position:]


def handle_type(arch):
    """The type, to widl, of the parameter that stands for the asynchronous handle."""
    return 'hyper' if arch == 'x86_64' else 'long'


def rewrite_procedure(edits, plan, arch, added_parameters):
    procedure = plan.procedure
    parameters = [f'[in] {handle_type(arch)} {plan.handle_name}', *added_parameters]
    if procedure.parameters:
        parameters.append('')
        edits.replace(procedure.parameters_start, procedure.parameters_start, ', '.join(parameters))
    else:
        edits.replace(procedure.parameters_start, procedure.parameters_end, ', '.join(parameters))
    if plan.returned:
        edits.replace(procedure.return_type[0].start, procedure.return_type[-1].end,
                      'long' if plan.returned == FC_FLOAT else handle_type(arch))


def handle_attributes(acf_interface):
    """The texts of the ACF's interface attributes that say where binding handles come from."""
    attributes = acf_interface.attributes if acf_interface else []
    return [' '.join(token.text for token in attribute.tokens)
            for attribute in attributes if attribute.name in ACF_HANDLE_ATTRIBUTES]


def rewrite_idl(text, interfaces, acf, plans, arch, implied_handles, pickled=(), without_serialized=False):
    """The IDL text for widl. `implied_handles` names the asynchronous procedures that get their handle_t from
    [explicit_handle]: widl would put it before the parameter for the asynchronous handle. For each type in `pickled` a
    procedure is put in; `without_serialized` leaves out those that are not remote."""
    edits = Edits(text)
    acf_interfaces = {interface.name.text: interface for interface in acf.interfaces}
    left_out = [plan.procedure for plan in plans if plan.is_serialized and without_serialized]
    for interface in interfaces:
        added = handle_attributes(acf_interfaces.get(interface.name.text))
        for attribute_list in interface.attribute_lists:
            edits.change_attributes(attribute_list, added)
            added = ()
        for declaration in interface.procedures + interface.typedefs:
            if without_serialized and declaration in left_out:
                continue
            for attribute_list in declaration.attribute_lists:
                edits.change_attributes(attribute_list)
        added = ''.join(each.declaration for each in pickled if each.interface == interface.name.text)
        edits.replace(interface.body_end, interface.body_end, added)
    for procedure in left_out:
        edits.replace(procedure.start, procedure.end, '')
    rewrite_declarations(edits, interfaces, async_pipe_names(plans), arch)
    for plan in plans:
        if plan.is_async:
            rewrite_async_parameters(edits, plan.procedure, plan.pipes)
            implied = ['[in] handle_t IDL_handle'] if plan.name in implied_handles else []
            rewrite_procedure(edits, plan, arch, implied)
    includes = ''.join(f'cpp_quote("#include \\"{token.text[1:-1]}\\"")\n' for token in acf.includes)
    return includes + edits.result()


def residual_typedef(attributes, names):
    kept = [' '.join(token.text for token in attribute.tokens)
            for attribute in attributes if attribute.name not in SERIALIZING]
    return f'typedef [{", ".join(kept)}] {", ".join(name.text for name in names)};' if kept else ''


def residual_acf(acf):
    """What widl understands of an ACF and has to be told: [allocate] of interfaces and typedefs."""
    parts = []
    for interface in acf.interfaces:
        attributes = [' '.join(token.text for token in attribute.tokens)
                      for attribute in interface.attributes if attribute.name in ACF_WIDL_ATTRIBUTES]
        typedefs = [residual_typedef(*acf_typedef(statement)) for statement in interface.typedefs]
        typedefs = [text for text in typedefs if text]
        if attributes or typedefs:
            head = f'[{", ".join(attributes)}] ' if attributes else ''
            parts.append(f'{head}interface {interface.name.text}\n{{\n' + '\n'.join(typedefs) + '\n}\n')
    return ''.join(parts)
