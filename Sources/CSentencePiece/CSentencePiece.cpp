// sentencepiece behind a C header.
