// JSON as a stream of events, by nlohmann::json's parser: nothing of the text is kept, whatever its length.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    CJSON_NULL,
    CJSON_FALSE,
    CJSON_TRUE,
    /// With its digits. Whole numbers of up to 64 bits are written anew, others as they stand.
    CJSON_NUMBER,
    /// With its text: UTF-8, without escapes.
    CJSON_STRING,
    /// The name of the value that follows.
    CJSON_KEY,
    CJSON_OBJECT_BEGIN,
    CJSON_OBJECT_END,
    CJSON_ARRAY_BEGIN,
    CJSON_ARRAY_END,
} cjson_event;

/// Sets `piece` to more of the text, which stays there until the next call; returns its length, 0 at the end.
typedef size_t (*cjson_more)(void *context, const char **piece);

/// Takes an event; `text` is valid during the call alone. False ends the parse.
typedef bool (*cjson_take)(void *context, cjson_event event, const char *text, size_t count);

typedef struct {
    /// From 1; 0 where it is not known.
    size_t line;
    /// Bytes from the start of the line to where it was noticed.
    size_t byte;
    bool is_utf8;
    /// Of the parser, without a word of the text itself.
    char reason[200];
} cjson_problem;

typedef enum {
    CJSON_DONE,
    /// `take` returned false.
    CJSON_STOPPED,
    /// The text is no JSON: see the problem.
    CJSON_INVALID,
    CJSON_OUT_OF_MEMORY,
} cjson_status;

/// Reads one value, after which only white space may follow.
cjson_status cjson_parse(cjson_more more, cjson_take take, void *context, cjson_problem *problem);

#ifdef __cplusplus
}
#endif
