/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The security context of one connection, client's or server's side: building it with the peer, leg
 * by leg, then signing, sealing and verifying fragments. [MS-RPCE] 3.3.1.5.2, C706 chapter 13.
 *
 * A connection owns its context. Legs and verifying belong to the thread that receives, signing to
 * the one that sends; SSPI allows the two at the same time. security_context_name() and
 * impersonation may be called from any thread while the connection is referenced. */
#ifndef RPCRT4_SECURITY_CONTEXT_H
#define RPCRT4_SECURITY_CONTEXT_H

#include "security/auth_info.h"
#include "wire/pdu.h"

struct security_context {
    struct pdu_auth_room room; /* what each protected fragment's trailer says, and how long it is */
    bool header_signing;       /* both sides offered PFC_SUPPORT_HEADER_SIGN */
    bool established;
    struct auth_info *info;    /* client; referenced */
    const CredHandle *credentials;
    uint32_t max_token;
    bool has_context;
    CtxtHandle context;
    SRWLOCK lock;
    WCHAR *name; /* of the client, once asked for; under the lock */
};

/* A client's, for the credentials and settings of `info`. NULL: no memory. */
struct security_context *security_context_create_client(struct auth_info *info);
/* A server's, for what a client's first trailer asks for; credentials: alive as long as the context.
 * RPC_S_UNSUPPORTED_AUTHN_LEVEL, RPC_S_OUT_OF_MEMORY */
RPC_STATUS security_context_create_server(const struct pdu_auth *asked, const CredHandle *credentials,
                                          uint32_t max_token, struct security_context **context);
void security_context_free(struct security_context *context); /* NULL is allowed */

/* One more leg: takes the peer's token (none in a client's first leg) and gives the answer to it.
 * May block. RPC_S_OK: token holds what to send, if its length is not 0 (free it with
 * rpc_free()); `established` says whether this side is done. Anything else: the peers do not
 * agree, or the package has failed. */
struct security_token {
    uint8_t *data;
    uint32_t length;
};
RPC_STATUS security_context_step(struct security_context *context, const uint8_t *in, uint32_t length,
                                 struct security_token *token);

/* Is each request and response signed or sealed? */
bool security_context_protects(const struct security_context *context);
/* Signs or seals a built fragment in place: its trailer's value gets its content. RPC_S_SEC_PKG_ERROR */
RPC_STATUS security_context_protect(struct security_context *context, uint8_t *fragment, size_t length);
/* Verifies, and unseals in place. RPC_S_ACCESS_DENIED: it has no trailer, or another context's;
 * RPC_S_SEC_PKG_ERROR: it is forged, altered, or has come before */
RPC_STATUS security_context_unprotect(struct security_context *context, const struct pdu_header *header,
                                      uint8_t *fragment);

/* Server: the client's name, the context's own; NULL where the package does not tell. */
const WCHAR *security_context_name(struct security_context *context);
/* Server: the calling thread takes the client's identity, and gives it up.
 * RPC_S_NO_CONTEXT_AVAILABLE */
RPC_STATUS security_context_impersonate(struct security_context *context);
RPC_STATUS security_context_revert(struct security_context *context);

#endif
