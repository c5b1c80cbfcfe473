#include "csentencepiece.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "Library.h"

namespace sp = sentencepiece;

struct sp_model {
  // By pointer: calls must go through its virtual functions, see Library.cpp.
  std::unique_ptr<sp::SentencePieceProcessor> processor;
};

namespace {

// A fixed buffer: reporting that memory ran out must not need memory.
thread_local char last_error[512];

sp_status refuse(const char *message) noexcept {
  std::strncpy(last_error, message, sizeof last_error - 1);
  return SP_REFUSED;
}

sp_status report(const sp::util::Status &status) {
  return status.ok() ? SP_OK : refuse(status.error_message());
}

template <typename Body>
sp_status guarded(Body body) noexcept {
  try {
    framewise_sentencepiece::require_library();
    return body();
  } catch (const std::bad_alloc &) {
    refuse("out of memory");
    return SP_OUT_OF_MEMORY;
  } catch (const std::exception &error) {
    return refuse(error.what());
  } catch (...) {
    return refuse("unknown error");
  }
}

// A copy that C can own; never null, also for nothing.
template <typename Element>
Element *copy(const Element *elements, size_t count) {
  void *memory = std::malloc(count > 0 ? count * sizeof(Element) : 1);
  if (memory == nullptr) throw std::bad_alloc();
  if (count > 0) std::memcpy(memory, elements, count * sizeof(Element));
  return static_cast<Element *>(memory);
}

class Sentences final : public sp::SentenceIterator {
 public:
  Sentences(const char *text, const size_t *ends, size_t count) : text_(text), ends_(ends), count_(count) { read(); }
  bool done() const override { return index_ == count_; }
  void Next() override {
    ++index_;
    read();
  }
  const std::string &value() const override { return value_; }
  sp::util::Status status() const override { return sp::util::Status(); }

 private:
  void read() {
    if (done()) return;
    const size_t start = index_ == 0 ? 0 : ends_[index_ - 1];
    value_.assign(text_ + start, ends_[index_] - start);
  }

  const char *text_;
  const size_t *ends_;
  size_t count_;
  size_t index_ = 0;
  std::string value_;
};

}  // namespace

const char *sp_last_error(void) { return last_error; }

sp_status sp_model_load(const void *bytes, size_t size, sp_model **model) {
  return guarded([&] {
    auto loaded = std::make_unique<sp_model>(sp_model{std::make_unique<sp::SentencePieceProcessor>()});
    const auto status =
        loaded->processor->LoadFromSerializedProto(std::string_view(static_cast<const char *>(bytes), size));
    if (status.ok()) *model = loaded.release();
    return report(status);
  });
}

void sp_model_free(sp_model *model) { delete model; }

int32_t sp_model_piece_count(const sp_model *model) { return model->processor->GetPieceSize(); }

sp_status sp_model_encode(const sp_model *model, const char *text, size_t length, int32_t **ids, size_t *count) {
  return guarded([&] {
    std::vector<int> encoded;
    const auto status = model->processor->Encode(std::string_view(text, length), &encoded);
    if (status.ok()) {
      *ids = copy(encoded.data(), encoded.size());
      *count = encoded.size();
    }
    return report(status);
  });
}

sp_status sp_train(
    const char *text, const size_t *ends, size_t sentence_count, sp_training_options options, uint8_t **model,
    size_t *size) {
  return guarded([&] {
    const std::unordered_map<std::string, std::string> settings = {
        {"model_type", "unigram"},
        {"vocab_size", std::to_string(options.size)},
        {"hard_vocab_limit", "false"},
        {"character_coverage", std::to_string(options.character_coverage)},
        {"byte_fallback", "true"},
        {"pad_id", "0"},
        {"pad_piece", "[PAD]"},
        {"unk_id", "1"},
        {"unk_piece", "[UNK]"},
        {"bos_id", "2"},
        {"bos_piece", "[CLS]"},
        {"eos_id", "3"},
        {"eos_piece", "[SEP]"},
        {"control_symbols", "[MASK]"},
        {"normalization_rule_name", "nmt_nfkc"},
        // Partial sums are added thread by thread, so another number of threads gives other pieces.
        {"num_threads", "4"},
        {"minloglevel", "2"},
    };
    Sentences sentences(text, ends, sentence_count);
    std::string trained;
    const auto status = sp::SentencePieceTrainer::Train(settings, &sentences, &trained);
    if (status.ok()) {
      *model = copy(reinterpret_cast<const uint8_t *>(trained.data()), trained.size());
      *size = trained.size();
    }
    return report(status);
  });
}

void sp_free(void *memory) { std::free(memory); }
