#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>

/// Asks players to turn the pictures of `stream` clockwise. Nine 32-bit numbers beside the stream's parameters.
static inline int fw_set_rotation(AVStream *stream, int degrees) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  AVPacketSideData *data = av_packet_side_data_new(
      &stream->codecpar->coded_side_data, &stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX,
      9 * sizeof(int32_t), 0);
  int32_t *matrix = data ? (int32_t *)data->data : 0;
#else
  int32_t *matrix = (int32_t *)av_stream_new_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(int32_t));
#endif
  if (!matrix) return AVERROR(ENOMEM);
  av_display_rotation_set(matrix, degrees);
  return 0;
}
