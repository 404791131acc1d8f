/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parsing and composing string bindings, and reading their options. */
#include "wire/string_binding.h"

#include <string.h>

#include "wire/uuid.h"

static const uint16_t empty_text[1];

static bool is_one_of(uint16_t c, const char *set)
{
    return c && c < 128 && strchr(set, c);
}

static size_t text_length(const uint16_t *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

static uint16_t lower(uint16_t c)
{
    return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

static bool equals(const uint16_t *text, size_t length, const char *lower_case)
{
    if (length != strlen(lower_case))
        return false;
    for (size_t i = 0; i < length; i++)
        if (lower(text[i]) != lower_case[i])
            return false;
    return true;
}

/* ---- parsing ---- */

struct scanner {
    const uint16_t *p;
    const uint16_t *end;
    uint16_t *out; /* where the next part goes */
};

/* Copies up to the first unescaped character of `stops`, without escapes and NUL-terminated, and
 * skips that character: *stop (0 at the end). false: an escape without a character, or a NUL. */
static bool scan(struct scanner *s, const char *stops, const uint16_t **part, uint16_t *stop)
{
    *part = s->out;
    *stop = 0;
    while (s->p < s->end) {
        uint16_t c = *s->p++;

        if (is_one_of(c, stops)) {
            *stop = c;
            break;
        }
        if (c == '\\') {
            if (s->p == s->end)
                return false;
            c = *s->p++;
        }
        if (!c)
            return false;
        *s->out++ = c;
    }
    *s->out++ = 0;
    return true;
}

static uint16_t *append(uint16_t *to, const uint16_t *text)
{
    size_t length = text_length(text);

    memcpy(to, text, length * sizeof(*text));
    return to + length;
}

static uint16_t *append_option(uint16_t *to, bool separated, const uint16_t *name,
                               const uint16_t *value)
{
    if (separated)
        *to++ = ',';
    to = append(to, name);
    *to++ = '=';
    to = append(to, value);
    *to = 0;
    return to;
}

static bool is_option_name(const uint16_t *name)
{
    for (const uint16_t *p = name; *p; p++)
        if (*p == ' ' || *p == '\t')
            return false;
    return *name;
}

/* What is between the brackets. Options are collected, in their order, in `options`. */
static bool parse_brackets(struct scanner *s, uint16_t *options, struct string_binding *parts)
{
    const uint16_t *name, *value;
    bool first = true;
    uint16_t stop;

    parts->options = options;
    *options = 0;
    do {
        if (!scan(s, "=,[]", &name, &stop))
            return false;
        if (stop != '=') {
            /* An endpoint without its keyword comes first; nothing at all may also come last. */
            if (!first && (*name || stop != ']'))
                return false;
            if (first)
                parts->endpoint = name;
        } else {
            if (!is_option_name(name) || !scan(s, ",[]", &value, &stop))
                return false;
            if (!equals(name, text_length(name), "endpoint"))
                options = append_option(options, options != parts->options, name, value);
            else if (*parts->endpoint)
                return false;
            else
                parts->endpoint = value;
        }
        first = false;
    } while (stop == ',');
    return stop == ']' && s->p == s->end;
}

static bool parse_parts(struct scanner *s, uint16_t *options, struct string_binding *parts)
{
    uint16_t stop;

    /* An '@' after the colon belongs to the network address. */
    if (!scan(s, "@:", &parts->protseq, &stop))
        return false;
    if (stop == '@') {
        parts->object = parts->protseq;
        if (!scan(s, ":", &parts->protseq, &stop))
            return false;
    }
    if (stop != ':' || !*parts->protseq)
        return false;
    if (!scan(s, "[]", &parts->address, &stop) || stop == ']')
        return false;
    return !stop || parse_brackets(s, options, parts);
}

enum string_binding_result string_binding_parse(const uint16_t *text, size_t length, uint16_t *work,
                                                size_t work_length, struct string_binding *parts)
{
    struct scanner s = { text, text + length, work };
    struct wire_uuid uuid;

    if (length > SIZE_MAX / 4 || work_length < STRING_BINDING_WORK(length))
        return STRING_BINDING_NO_SPACE;
    parts->object = NULL;
    parts->protseq = parts->address = parts->endpoint = parts->options = empty_text;
    if (!parse_parts(&s, work + work_length / 2, parts))
        return STRING_BINDING_INVALID;
    if (parts->object && !uuid_from_text(parts->object, text_length(parts->object), &uuid))
        return STRING_BINDING_INVALID_UUID;
    if (!parts->object)
        parts->object = empty_text;
    return STRING_BINDING_OK;
}

/* ---- composing ---- */

/* Counts everything, writes what fits. */
struct writer {
    uint16_t *buffer;
    size_t capacity;
    size_t length;
};

static void put(struct writer *w, uint16_t c)
{
    if (w->length < w->capacity)
        w->buffer[w->length] = c;
    w->length++;
}

static void put_escaped(struct writer *w, const uint16_t *text, const char *special)
{
    for (; text && *text; text++) {
        if (is_one_of(*text, special))
            put(w, '\\');
        put(w, *text);
    }
}

enum string_binding_result string_binding_compose(const struct string_binding *parts,
                                                  uint16_t *buffer, size_t capacity, size_t *length)
{
    struct writer w = { buffer, capacity, 0 };
    bool has_object = parts->object && *parts->object;
    bool has_endpoint = parts->endpoint && *parts->endpoint;
    bool has_options = parts->options && *parts->options;
    struct wire_uuid uuid;

    if (has_object) {
        if (!uuid_from_text(parts->object, text_length(parts->object), &uuid))
            return STRING_BINDING_INVALID_UUID;
        put_escaped(&w, parts->object, "");
        put(&w, '@');
    }
    /* '@' is escaped everywhere: other parsers take the first one for the object's. */
    put_escaped(&w, parts->protseq, "\\@:[]");
    put(&w, ':');
    put_escaped(&w, parts->address, "\\@[]");
    if (has_endpoint || has_options) {
        put(&w, '[');
        put_escaped(&w, parts->endpoint, "\\@[],=");
        if (has_options) {
            put(&w, ',');
            put_escaped(&w, parts->options, "\\@[]");
        }
        put(&w, ']');
    }
    put(&w, 0);
    *length = w.length - 1;
    return buffer && w.length > capacity ? STRING_BINDING_NO_SPACE : STRING_BINDING_OK;
}

/* ---- options ---- */

enum string_binding_result string_binding_find_option(const uint16_t *options, const char *name,
                                                      const uint16_t **value, size_t *length)
{
    *value = NULL;
    *length = 0;
    while (options && *options) {
        size_t name_length = 0, end = 0;

        while (options[name_length] && options[name_length] != '=' && options[name_length] != ',')
            name_length++;
        for (end = name_length; options[end] && options[end] != ','; end++)
            ;
        if (!name_length || options[name_length] != '=')
            return STRING_BINDING_INVALID_NETWORK_OPTIONS;
        if (equals(options, name_length, name)) {
            if (*value)
                return STRING_BINDING_INVALID_NETWORK_OPTIONS;
            *value = options + name_length + 1;
            *length = end - name_length - 1;
        }
        options += end;
        if (*options)
            options++;
    }
    return STRING_BINDING_OK;
}

/* Takes the next of the words that single spaces separate; its index among `choices`, -1 if it
 * is none of them. */
static int take_word(const uint16_t **text, size_t *left, const char *const *choices)
{
    size_t length = 0;

    while (length < *left && (*text)[length] != ' ')
        length++;
    for (int i = 0; choices[i]; i++) {
        if (equals(*text, length, choices[i])) {
            length += length < *left;
            *text += length;
            *left -= length;
            return i;
        }
    }
    return -1;
}

enum string_binding_result string_binding_parse_security(const uint16_t *options,
                                                         struct string_binding_security *security)
{
    static const char *const levels[] = { "anonymous", "identification", "impersonation", NULL };
    static const char *const tracking[] = { "static", "dynamic", NULL };
    static const char *const effective[] = { "false", "true", NULL };
    const uint16_t *value;
    size_t length;
    int level, mode, only;

    memset(security, 0, sizeof(*security));
    if (string_binding_find_option(options, "security", &value, &length) != STRING_BINDING_OK)
        return STRING_BINDING_INVALID_NETWORK_OPTIONS;
    if (!value)
        return STRING_BINDING_OK;
    level = take_word(&value, &length, levels);
    mode = level < 0 ? -1 : take_word(&value, &length, tracking);
    only = mode < 0 ? -1 : take_word(&value, &length, effective);
    if (only < 0 || length || value[-1] == ' ') /* more, or a space after the third word */
        return STRING_BINDING_INVALID_NETWORK_OPTIONS;
    security->present = true;
    security->level = (enum string_binding_security_level)level;
    security->dynamic = mode;
    security->effective_only = only;
    return STRING_BINDING_OK;
}
