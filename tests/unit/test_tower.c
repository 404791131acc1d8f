/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Protocol towers: octets from C706 appendix L's tables, and those that Wine's built-in DLL and
 * Windows (after Wine's tests) are seen to make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/wire_test.h"
#include "wire/tower.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Floors 1 and 2: 13 octets of identifier, UUID and major version; 2 of minor version. */
#define NDR "1300 0d 045d888a eb1c c911 9fe808002b104860 0200 0200 0000"
#define SYNTAXES "1300 0d 00dbf1a4 47ca 6710 b31f00dd010662da 0300 0200 0700" NDR
#define CO "0100 0b 0200 0000"
#define CO_WINE "0100 0b 0000"
#define CL "0100 0a 0200 0000"
#define LOCAL "0100 0c 0200 0000"
#define LOCAL_WINE "0100 0c 0000"
#define IP(address) "0100 09 0400" address

static const struct wire_syntax mapi = {
    { 0xa4f1db00, 0xca47, 0x1067, { 0xb3, 0x1f, 0x00, 0xdd, 0x01, 0x06, 0x62, 0xda } }, 3, 7
};

static const struct sample {
    enum tower_protseq protseq;
    const char *endpoint;
    const char *address;
    const char *octets;
    const char *octets_wine; /* what the built-in DLL makes of the same, NULL if it cannot */
} samples[] = {
    { TOWER_NCACN_IP_TCP, "135", "10.0.0.1",
      "0500" SYNTAXES CO "0100 07 0200 0087" IP("0a000001"),
      "0500" SYNTAXES CO_WINE "0100 07 0200 0087" IP("0a000001") },
    { TOWER_NCACN_IP_TCP, "65535", "255.255.255.255",
      "0500" SYNTAXES CO "0100 07 0200 ffff" IP("ffffffff"), NULL },
    { TOWER_NCACN_IP_TCP, "9", "0.0.0.9",
      "0500" SYNTAXES CO "0100 07 0200 0009" IP("00000009"), NULL },
    { TOWER_NCACN_IP_TCP, "0", "0.0.0.0",
      "0500" SYNTAXES CO "0100 07 0200 0000" IP("00000000"),
      "0500" SYNTAXES CO_WINE "0100 07 0200 0000" IP("00000000") },
    { TOWER_NCACN_NP, "\\pipe\\test", "host",
      "0500" SYNTAXES CO "0100 0f 0b00 5c706970655c7465737400" "0100 11 0500 686f737400",
      "0500" SYNTAXES CO_WINE "0100 0f 0b00 5c706970655c7465737400" "0100 11 0500 686f737400" },
    { TOWER_NCACN_NP, "\\pipe\\test", "",
      "0500" SYNTAXES CO "0100 0f 0b00 5c706970655c7465737400" "0100 11 0100 00",
      "0500" SYNTAXES CO_WINE "0100 0f 0b00 5c706970655c7465737400" "0100 11 0100 00" },
    { TOWER_NCACN_NP, "", "",
      "0500" SYNTAXES CO "0100 0f 0100 00" "0100 11 0100 00",
      "0500" SYNTAXES CO_WINE "0100 0f 0100 00" "0100 11 0100 00" },
    { TOWER_NCALRPC, "ep", "",
      "0400" SYNTAXES LOCAL "0100 10 0300 657000",
      "0400" SYNTAXES LOCAL_WINE "0100 10 0300 657000" },
    { TOWER_NCACN_HTTP, "593", "1.2.3.4",
      "0500" SYNTAXES CO "0100 1f 0200 0251" IP("01020304"),
      "0500" SYNTAXES CO_WINE "0100 1f 0200 0251" IP("01020304") },
    { TOWER_NCADG_IP_UDP, "135", "1.2.3.4",
      "0500" SYNTAXES CL "0100 08 0200 0087" IP("01020304"), NULL },
};

static enum tower_result decode(const char *hex, struct tower *tower)
{
    size_t length;
    uint8_t *data = wire_test_octets(hex, &length);
    enum tower_result result = tower_decode(data, length, tower);

    free(data);
    return result;
}

static void check_decode(const struct sample *sample, const char *octets)
{
    struct tower tower;

    assert_int_equal(decode(octets, &tower), TOWER_OK);
    assert_true(wire_syntax_equal(&tower.iface, &mapi));
    assert_true(wire_syntax_equal(&tower.transfer, &wire_syntax_ndr20));
    assert_int_equal(tower.protseq, sample->protseq);
    assert_string_equal(tower.endpoint, sample->endpoint);
    assert_string_equal(tower.address, sample->address);
}

static void test_decode(void **state)
{
    for (unsigned i = 0; i < LENGTH(samples); i++) {
        check_decode(&samples[i], samples[i].octets);
        if (samples[i].octets_wine)
            check_decode(&samples[i], samples[i].octets_wine);
    }
}

/* Windows's tower for MAPI, as in Wine's test_towers(). */
static void test_decode_windows(void **state)
{
    static const struct wire_syntax mapi_0 = {
        { 0xa4f1db00, 0xca47, 0x1067, { 0xb3, 0x1f, 0x00, 0xdd, 0x01, 0x06, 0x62, 0xda } }, 0, 0
    };
    static const char windows[] =
        "050013000d00dbf1a447ca6710b31f00dd010662da000002000000"
        "13000d045d888aeb1cc9119fe808002b10486002000200000001000b02000000"
        "0100070200008701000904000a000001";
    struct tower tower;
    uint8_t built[75], *expected;
    size_t length;

    assert_int_equal(decode(windows, &tower), TOWER_OK);
    assert_true(wire_syntax_equal(&tower.iface, &mapi_0));
    assert_string_equal(tower.endpoint, "135");
    assert_string_equal(tower.address, "10.0.0.1");

    expected = wire_test_octets(windows, &length);
    assert_int_equal(tower_encode(&mapi_0, &wire_syntax_ndr20, TOWER_NCACN_IP_TCP, "135",
                                  "10.0.0.1", built, sizeof(built), &length), TOWER_OK);
    assert_int_equal(length, sizeof(built));
    assert_memory_equal(built, expected, length);
    free(expected);
}

static void test_encode(void **state)
{
    for (unsigned i = 0; i < LENGTH(samples); i++) {
        const struct sample *s = &samples[i];
        size_t expected_length, length;
        uint8_t *expected = wire_test_octets(s->octets, &expected_length);

        assert_int_equal(tower_encode(&mapi, &wire_syntax_ndr20, s->protseq, s->endpoint,
                                      s->address, NULL, 0, &length), TOWER_OK);
        assert_int_equal(length, expected_length);
        for (size_t capacity = 1; capacity <= expected_length; capacity++) {
            uint8_t *built = malloc(capacity);
            enum tower_result result =
                tower_encode(&mapi, &wire_syntax_ndr20, s->protseq, s->endpoint, s->address, built,
                             capacity, &length);

            assert_int_equal(result, capacity < expected_length ? TOWER_NO_SPACE : TOWER_OK);
            if (result == TOWER_OK)
                assert_memory_equal(built, expected, length);
            free(built);
        }
        free(expected);
    }
}

static void encode_and_decode(enum tower_protseq protseq, const char *endpoint, const char *address,
                              struct tower *tower)
{
    uint8_t buffer[2000];
    size_t length;

    assert_int_equal(tower_encode(&mapi, &wire_syntax_ndr20, protseq, endpoint, address, buffer,
                                  sizeof(buffer), &length), TOWER_OK);
    assert_int_equal(tower_decode(buffer, length, tower), TOWER_OK);
}

static void test_encode_odd(void **state)
{
    static const char *const not_quads[] = { NULL,      "",         "localhost", "::1",    "10.0.0",
                                             "1.2.3.4.", "1.2.3.4x", "256.1.1.1", "1..2.3" };
    static const char *const not_ports[] = { "abc", "65536", "99999999999", "1a",
                                             "-1",  " 1",    "1 " };
    char long_name[TOWER_TEXT_MAX + 1];
    struct tower tower;
    size_t length;

    for (unsigned i = 0; i < LENGTH(not_quads); i++) {
        encode_and_decode(TOWER_NCACN_IP_TCP, "135", not_quads[i], &tower);
        assert_string_equal(tower.address, "0.0.0.0");
    }
    for (unsigned i = 0; i < LENGTH(not_ports); i++)
        assert_int_equal(tower_encode(&mapi, &wire_syntax_ndr20, TOWER_NCACN_IP_TCP, not_ports[i],
                                      NULL, NULL, 0, &length), TOWER_BAD_ENDPOINT);
    encode_and_decode(TOWER_NCACN_IP_TCP, NULL, NULL, &tower);
    assert_string_equal(tower.endpoint, "0");
    encode_and_decode(TOWER_NCALRPC, NULL, "ignored", &tower);
    assert_string_equal(tower.endpoint, "");
    assert_string_equal(tower.address, "");

    memset(long_name, 'x', TOWER_TEXT_MAX);
    long_name[TOWER_TEXT_MAX] = 0;
    assert_int_equal(tower_encode(&mapi, &wire_syntax_ndr20, TOWER_NCALRPC, long_name, NULL, NULL,
                                  0, &length), TOWER_TOO_LONG);
    assert_int_equal(tower_encode(&mapi, &wire_syntax_ndr20, TOWER_NCACN_NP, "", long_name, NULL,
                                  0, &length), TOWER_TOO_LONG);
    encode_and_decode(TOWER_NCACN_NP, long_name + 1, long_name + 1, &tower);
    assert_string_equal(tower.endpoint, long_name + 1);
    assert_string_equal(tower.address, long_name + 1);
}

static void test_malformed(void **state)
{
    static const struct {
        const char *octets;
        enum tower_result result;
    } cases[] = {
        { "", TOWER_MALFORMED },
        { "05", TOWER_MALFORMED },
        { "0500", TOWER_MALFORMED },
        { "0000" SYNTAXES CO "0100 07 0200 0087" IP("0a000001"), TOWER_MALFORMED },
        { "0300" SYNTAXES CO, TOWER_MALFORMED },
        /* fewer floors announced than TCP needs */
        { "0400" SYNTAXES CO "0100 07 0200 0087" IP("0a000001"), TOWER_MALFORMED },
        /* a length beyond the end */
        { "0500" SYNTAXES CO "0100 07 0200 0087 0100 09 0500 0a000001", TOWER_MALFORMED },
        { "0500" SYNTAXES CO "0100 07 ffff 0087" IP("0a000001"), TOWER_MALFORMED },
        /* a port of one octet, an address of 16 */
        { "0500" SYNTAXES CO "0100 07 0100 87" IP("0a000001"), TOWER_MALFORMED },
        { "0500" SYNTAXES CO "0100 07 0200 0087 0100 09 1000 00000000000000000000000000000001",
          TOWER_MALFORMED },
        /* a protocol without identifier, the host of another protocol */
        { "0500" SYNTAXES "0000 0200 0000 0100 07 0200 0087" IP("0a000001"), TOWER_MALFORMED },
        { "0500" SYNTAXES CO "0100 07 0200 0087 0100 11 0100 00", TOWER_MALFORMED },
        /* names: empty, without NUL, with a NUL inside */
        { "0400" SYNTAXES LOCAL "0100 10 0000", TOWER_MALFORMED },
        { "0400" SYNTAXES LOCAL "0100 10 0200 6570", TOWER_MALFORMED },
        { "0400" SYNTAXES LOCAL "0100 10 0400 65007000", TOWER_MALFORMED },
        /* DECnet; a datagram protocol over TCP */
        { "0500" SYNTAXES CO "0100 02 0200 0087 0100 03 0100 00", TOWER_UNKNOWN_PROTOCOL },
        { "0500" SYNTAXES CL "0100 07 0200 0087" IP("0a000001"), TOWER_UNKNOWN_PROTOCOL },
        /* syntaxes: another identifier, a UUID too short or too long, a minor version of three
         * octets */
        { "0400" "1300 0c 00dbf1a4 47ca 6710 b31f00dd010662da 0300 0200 0700" NDR LOCAL
          "0100 10 0300 657000", TOWER_MALFORMED },
        { "0400" "1200 0d 00dbf1a4 47ca 6710 b31f00dd010662 0300 0200 0700" NDR LOCAL
          "0100 10 0300 657000", TOWER_MALFORMED },
        { "0400" "1400 0d 00dbf1a4 47ca 6710 b31f00dd010662dada 0300 0200 0700" NDR LOCAL
          "0100 10 0300 657000", TOWER_MALFORMED },
        { "0400" "1300 0d 00dbf1a4 47ca 6710 b31f00dd010662da 0300 0300 070000" NDR LOCAL
          "0100 10 0300 657000", TOWER_MALFORMED },
    };
    struct tower tower;

    for (unsigned i = 0; i < LENGTH(cases); i++)
        assert_int_equal(decode(cases[i].octets, &tower), cases[i].result);
}

/* A name that struct tower has no room for. */
static void test_long_name(void **state)
{
    static const char start[] = "0400" SYNTAXES LOCAL "0100 10 0102";
    uint8_t data[TOWER_TEXT_MAX + 200], *octets;
    struct tower tower;
    size_t length;

    octets = wire_test_octets(start, &length);
    memcpy(data, octets, length);
    free(octets);
    memset(data + length, 'x', TOWER_TEXT_MAX);
    data[length + TOWER_TEXT_MAX] = 0;
    assert_int_equal(tower_decode(data, length + TOWER_TEXT_MAX + 1, &tower), TOWER_TOO_LONG);
    data[length - 2] = 0;
    data[length + TOWER_TEXT_MAX - 1] = 0;
    assert_int_equal(tower_decode(data, length + TOWER_TEXT_MAX, &tower), TOWER_OK);
    assert_int_equal(strlen(tower.endpoint), TOWER_TEXT_MAX - 1);
}

static void test_truncated(void **state)
{
    for (unsigned i = 0; i < LENGTH(samples); i++) {
        size_t length;
        uint8_t *data = wire_test_octets(samples[i].octets, &length);

        for (size_t cut = 0; cut < length; cut++) {
            uint8_t *copy = malloc(cut ? cut : 1);
            struct tower tower;

            memcpy(copy, data, cut);
            assert_int_equal(tower_decode(copy, cut, &tower), TOWER_MALFORMED);
            free(copy);
        }
        free(data);
    }
}

static void test_mutated(void **state)
{
    uint32_t random = 4711;

    for (unsigned i = 0; i < LENGTH(samples) * 5000; i++) {
        size_t length;
        uint8_t *data = wire_test_octets(samples[i % LENGTH(samples)].octets, &length);
        struct tower tower;

        for (unsigned j = wire_test_random(&random) % 3 + 1; j; j--)
            data[wire_test_random(&random) % length] = (uint8_t)wire_test_random(&random);
        if (tower_decode(data, length, &tower) == TOWER_OK) {
            assert_true(strlen(tower.endpoint) < TOWER_TEXT_MAX);
            assert_true(strlen(tower.address) < TOWER_TEXT_MAX);
        }
        free(data);
    }
}

static void test_protseqs(void **state)
{
    static const char *const names[] = { "ncacn_ip_tcp", "ncacn_np", "ncalrpc", "ncacn_http",
                                         "ncadg_ip_udp" };
    enum tower_protseq protseq;

    for (unsigned i = 0; i < TOWER_PROTSEQ_COUNT; i++) {
        assert_string_equal(tower_protseq_name((enum tower_protseq)i), names[i]);
        assert_true(tower_protseq_find(names[i], &protseq));
        assert_int_equal(protseq, i);
    }
    assert_true(tower_protseq_find("NCACN_NP", &protseq));
    assert_int_equal(protseq, TOWER_NCACN_NP);
    assert_false(tower_protseq_find("ncacn_npx", &protseq));
    assert_false(tower_protseq_find("ncacn_n", &protseq));
    assert_false(tower_protseq_find("", &protseq));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),      cmocka_unit_test(test_decode_windows),
        cmocka_unit_test(test_encode),      cmocka_unit_test(test_encode_odd),
        cmocka_unit_test(test_malformed),   cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_mutated),     cmocka_unit_test(test_protseqs),
        cmocka_unit_test(test_long_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
