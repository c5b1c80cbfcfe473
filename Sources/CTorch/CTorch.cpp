// libtorch behind a C header.
