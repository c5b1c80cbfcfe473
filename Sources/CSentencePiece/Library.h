// libsentencepiece, loaded at run time and kept apart from the rest of the process.
//
// Debian's library carries a protobuf of its own and exports it. Linked, it would share those symbols with the
// libprotobuf of another version that libtorch brings, and the program would crash before `main`. Loaded with
// RTLD_LOCAL and RTLD_DEEPBIND both keep to their own.
#pragma once

namespace framewise_sentencepiece {

// Makes sure that the library is there; every entry calls it before anything of the library.
// Throws std::runtime_error with the loader's reason.
void require_library();

}  // namespace framewise_sentencepiece
