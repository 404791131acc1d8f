/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* String bindings composed and parsed, strings freed, error texts: rpcdce.h. What a string binding
 * may look like is tested in unit/test_string_binding. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <windows.h>
#include <rpc.h>
#include <cmocka.h>

#include "heap_blocks.h"

#define OBJECT "12345678-1234-1234-1234-123456789abc"
#define TEXT_A(s) ((RPC_CSTR)(s))
#define TEXT_W(s) ((RPC_WSTR)(s))
#define assert_wide_equal(a, b) assert_int_equal(lstrcmpW(a, b), 0)

struct parts {
    const char *object, *protseq, *address, *endpoint, *options;
};

/* ---- composing ---- */

static void check_composed(const struct parts *parts, const char *expected)
{
    const char *const in[5] = {parts->object, parts->protseq, parts->address, parts->endpoint,
                               parts->options};
    WCHAR wide[5][64], wide_expected[128];
    RPC_CSTR ansi = NULL;
    RPC_WSTR text = NULL;

    assert_int_equal(RpcStringBindingComposeA(TEXT_A(in[0]), TEXT_A(in[1]), TEXT_A(in[2]),
                                              TEXT_A(in[3]), TEXT_A(in[4]), &ansi),
                     RPC_S_OK);
    assert_string_equal((char *)ansi, expected);
    assert_int_equal(RpcStringFreeA(&ansi), RPC_S_OK);
    assert_null(ansi);

    for (unsigned i = 0; i < 5; i++) {
        if (in[i])
            MultiByteToWideChar(CP_ACP, 0, in[i], -1, wide[i], ARRAYSIZE(wide[i]));
    }
    MultiByteToWideChar(CP_ACP, 0, expected, -1, wide_expected, ARRAYSIZE(wide_expected));
    assert_int_equal(RpcStringBindingComposeW(in[0] ? wide[0] : NULL, in[1] ? wide[1] : NULL,
                                              in[2] ? wide[2] : NULL, in[3] ? wide[3] : NULL,
                                              in[4] ? wide[4] : NULL, &text),
                     RPC_S_OK);
    assert_wide_equal(text, wide_expected);
    assert_int_equal(RpcStringFreeW(&text), RPC_S_OK);
    assert_null(text);
}

static void test_compose(void **state)
{
    static const struct {
        struct parts parts;
        const char *text;
    } cases[] = {
        {{NULL, "ncacn_ip_tcp", "host", "135", NULL}, "ncacn_ip_tcp:host[135]"},
        {{OBJECT, "ncalrpc", NULL, NULL, NULL}, OBJECT "@ncalrpc:"},
        {{"", "ncalrpc", "", "", ""}, "ncalrpc:"},
        {{OBJECT, "ncalrpc", "", "ep", "a=b"}, OBJECT "@ncalrpc:[ep,a=b]"},
        {{NULL, "ncacn_np", "\\\\server", "\\pipe\\x", NULL},
         "ncacn_np:\\\\\\\\server[\\\\pipe\\\\x]"},
        {{NULL, "ncalrpc", NULL, "a[b],c", NULL}, "ncalrpc:[a\\[b\\]\\,c]"},
    };

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++)
        check_composed(&cases[i].parts, cases[i].text);
}

