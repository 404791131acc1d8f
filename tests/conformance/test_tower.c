/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Towers made and taken apart. What a tower may look like is tested in unit/test_tower. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <windows.h>
#include <rpc.h>
#include <rpcdcep.h>
#include <cmocka.h>

#include "heap_blocks.h"

struct twr {
    unsigned int length;
    unsigned char octets[1];
};

RPC_STATUS WINAPI TowerConstruct(const RPC_SYNTAX_IDENTIFIER *iface,
                                 const RPC_SYNTAX_IDENTIFIER *transfer, const char *protseq,
                                 const char *endpoint, const char *address, struct twr **tower);
RPC_STATUS WINAPI TowerExplode(const struct twr *tower, RPC_SYNTAX_IDENTIFIER *iface,
                               RPC_SYNTAX_IDENTIFIER *transfer, char **protseq, char **endpoint,
                               char **address);

static const RPC_SYNTAX_IDENTIFIER iface = {
    {0xa4f1db00, 0xca47, 0x1067, {0xb3, 0x1f, 0x00, 0xdd, 0x01, 0x06, 0x62, 0xda}}, {3, 4}};
static const RPC_SYNTAX_IDENTIFIER ndr = {
    {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}};

static void check_round_trip(const char *protseq, const char *endpoint, const char *address,
                             const char *endpoint_back, const char *address_back)
{
    char *protseq_text = NULL, *endpoint_text = NULL, *address_text = NULL;
    RPC_SYNTAX_IDENTIFIER iface_back, ndr_back;
    struct twr *tower = NULL;

    assert_int_equal(TowerConstruct(&iface, &ndr, protseq, endpoint, address, &tower), RPC_S_OK);
    assert_int_equal(TowerExplode(tower, &iface_back, &ndr_back, &protseq_text, &endpoint_text,
                                  &address_text),
                     RPC_S_OK);
    assert_memory_equal(&iface_back, &iface, sizeof(iface));
    assert_memory_equal(&ndr_back, &ndr, sizeof(ndr));
    assert_string_equal(protseq_text, protseq);
    assert_string_equal(endpoint_text, endpoint_back);
    assert_string_equal(address_text, address_back);
    assert_int_equal(TowerExplode(tower, NULL, NULL, NULL, NULL, NULL), RPC_S_OK);
    I_RpcFree(protseq_text);
    I_RpcFree(endpoint_text);
    I_RpcFree(address_text);
    I_RpcFree(tower);
}

static void test_round_trips(void **state)
{
    check_round_trip("ncacn_ip_tcp", "135", "10.0.0.1", "135", "10.0.0.1");
    check_round_trip("ncacn_ip_tcp", "135", "localhost", "135", "0.0.0.0");
    check_round_trip("ncacn_np", "\\pipe\\test", NULL, "\\pipe\\test", "");
    check_round_trip("ncalrpc", "name", NULL, "name", "");
    assert_leaves_nothing(check_round_trip("ncacn_ip_tcp", "1", "1.2.3.4", "1", "1.2.3.4"));
}

static void test_construct_errors(void **state)
{
    struct twr *tower = (struct twr *)1;

    assert_int_equal(TowerConstruct(&iface, &ndr, "foo", "1", NULL, &tower),
                     RPC_S_INVALID_RPC_PROTSEQ);
    assert_null(tower);
    assert_int_equal(TowerConstruct(&iface, &ndr, "ncacn_ip_tcp", "x", NULL, &tower),
                     RPC_S_INVALID_ENDPOINT_FORMAT);
    assert_null(tower);
    assert_int_equal(TowerConstruct(NULL, &ndr, "ncalrpc", "x", NULL, &tower), RPC_S_INVALID_ARG);
    assert_int_equal(TowerConstruct(&iface, NULL, "ncalrpc", "x", NULL, &tower), RPC_S_INVALID_ARG);
    assert_int_equal(TowerConstruct(&iface, &ndr, NULL, "x", NULL, &tower), RPC_S_INVALID_ARG);
    assert_int_equal(TowerConstruct(&iface, &ndr, "ncalrpc", "x", NULL, NULL), RPC_S_INVALID_ARG);
}

/* Every tower that is cut short, and every one with one octet changed. */
static void test_explode_rubbish(void **state)
{
    char *protseq, *endpoint, *address;
    unsigned int length;
    struct twr *tower;

    assert_int_equal(TowerConstruct(&iface, &ndr, "ncacn_ip_tcp", "135", "10.0.0.1", &tower),
                     RPC_S_OK);
    length = tower->length;
    for (tower->length = 0; tower->length < length; tower->length++) {
        protseq = endpoint = address = (char *)1;
        assert_int_not_equal(TowerExplode(tower, NULL, NULL, &protseq, &endpoint, &address),
                             RPC_S_OK);
        assert_null(protseq);
        assert_null(endpoint);
        assert_null(address);
    }
    for (unsigned int i = 0; i < length; i++) {
        tower->octets[i] ^= 0xff;
        if (TowerExplode(tower, NULL, NULL, &protseq, &endpoint, &address) == RPC_S_OK) {
            I_RpcFree(protseq);
            I_RpcFree(endpoint);
            I_RpcFree(address);
        }
        tower->octets[i] ^= 0xff;
    }
    I_RpcFree(tower);
    assert_int_equal(TowerExplode(NULL, NULL, NULL, NULL, NULL, NULL), RPC_S_INVALID_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_construct_errors),
        cmocka_unit_test(test_explode_rubbish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
