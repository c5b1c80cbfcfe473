#include "Library.h"

#include <dlfcn.h>

#include <stdexcept>
#include <string>

// The symbols that CSentencePiece.cpp would link to. All other calls go through virtual functions, which need
// none. Each is defined here under its own name, hidden, and hands on to the loaded library's function.

// Like `sentencepiece::util::Status` returned in memory: a destructor that is not trivial makes it so.
struct ReturnedStatus {
  void *rep;
  ~ReturnedStatus() {}
};

using Initialize = void(void *self);
using Message = const char *(const void *self);
using Train = ReturnedStatus(const void *settings, void *sentences, std::string *model);

#define STATUS_INITIALIZE "_ZN13sentencepiece4util6StatusC1Ev"
#define STATUS_DESTROY "_ZN13sentencepiece4util6StatusD1Ev"
#define STATUS_MESSAGE "_ZNK13sentencepiece4util6Status13error_messageEv"
#define PROCESSOR_INITIALIZE "_ZN13sentencepiece22SentencePieceProcessorC1Ev"
#define TRAIN \
  "_ZN13sentencepiece20SentencePieceTrainer5TrainERKSt13unordered_mapINSt7__cxx1112basic_stringIcSt11char_" \
  "traitsIcESaIcEEES7_St4hashIS7_ESt8equal_toIS7_ESaISt4pairIKS7_S7_EEEPNS_16SentenceIteratorEPS7_"

namespace {

struct Library {
  Initialize *status_initialize;
  Initialize *status_destroy;
  Message *status_message;
  Initialize *processor_initialize;
  Train *train;

  Library() {
    // The training part brings the other one along.
    handle_ = dlopen("libsentencepiece_train.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (handle_ == nullptr) throw std::runtime_error(std::string("libsentencepiece: ") + dlerror());
    find(status_initialize, STATUS_INITIALIZE);
    find(status_destroy, STATUS_DESTROY);
    find(status_message, STATUS_MESSAGE);
    find(processor_initialize, PROCESSOR_INITIALIZE);
    find(train, TRAIN);
  }

 private:
  template <typename Function>
  void find(Function *&function, const char *symbol) {
    function = reinterpret_cast<Function *>(dlsym(handle_, symbol));
    if (function == nullptr) throw std::runtime_error(std::string("libsentencepiece: ") + dlerror());
  }

  void *handle_;
};

// Never unloaded, so there is nothing to tear down in some order at exit.
const Library &library() {
  static const Library *const loaded = new Library();
  return *loaded;
}

}  // namespace

void framewise_sentencepiece::require_library() { library(); }

#define HANDS_ON(symbol) asm(symbol) __attribute__((visibility("hidden"), used))

extern "C" {
void sp_status_initialize(void *self) HANDS_ON(STATUS_INITIALIZE);
void sp_status_initialize(void *self) { library().status_initialize(self); }

void sp_status_destroy(void *self) HANDS_ON(STATUS_DESTROY);
void sp_status_destroy(void *self) { library().status_destroy(self); }

const char *sp_status_message(const void *self) HANDS_ON(STATUS_MESSAGE);
const char *sp_status_message(const void *self) { return library().status_message(self); }

void sp_processor_initialize(void *self) HANDS_ON(PROCESSOR_INITIALIZE);
void sp_processor_initialize(void *self) { library().processor_initialize(self); }
}

ReturnedStatus sp_trainer_train(const void *settings, void *sentences, std::string *model) HANDS_ON(TRAIN);
ReturnedStatus sp_trainer_train(const void *settings, void *sentences, std::string *model) {
  return library().train(settings, sentences, model);
}