static void test_compose_errors(void **state)
{
    RPC_CSTR ansi = TEXT_A("x");
    RPC_WSTR wide = TEXT_W(L"x");

    assert_int_equal(
        RpcStringBindingComposeA(TEXT_A("x"), TEXT_A("ncalrpc"), NULL, NULL, NULL, &ansi),
        RPC_S_INVALID_STRING_UUID);
    assert_null(ansi);
    assert_int_equal(
        RpcStringBindingComposeW(TEXT_W(L"x"), TEXT_W(L"ncalrpc"), NULL, NULL, NULL, &wide),
        RPC_S_INVALID_STRING_UUID);
    assert_null(wide);
    assert_int_equal(RpcStringBindingComposeA(NULL, TEXT_A("ncalrpc"), NULL, NULL, NULL, NULL),
                     RPC_S_INVALID_ARG);
    assert_int_equal(RpcStringBindingComposeW(NULL, TEXT_W(L"ncalrpc"), NULL, NULL, NULL, NULL),
                     RPC_S_INVALID_ARG);
    assert_leaves_nothing({
        RpcStringBindingComposeA(TEXT_A("x"), TEXT_A("ncalrpc"), TEXT_A("a"), TEXT_A("b"),
                                 TEXT_A("c=d"), &ansi);
        RpcStringBindingComposeA(NULL, TEXT_A("ncalrpc"), TEXT_A("a"), TEXT_A("b"), TEXT_A("c=d"),
                                 &ansi);
        RpcStringFreeA(&ansi);
    });
}

/* ---- parsing ---- */

static void check_parsed(const char *text, const struct parts *expected)
{
    const char *const want[5] = {expected->object, expected->protseq, expected->address,
                                 expected->endpoint, expected->options};
    WCHAR wide[128], wide_want[64];
    RPC_CSTR ansi[5];
    RPC_WSTR parts[5];

    assert_int_equal(RpcStringBindingParseA(TEXT_A(text), &ansi[0], &ansi[1], &ansi[2], &ansi[3],
                                            &ansi[4]),
                     RPC_S_OK);
    MultiByteToWideChar(CP_ACP, 0, text, -1, wide, ARRAYSIZE(wide));
    assert_int_equal(RpcStringBindingParseW(TEXT_W(wide), &parts[0], &parts[1], &parts[2],
                                            &parts[3], &parts[4]),
                     RPC_S_OK);
    for (unsigned i = 0; i < 5; i++) {
        assert_string_equal((char *)ansi[i], want[i]);
        MultiByteToWideChar(CP_ACP, 0, want[i], -1, wide_want, ARRAYSIZE(wide_want));
        assert_wide_equal(parts[i], wide_want);
        RpcStringFreeA(&ansi[i]);
        RpcStringFreeW(&parts[i]);
    }
}

/* An absent part is an empty string, not NULL. */
static void test_parse(void **state)
{
    static const struct {
        const char *text;
        struct parts parts;
    } cases[] = {
        {"ncacn_ip_tcp:1.2.3.4[135]", {"", "ncacn_ip_tcp", "1.2.3.4", "135", ""}},
        {"ncalrpc:", {"", "ncalrpc", "", "", ""}},
        {OBJECT "@ncacn_np:\\\\server[\\pipe\\x]", {OBJECT, "ncacn_np", "\\server", "pipex", ""}},
        {"ncalrpc:[foo,Security=Impersonation Dynamic False]",
         {"", "ncalrpc", "", "foo", "Security=Impersonation Dynamic False"}},
    };

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++)
        check_parsed(cases[i].text, &cases[i].parts);
}

/* Each result may be left out. */
static void test_parse_some(void **state)
{
    for (unsigned wanted = 0; wanted < 1 << 5; wanted++) {
        RPC_CSTR ansi[5] = {NULL};
        RPC_WSTR wide[5] = {NULL};

        assert_int_equal(RpcStringBindingParseA(TEXT_A(OBJECT "@a:b[c,d=e]"),
                                                wanted & 1 ? &ansi[0] : NULL,
                                                wanted & 2 ? &ansi[1] : NULL,
                                                wanted & 4 ? &ansi[2] : NULL,
                                                wanted & 8 ? &ansi[3] : NULL,
                                                wanted & 16 ? &ansi[4] : NULL),
                         RPC_S_OK);
        assert_int_equal(RpcStringBindingParseW(TEXT_W(L"" OBJECT "@a:b[c,d=e]"),
                                                wanted & 1 ? &wide[0] : NULL,
                                                wanted & 2 ? &wide[1] : NULL,
                                                wanted & 4 ? &wide[2] : NULL,
                                                wanted & 8 ? &wide[3] : NULL,
                                                wanted & 16 ? &wide[4] : NULL),
                         RPC_S_OK);
        for (unsigned i = 0; i < 5; i++) {
            assert_int_equal(ansi[i] != NULL, wanted >> i & 1);
            assert_int_equal(wide[i] != NULL, wanted >> i & 1);
            RpcStringFreeA(&ansi[i]);
            RpcStringFreeW(&wide[i]);
        }
    }
}

