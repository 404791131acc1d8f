/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An intrusive doubly linked list, circular through its head. An entry that is in no list points at
 * itself, so that list_remove() may be called for it at any time. */
#ifndef RPCRT4_PLATFORM_LIST_H
#define RPCRT4_PLATFORM_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

static inline void list_init(struct list *list)
{
    list->next = list->prev = list;
}

static inline bool list_is_empty(const struct list *list)
{
    return list->next == list;
}

static inline void list_insert_before(struct list *where, struct list *entry)
{
    entry->next = where;
    entry->prev = where->prev;
    where->prev->next = entry;
    where->prev = entry;
}

static inline void list_append(struct list *head, struct list *entry)
{
    list_insert_before(head, entry);
}

static inline void list_prepend(struct list *head, struct list *entry)
{
    list_insert_before(head->next, entry);
}

static inline void list_remove(struct list *entry)
{
    entry->next->prev = entry->prev;
    entry->prev->next = entry->next;
    list_init(entry);
}

/* Moves all entries of `from` to the end of `to`. */
static inline void list_splice(struct list *to, struct list *from)
{
    if (list_is_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#define LIST_ENTRY_OF(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
#define LIST_FIRST(head, type, member) \
    (list_is_empty(head) ? NULL : LIST_ENTRY_OF((head)->next, type, member))
#define LIST_FOR_EACH(pos, head, type, member) \
    for (type *pos = LIST_ENTRY_OF((head)->next, type, member); &pos->member != (head); \
         pos = LIST_ENTRY_OF(pos->member.next, type, member))
#define LIST_FOR_EACH_SAFE(pos, head, type, member) \
    for (type *pos = LIST_ENTRY_OF((head)->next, type, member), \
              *pos##_next = LIST_ENTRY_OF(pos->member.next, type, member); \
         &pos->member != (head); \
         pos = pos##_next, pos##_next = LIST_ENTRY_OF(pos->member.next, type, member))

#endif
