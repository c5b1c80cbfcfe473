// libsentencepiece behind C: load a model, encode, train. No entry lets a C++ exception out.
//
// The library trusts the models it is given: their normalisation table is followed without bounds checks.
// Callers verify the bytes first (Text's `SentencePieceModelFile`).
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sp_status {
  SP_OK = 0,
  /// The library refuses the model, the text or the options; `sp_last_error` says why.
  SP_REFUSED = 1,
  SP_OUT_OF_MEMORY = 2,
} sp_status;

/// A loaded model. It never changes after loading, so any number of threads may encode with it at once.
typedef struct sp_model sp_model;

/// Why the last call on this thread failed; valid until the next call on this thread.
const char *sp_last_error(void);

/// `bytes` is copied. On success the caller owns `*model`.
sp_status sp_model_load(const void *bytes, size_t size, sp_model **model);
void sp_model_free(sp_model *model);

/// How many pieces the model has; ids are 0..<count.
int32_t sp_model_piece_count(const sp_model *model);

/// Encodes UTF-8 text. On success the caller owns `*ids` (`sp_free`), `*count` of them.
sp_status sp_model_encode(const sp_model *model, const char *text, size_t length, int32_t **ids, size_t *count);

typedef struct sp_training_options {
  /// Pieces of the finished model, control symbols and bytes included. Fewer come out where the text has no more.
  int32_t size;
  /// Share of the text's characters that get a piece of their own, 0.98...1; the others are spelt in bytes.
  double character_coverage;
} sp_training_options;

/// Trains a unigram model with byte fallback and the control symbols [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, [MASK] 4.
///
/// Sentence i is `text[ends[i - 1]..<ends[i]]` (the first begins at 0). On success the caller owns `*model`
/// (`sp_free`), `*size` bytes: the content of a model file.
sp_status sp_train(
    const char *text, const size_t *ends, size_t sentence_count, sp_training_options options, uint8_t **model,
    size_t *size);

/// Releases what `sp_model_encode` and `sp_train` handed out.
void sp_free(void *memory);

#ifdef __cplusplus
}
#endif