static void check_refused(const char *text, RPC_STATUS expected)
{
    RPC_CSTR ansi[5];
    RPC_WSTR parts[5];
    WCHAR wide[128], *wide_text = NULL;

    memset(ansi, 0xcc, sizeof(ansi));
    memset(parts, 0xcc, sizeof(parts));
    assert_int_equal(RpcStringBindingParseA(TEXT_A(text), &ansi[0], &ansi[1], &ansi[2], &ansi[3],
                                            &ansi[4]),
                     expected);
    if (text) {
        MultiByteToWideChar(CP_ACP, 0, text, -1, wide, ARRAYSIZE(wide));
        wide_text = wide;
    }
    assert_int_equal(RpcStringBindingParseW(wide_text, &parts[0], &parts[1], &parts[2], &parts[3],
                                            &parts[4]),
                     expected);
    for (unsigned i = 0; i < 5; i++) {
        assert_null(ansi[i]);
        assert_null(parts[i]);
    }
}

static void test_parse_errors(void **state)
{
    static const char *const invalid[] = {
        "", ":", "foo", "foo:bar[", "foo:bar]", "foo:bar[x]y", OBJECT "@ncacn_np",
        "foo:bar[endpoint=1,endpoint=2]", "foo:bar\\",
    };

    for (unsigned i = 0; i < ARRAYSIZE(invalid); i++)
        check_refused(invalid[i], RPC_S_INVALID_STRING_BINDING);
    check_refused(NULL, RPC_S_INVALID_STRING_BINDING);
    check_refused("a@b:c", RPC_S_INVALID_STRING_UUID);
    check_refused("{" OBJECT "}@ncacn_np:.[x]", RPC_S_INVALID_STRING_UUID);
    assert_leaves_nothing({
        check_refused("foo:bar[x]y", RPC_S_INVALID_STRING_BINDING);
        check_refused("a@b:c", RPC_S_INVALID_STRING_UUID);
    });
}

/* The A functions speak the system's code page. */
static void test_code_page(void **state)
{
    BOOL lossy = FALSE;
    RPC_CSTR address = NULL, text = NULL;
    char host[16], expected[32] = "a:";

    WideCharToMultiByte(CP_ACP, 0, L"h\u00e4\u00f6", -1, host, sizeof(host), NULL,
                        GetACP() == CP_UTF8 ? NULL : &lossy);
    if (lossy)
        skip();
    strcat(expected, host);
    assert_int_equal(RpcStringBindingComposeA(NULL, TEXT_A("a"), TEXT_A(host), NULL, NULL, &text),
                     RPC_S_OK);
    assert_string_equal((char *)text, expected);
    assert_int_equal(RpcStringBindingParseA(text, NULL, NULL, &address, NULL, NULL), RPC_S_OK);
    assert_string_equal((char *)address, host);
    RpcStringFreeA(&address);
    RpcStringFreeA(&text);
}

static void test_long_string(void **state)
{
    enum { LENGTH = 100000 };
    char *text = malloc(LENGTH + 16);
    RPC_CSTR address = NULL, again = NULL;

    memcpy(text, "a:", 2);
    memset(text + 2, 'x', LENGTH);
    strcpy(text + 2 + LENGTH, "[1]");
    assert_int_equal(RpcStringBindingParseA(TEXT_A(text), NULL, NULL, &address, NULL, NULL),
                     RPC_S_OK);
    assert_int_equal(strlen((char *)address), LENGTH);
    assert_int_equal(
        RpcStringBindingComposeA(NULL, TEXT_A("a"), address, TEXT_A("1"), NULL, &again), RPC_S_OK);
    assert_string_equal((char *)again, text);
    RpcStringFreeA(&address);
    RpcStringFreeA(&again);
    free(text);
}

