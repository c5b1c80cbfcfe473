import CFFmpeg

extension VideoReader {
  /// Has the tables made that the common decoders make once in a process, for processes that are then split off this one.
  /// Starts no thread.
  package static func prepareDecoders() {
    quietly()
    for codec in [
      AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP8, AV_CODEC_ID_VP9, AV_CODEC_ID_AV1,
      AV_CODEC_ID_MPEG4,
    ] {
      guard let decoder = avcodec_find_decoder(codec) else { continue }
      var context = avcodec_alloc_context3(decoder)
      context?.pointee.thread_count = 1
      _ = avcodec_open2(context, decoder, nil)
      avcodec_free_context(&context)
    }
  }
}
