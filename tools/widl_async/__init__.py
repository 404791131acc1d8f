# SPDX-License-Identifier: LGPL-2.1-or-later
"""The parts of tools/widl-async: widl as it is, made to understand [async] and to put on the wire what MIDL does.

lexer       tokens of preprocessed IDL and ACF text, with their places
idl         interfaces and procedures of an IDL file
acf         the attributes of an ACF file
rewrite     the IDL text that widl is given
procformat  the procedure format string that it writes
serialize   types and procedures with [encode] and [decode]
stubs       the C text around it
cli         the command
"""
