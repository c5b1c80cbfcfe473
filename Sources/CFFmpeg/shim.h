#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

// Macros that Swift cannot import, under names of their own.
static const int FW_ERROR_END_OF_FILE = AVERROR_EOF;
static const int FW_ERROR_TRY_AGAIN = AVERROR(EAGAIN);
static const int FW_ERROR_NO_MEMORY = AVERROR(ENOMEM);
static const int FW_ERROR_NOT_PERMITTED = AVERROR(EPERM);
static const int FW_ERROR_INTERRUPTED = AVERROR_EXIT;
static const int FW_ERROR_INPUT_OUTPUT = AVERROR(EIO);

/// The "no time known" mark of packets and frames.
static const int64_t FW_NO_TIME = AV_NOPTS_VALUE;

/// The display matrix of a stream (nine 32-bit numbers), or null.
static inline const int32_t *fw_display_matrix(const AVStream *stream) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  const AVPacketSideData *data = av_packet_side_data_get(
      stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  return data && data->size >= 9 * sizeof(int32_t) ? (const int32_t *)data->data : 0;
#else
  size_t size = 0;
  const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)data : 0;
#endif
}

/// Whether the frame is made of two fields that were taken one after the other.
static inline _Bool fw_is_interlaced(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 59
  return (frame->flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
  return frame->interlaced_frame != 0;
#endif
}

#include "encode.h"
