/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* String bindings: the examples of the SDK documentation ("String Binding"), Wine's tests, every
 * escape and option rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/wire_test.h"
#include "wire/string_binding.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define OBJECT u"308FB580-1EB2-11CA-923B-08002B1075A7"

static size_t text_length(const uint16_t *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

static void assert_text(const uint16_t *text, const uint16_t *expected)
{
    assert_non_null(text);
    assert_int_equal(text_length(text), text_length(expected));
    assert_memory_equal(text, expected, text_length(expected) * sizeof(*text));
}

/* Parses an exactly allocated copy into exactly allocated work space, which the caller frees. */
static enum string_binding_result parse_units(const uint16_t *text, size_t length, uint16_t **work,
                                              struct string_binding *parts)
{
    size_t work_length = STRING_BINDING_WORK(length);
    uint16_t *copy = malloc(length ? length * sizeof(*copy) : 1);
    enum string_binding_result result;

    memcpy(copy, text, length * sizeof(*copy));
    *work = malloc(work_length * sizeof(**work));
    assert_int_equal(string_binding_parse(copy, length, *work, work_length - 1, parts),
                     STRING_BINDING_NO_SPACE);
    result = string_binding_parse(copy, length, *work, work_length, parts);
    free(copy);
    return result;
}

static const struct sample {
    const uint16_t *text;
    const uint16_t *object, *protseq, *address, *endpoint, *options;
} samples[] = {
    /* the documentation's examples */
    { OBJECT u"@ncadg_mq:mymqserver", OBJECT, u"ncadg_mq", u"mymqserver", u"", u"" },
    { OBJECT u"@ncacn_http:major7.microsoft.com[2225]", OBJECT, u"ncacn_http",
      u"major7.microsoft.com", u"2225", u"" },
    { OBJECT u"@ncacn_http:major7.microsoft.com[,HttpProxy=proxysvr:80,RpcProxy=websvr1:80,"
      u"HttpConnectOption=UseHttpProxy]", OBJECT, u"ncacn_http", u"major7.microsoft.com", u"",
      u"HttpProxy=proxysvr:80,RpcProxy=websvr1:80,HttpConnectOption=UseHttpProxy" },
    { OBJECT u"@ncacn_ip_tcp:16.20.16.27[2001]", OBJECT, u"ncacn_ip_tcp", u"16.20.16.27", u"2001",
      u"" },
    { OBJECT u"@ncacn_ip_tcp:16.20.16.27[endpoint=2001]", OBJECT, u"ncacn_ip_tcp", u"16.20.16.27",
      u"2001", u"" },
    { OBJECT u"@ncacn_np:", OBJECT, u"ncacn_np", u"", u"", u"" },
    { OBJECT u"@ncacn_np:[\\\\pipe\\\\p3,Security=impersonation static true]", OBJECT, u"ncacn_np",
      u"", u"\\pipe\\p3", u"Security=impersonation static true" },
    { OBJECT u"@ncacn_np:\\\\\\\\marketing[\\\\pipe\\\\p2\\\\p3\\\\p4]", OBJECT, u"ncacn_np",
      u"\\\\marketing", u"\\pipe\\p2\\p3\\p4", u"" },
    { OBJECT u"@ncacn_np:\\\\\\\\marketing[endpoint=\\\\pipe\\\\p2\\\\p3\\\\p4]", OBJECT,
      u"ncacn_np", u"\\\\marketing", u"\\pipe\\p2\\p3\\p4", u"" },
    { OBJECT u"@ncalrpc:[object1_name_demonstrating_that_these_can_be_lengthy]", OBJECT, u"ncalrpc",
      u"", u"object1_name_demonstrating_that_these_can_be_lengthy", u"" },
    { OBJECT u"@ncalrpc:[object2_name,Security=anonymous static true]", OBJECT, u"ncalrpc", u"",
      u"object2_name", u"Security=anonymous static true" },
    { OBJECT u"@ncacn_vns_spp:server@group@org[500]", OBJECT, u"ncacn_vns_spp",
      u"server@group@org", u"500", u"" },
    { OBJECT u"@ncacn_spx:~0000000108002B30612C", OBJECT, u"ncacn_spx", u"~0000000108002B30612C",
      u"", u"" },
    /* Wine's test_RpcStringBindingParseA */
    { u"00000000-0000-0000-c000-000000000046@ncacn_np:.[endpoint=\\pipe\\test]",
      u"00000000-0000-0000-c000-000000000046", u"ncacn_np", u".", u"pipetest", u"" },
    { u"00000000-0000-0000-c000-000000000046@ncacn_np:.[\\pipe\\test]",
      u"00000000-0000-0000-c000-000000000046", u"ncacn_np", u".", u"pipetest", u"" },
    { u"00000000-0000-0000-c000-000000000046@ncacn_np:.[endpoint=test]",
      u"00000000-0000-0000-c000-000000000046", u"ncacn_np", u".", u"test", u"" },
    /* what may be left out */
    { u"ncalrpc:", u"", u"ncalrpc", u"", u"", u"" },
    { u"ncalrpc:[]", u"", u"ncalrpc", u"", u"", u"" },
    { u"ncalrpc:[endpoint=]", u"", u"ncalrpc", u"", u"", u"" },
    { u"ncacn_ip_tcp:h[1,]", u"", u"ncacn_ip_tcp", u"h", u"1", u"" },
    { u"ncacn_np:x[security=anonymous static true]", u"", u"ncacn_np", u"x", u"",
      u"security=anonymous static true" },
    /* options: order, case, values that hold '=' or nothing */
    { u"p:[a=b,endpoint=e,c=d]", u"", u"p", u"", u"e", u"a=b,c=d" },
    { u"p:[a=b,c=d,ENDPOINT=e]", u"", u"p", u"", u"e", u"a=b,c=d" },
    { u"p:[,endpoint=e]", u"", u"p", u"", u"e", u"" },
    { u"p:[e,a=b=c,d=]", u"", u"p", u"", u"e", u"a=b=c,d=" },
    { u"p:[endpoints=e]", u"", u"p", u"", u"", u"endpoints=e" },
    /* colons and '@' in an address */
    { u"ncacn_ip_tcp:fe80::1%2[135]", u"", u"ncacn_ip_tcp", u"fe80::1%2", u"135", u"" },
    { u"ncacn_http:somesvr@anywhere.com", u"", u"ncacn_http", u"somesvr@anywhere.com", u"", u"" },
    /* escapes, in every field */
    { u"308FB580-1EB2-11CA-923B-08002B1075A\\7@n\\cacn_np:", OBJECT, u"ncacn_np", u"", u"", u"" },
    { u"a\\:b\\@c:d", u"", u"a:b@c", u"d", u"", u"" },
    { u"p:a\\[b\\]c\\\\d[e]", u"", u"p", u"a[b]c\\d", u"e", u"" },
    { u"p:[a\\,b\\=c\\[d\\]e\\\\f]", u"", u"p", u"", u"a,b=c[d]e\\f", u"" },
    { u"p:[endpoint=a\\,b=c\\]]", u"", u"p", u"", u"a,b=c]", u"" },
    { u"p:[,a\\b=\\]c\\\\d]", u"", u"p", u"", u"", u"ab=]c\\d" },
    { u"p:\u00e4\u4e2d[\u00df]", u"", u"p", u"\u00e4\u4e2d", u"\u00df", u"" },
};

static void test_parse(void **state)
{
    for (unsigned i = 0; i < LENGTH(samples); i++) {
        const struct sample *s = &samples[i];
        struct string_binding parts;
        uint16_t *work;

        assert_int_equal(parse_units(s->text, text_length(s->text), &work, &parts),
                         STRING_BINDING_OK);
        assert_text(parts.object, s->object);
        assert_text(parts.protseq, s->protseq);
        assert_text(parts.address, s->address);
        assert_text(parts.endpoint, s->endpoint);
        assert_text(parts.options, s->options);
        free(work);
    }
}

static void test_parse_refused(void **state)
{
    static const struct {
        const uint16_t *text;
        enum string_binding_result result;
    } cases[] = {
        { u"", STRING_BINDING_INVALID },
        { u":", STRING_BINDING_INVALID },
        { u":a[b]", STRING_BINDING_INVALID },
        { u"ncacn_np", STRING_BINDING_INVALID },
        { u"00000000-0000-0000-c000-000000000046@ncacn_np", STRING_BINDING_INVALID },
        { u"00000000-0000-0000-c000-000000000046@:x", STRING_BINDING_INVALID },
        { u"{00000000-0000-0000-c000-000000000046}@ncacn_np:.[endpoint=\\pipe\\test]",
          STRING_BINDING_INVALID_UUID },
        { u"@ncacn_np:", STRING_BINDING_INVALID_UUID },
        { u"x@ncacn_np:", STRING_BINDING_INVALID_UUID },
        { u"00000000-0000-0000-c000-00000000004@ncacn_np:", STRING_BINDING_INVALID_UUID },
        /* brackets */
        { u"p:h[1", STRING_BINDING_INVALID },
        { u"p:h[", STRING_BINDING_INVALID },
        { u"p:h]", STRING_BINDING_INVALID },
        { u"p:h[1]x", STRING_BINDING_INVALID },
        { u"p:h[1][2]", STRING_BINDING_INVALID },
        { u"p:h[1[2]]", STRING_BINDING_INVALID },
        { u"p:h[a=[b]", STRING_BINDING_INVALID },
        { u"p:h[1,a=b", STRING_BINDING_INVALID },
        { u"p:h[1,a=", STRING_BINDING_INVALID },
        { u"p:h[1,", STRING_BINDING_INVALID },
        /* a second endpoint, a bare word that is not first, empty items, a name that is none */
        { u"p:h[1,2]", STRING_BINDING_INVALID },
        { u"p:h[1,endpoint=2]", STRING_BINDING_INVALID },
        { u"p:h[endpoint=1,endpoint=1]", STRING_BINDING_INVALID },
        { u"p:h[a=b,1]", STRING_BINDING_INVALID },
        { u"p:h[1,,]", STRING_BINDING_INVALID },
        { u"p:h[1,,a=b]", STRING_BINDING_INVALID },
        { u"p:h[=1]", STRING_BINDING_INVALID },
        { u"p:h[1,=x]", STRING_BINDING_INVALID },
        { u"p:h[endpoint = 1]", STRING_BINDING_INVALID },
        /* an escape of nothing */
        { u"p:h\\", STRING_BINDING_INVALID },
        { u"p\\", STRING_BINDING_INVALID },
        { u"00000000-0000-0000-c000-000000000046@p\\", STRING_BINDING_INVALID },
        { u"p:h[1\\", STRING_BINDING_INVALID },
        { u"p:h[1,a=\\", STRING_BINDING_INVALID },
        { u"p:h[1\\]", STRING_BINDING_INVALID },
    };

    for (unsigned i = 0; i < LENGTH(cases); i++) {
        struct string_binding parts;
        uint16_t *work;

        assert_int_equal(parse_units(cases[i].text, text_length(cases[i].text), &work, &parts),
                         cases[i].result);
        free(work);
    }
}

static void test_parse_nul(void **state)
{
    struct string_binding parts;
    uint16_t *work;

    assert_int_equal(parse_units(u"p:h\0x", 5, &work, &parts), STRING_BINDING_INVALID);
    free(work);
    assert_int_equal(parse_units(u"p:h\\\0x", 6, &work, &parts), STRING_BINDING_INVALID);
    free(work);
}

static void test_compose(void **state)
{
    static const struct {
        struct string_binding parts;
        const uint16_t *text;
    } cases[] = {
        { { NULL, u"ncacn_np", u".", u"\\pipe\\wine_rpc_test", NULL },
          u"ncacn_np:.[\\\\pipe\\\\wine_rpc_test]" },
        { { NULL, u"ncacn_np", u"\\\\srv", u"\\pipe\\x", u"security=impersonation static true" },
          u"ncacn_np:\\\\\\\\srv[\\\\pipe\\\\x,security=impersonation static true]" },
        { { u"00000000-0000-0000-C000-000000000046", u"ncacn_np", u"", u"", u"" },
          u"00000000-0000-0000-C000-000000000046@ncacn_np:" },
        { { NULL, u"ncalrpc", NULL, NULL, NULL }, u"ncalrpc:" },
        { { NULL, u"ncacn_np", NULL, NULL, u"a=b" }, u"ncacn_np:[,a=b]" },
        { { NULL, u"ncacn_ip_tcp", u"fe80::1", u"135", NULL }, u"ncacn_ip_tcp:fe80::1[135]" },
        { { NULL, u"foo", u"a,b@c:d[e]f", u"a,b@c:d[e]=f\\g", u"x=y\\z],w=1" },
          u"foo:a,b\\@c:d\\[e\\]f[a\\,b\\@c:d\\[e\\]\\=f\\\\g,x=y\\\\z\\],w=1]" },
    };

    for (unsigned i = 0; i < LENGTH(cases); i++) {
        size_t expected = text_length(cases[i].text), length;

        assert_int_equal(string_binding_compose(&cases[i].parts, NULL, 0, &length),
                         STRING_BINDING_OK);
        assert_int_equal(length, expected);
        for (size_t capacity = 1; capacity <= expected + 1; capacity++) {
            uint16_t *buffer = malloc(capacity * sizeof(*buffer));
            enum string_binding_result result =
                string_binding_compose(&cases[i].parts, buffer, capacity, &length);

            assert_int_equal(result, capacity <= expected ? STRING_BINDING_NO_SPACE
                                                          : STRING_BINDING_OK);
            if (result == STRING_BINDING_OK)
                assert_text(buffer, cases[i].text);
            free(buffer);
        }
    }
}

static void test_compose_refused(void **state)
{
    struct string_binding parts = { u"x", u"ncacn_np", u"", u"", u"" };
    size_t length;

    assert_int_equal(string_binding_compose(&parts, NULL, 0, &length), STRING_BINDING_INVALID_UUID);
    parts.object = u"{00000000-0000-0000-C000-000000000046}";
    assert_int_equal(string_binding_compose(&parts, NULL, 0, &length), STRING_BINDING_INVALID_UUID);
}

/* `length` characters, many of them special. */
static void random_text(uint16_t *text, size_t length, uint32_t *random)
{
    static const char alphabet[] = "\\\\@::[[]],,==ab1 ";

    for (size_t i = 0; i < length; i++) {
        unsigned choice = wire_test_random(random) % sizeof(alphabet);

        text[i] = alphabet[choice] ? (uint16_t)alphabet[choice] : 0x4e2d;
    }
    text[length] = 0;
}

/* Whatever protocol sequence, address and endpoint are: composed and parsed they are the same. */
static void test_round_trip(void **state)
{
    uint32_t random = 31337;

    for (unsigned i = 0; i < 20000; i++) {
        uint16_t fields[3][8], text[128], *work;
        struct string_binding parts = { i % 2 ? OBJECT : NULL, fields[0], fields[1], fields[2],
                                        i % 3 ? u"a=b c,d=e=f" : NULL };
        struct string_binding parsed;
        size_t length;

        for (unsigned j = 0; j < 3; j++)
            random_text(fields[j], wire_test_random(&random) % 7 + !j, &random);
        assert_int_equal(string_binding_compose(&parts, text, LENGTH(text), &length),
                         STRING_BINDING_OK);
        assert_int_equal(parse_units(text, length, &work, &parsed), STRING_BINDING_OK);
        assert_text(parsed.object, parts.object ? parts.object : u"");
        assert_text(parsed.protseq, parts.protseq);
        assert_text(parsed.address, parts.address);
        assert_text(parsed.endpoint, parts.endpoint);
        assert_text(parsed.options, parts.options ? parts.options : u"");
        free(work);
    }
}

static void test_parse_random(void **state)
{
    uint32_t random = 271828;

    for (unsigned i = 0; i < 50000; i++) {
        uint16_t text[64], *work;
        struct string_binding parts;
        size_t length = wire_test_random(&random) % 60;
        enum string_binding_result result;

        random_text(text, length, &random);
        if (i % 2)
            memcpy(text, u"p:[", (length < 3 ? length : 3) * sizeof(*text));
        result = parse_units(text, length, &work, &parts);
        assert_true(result <= STRING_BINDING_INVALID_UUID);
        free(work);
    }
}

static void test_find_option(void **state)
{
    const uint16_t *value;
    const uint16_t *options = u"HttpProxy=a:80,Security=x,b=,c=d=e";
    size_t length;

    assert_int_equal(string_binding_find_option(options, "httpproxy", &value, &length),
                     STRING_BINDING_OK);
    assert_int_equal(length, 4);
    assert_memory_equal(value, u"a:80", 8);
    assert_int_equal(string_binding_find_option(options, "b", &value, &length), STRING_BINDING_OK);
    assert_non_null(value);
    assert_int_equal(length, 0);
    assert_int_equal(string_binding_find_option(options, "c", &value, &length), STRING_BINDING_OK);
    assert_int_equal(length, 3);
    assert_int_equal(string_binding_find_option(options, "d", &value, &length), STRING_BINDING_OK);
    assert_null(value);
    assert_int_equal(string_binding_find_option(NULL, "d", &value, &length), STRING_BINDING_OK);
    assert_null(value);
    assert_int_equal(string_binding_find_option(u"a=1,b=2,A=3", "a", &value, &length),
                     STRING_BINDING_INVALID_NETWORK_OPTIONS);
    assert_int_equal(string_binding_find_option(u"a=1,b", "a", &value, &length),
                     STRING_BINDING_INVALID_NETWORK_OPTIONS);
    assert_int_equal(string_binding_find_option(u"=1", "a", &value, &length),
                     STRING_BINDING_INVALID_NETWORK_OPTIONS);
}

static void test_security(void **state)
{
    static const struct {
        const uint16_t *options;
        enum string_binding_security_level level;
        bool dynamic, effective_only;
    } good[] = {
        { u"Security=identification dynamic true", STRING_BINDING_IDENTIFICATION, true, true },
        { u"Security=impersonation static true", STRING_BINDING_IMPERSONATION, false, true },
        { u"a=b,SECURITY=Anonymous Static FALSE,c=d", STRING_BINDING_ANONYMOUS, false, false },
    };
    static const uint16_t *const bad[] = {
        u"security=", u"security=impersonation", u"security=impersonation static",
        u"security=impersonation static ", u"security=impersonation  static true",
        u"security=impersonation static true ", u"security=impersonation static true true",
        u"security= impersonation static true", u"security=static impersonation true",
        u"security=delegation static true", u"security=impersonation static truex",
        u"security=anonymous static true,security=anonymous static true",
    };
    struct string_binding_security security;

    for (unsigned i = 0; i < LENGTH(good); i++) {
        assert_int_equal(string_binding_parse_security(good[i].options, &security),
                         STRING_BINDING_OK);
        assert_true(security.present);
        assert_int_equal(security.level, good[i].level);
        assert_int_equal(security.dynamic, good[i].dynamic);
        assert_int_equal(security.effective_only, good[i].effective_only);
    }
    for (unsigned i = 0; i < LENGTH(bad); i++)
        assert_int_equal(string_binding_parse_security(bad[i], &security),
                         STRING_BINDING_INVALID_NETWORK_OPTIONS);
    assert_int_equal(string_binding_parse_security(u"a=b", &security), STRING_BINDING_OK);
    assert_false(security.present);
    assert_int_equal(string_binding_parse_security(NULL, &security), STRING_BINDING_OK);
    assert_false(security.present);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),        cmocka_unit_test(test_parse_refused),
        cmocka_unit_test(test_parse_nul),    cmocka_unit_test(test_compose),
        cmocka_unit_test(test_compose_refused), cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_parse_random), cmocka_unit_test(test_find_option),
        cmocka_unit_test(test_security),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