/* ---- strings and memory ---- */

static void test_string_free(void **state)
{
    RPC_CSTR ansi = NULL;
    RPC_WSTR wide = NULL;

    assert_int_equal(RpcStringFreeA(&ansi), RPC_S_OK);
    assert_int_equal(RpcStringFreeW(&wide), RPC_S_OK);
    assert_int_equal(RpcStringFreeA(NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcStringFreeW(NULL), RPC_S_INVALID_ARG);
}

static void test_allocate(void **state)
{
    void *block = I_RpcAllocate(100);

    assert_non_null(block);
    memset(block, 0xcc, 100);
    I_RpcFree(block);
    block = I_RpcAllocate(0);
    assert_non_null(block);
    I_RpcFree(block);
    I_RpcFree(NULL);
    assert_leaves_nothing(I_RpcFree(I_RpcAllocate(16)));
}

/* ---- error texts ---- */

/* The runtime's text is what the system says; what it does not know has the text of "not an RPC
 * error". */
static void check_text(RPC_STATUS code, DWORD message)
{
    char expected[DCE_C_ERROR_STRING_LEN], text[DCE_C_ERROR_STRING_LEN + 16];
    WCHAR wide_expected[DCE_C_ERROR_STRING_LEN], wide[DCE_C_ERROR_STRING_LEN + 16];

    assert_true(FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                               message, 0, expected, sizeof(expected), NULL));
    assert_true(FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                               message, 0, wide_expected, ARRAYSIZE(wide_expected), NULL));
    memset(text, 0xcc, sizeof(text));
    memset(wide, 0xcc, sizeof(wide));
    assert_int_equal(DceErrorInqTextA(code, TEXT_A(text)), RPC_S_OK);
    assert_string_equal(text, expected);
    assert_int_equal(DceErrorInqTextW(code, TEXT_W(wide)), RPC_S_OK);
    assert_wide_equal(wide, wide_expected);
    for (unsigned i = DCE_C_ERROR_STRING_LEN; i < sizeof(text); i++)
        assert_int_equal((unsigned char)text[i], 0xcc);
    for (unsigned i = DCE_C_ERROR_STRING_LEN; i < ARRAYSIZE(wide); i++)
        assert_int_equal(wide[i], 0xcccc);
}

static void test_error_text(void **state)
{
    check_text(RPC_S_OK, 0);
    check_text(RPC_S_SERVER_UNAVAILABLE, RPC_S_SERVER_UNAVAILABLE);
    check_text(RPC_X_BAD_STUB_DATA, RPC_X_BAD_STUB_DATA);
    check_text(ERROR_ACCESS_DENIED, ERROR_ACCESS_DENIED);
    check_text(35, RPC_S_NOT_RPC_ERROR);
    check_text(-1, RPC_S_NOT_RPC_ERROR);
    /* Too long a text for the buffer that callers have. */
    check_text(3814, RPC_S_NOT_RPC_ERROR);
    assert_int_equal(DceErrorInqTextA(0, NULL), RPC_S_INVALID_ARG);
    assert_int_equal(DceErrorInqTextW(0, NULL), RPC_S_INVALID_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compose),      cmocka_unit_test(test_compose_errors),
        cmocka_unit_test(test_parse),        cmocka_unit_test(test_parse_some),
        cmocka_unit_test(test_parse_errors), cmocka_unit_test(test_long_string),
        cmocka_unit_test(test_code_page),    cmocka_unit_test(test_string_free),
        cmocka_unit_test(test_allocate),     cmocka_unit_test(test_error_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
