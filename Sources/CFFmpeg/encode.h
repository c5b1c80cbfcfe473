#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>

/// Says that a frame is made of two fields, and which of them was taken first.
static inline void fw_set_interlaced(AVFrame *frame, _Bool top_first) {
#if LIBAVUTIL_VERSION_MAJOR >= 59
  frame->flags |= AV_FRAME_FLAG_INTERLACED;
  if (top_first) frame->flags |= AV_FRAME_FLAG_TOP_FIELD_FIRST;
#else
  frame->interlaced_frame = 1;
  frame->top_field_first = top_first;
#endif
}

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
