/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A security package of the tests' own, so that authentication can be tested where no NTLM or
 * Kerberos is: it proves nothing, but needs as many legs as those do, keeps its credentials,
 * contexts and sequence numbers apart, and refuses what has been altered. It lives in the program
 * that links it, which the system loads as a security provider. */
#ifndef RPCRT4_TESTS_TEST_PACKAGE_H
#define RPCRT4_TESTS_TEST_PACKAGE_H

#include <stdbool.h>
#include <stdint.h>
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

/* Authentication services: the number of legs differs. */
enum {
    TEST_TWO_LEGS = 92,   /* bind, bind_ack */
    TEST_THREE_LEGS = 93, /* bind, bind_ack, auth3: as NTLM */
    TEST_FOUR_LEGS = 94,  /* bind, bind_ack, alter_context, alter_context_resp: as Negotiate */
    TEST_BROKEN = 95,     /* as two legs, but it can neither sign nor seal */
    TEST_UNREGISTERED = 96, /* as two legs, but no test's server registers it */
};

#define TEST_PASSWORD "open sesame" /* every user's */
#define TEST_SIGNATURE 16           /* octets, when signed … */
#define TEST_TRAILER 28             /* … and when sealed */

/* Makes the system look for security packages in this program. To be called before anything loads
 * secur32; with the built-in rpcrt4, before the program is started (from another one). */
bool test_package_install(void);

/* For peers that do without the package: its tokens … */
#define TEST_MAGIC 0x54535454u
struct test_token {
    uint32_t magic, leg, key, flags;
    char user[64], password[64];
};
/* … and its signature of a body, if header signing has not been agreed on. */
void test_package_sign(uint32_t key, bool from_server, uint32_t sequence, const void *body, size_t length,
                       uint8_t signature[TEST_SIGNATURE]);

/* Of this process, at this moment. */
unsigned test_package_credentials(void);
unsigned test_package_contexts(void);

#endif
