#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/// Whether what a stream shows is in Dolby's own colours (IPT-PQ-c2), which only its metadata turn into others: profile 5,
/// and later ones that say that they are compatible with nothing else.
static inline _Bool fw_needs_dolby_vision(const AVStream *stream) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  const AVPacketSideData *data = av_packet_side_data_get(
      stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DOVI_CONF);
  const uint8_t *bytes = data ? data->data : 0;
#else
  const uint8_t *bytes = av_stream_get_side_data(stream, AV_PKT_DATA_DOVI_CONF, 0);
#endif
  const AVDOVIDecoderConfigurationRecord *record = (const AVDOVIDecoderConfigurationRecord *)bytes;
  if (!record) return 0;
  return record->dv_profile == 5 || (record->dv_profile >= 10 && !record->dv_bl_signal_compatibility_id);
}

/// The same of a frame, by the metadata that came with it. They do not name the profile; of those with this kind of
/// metadata only the fifth has pictures of full range.
static inline _Bool fw_frame_needs_dolby_vision(const AVFrame *frame) {
  const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_DOVI_METADATA);
  if (!data) return 0;
  const AVDOVIRpuDataHeader *header = av_dovi_get_header((const AVDOVIMetadata *)data->data);
  return header->vdr_rpu_profile == 0 && header->bl_video_full_range_flag;
}

/// Whether the upper field of an interlaced frame was taken before the lower one.
static inline _Bool fw_top_field_comes_first(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 59
  return (frame->flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) != 0;
#else
  return frame->top_field_first != 0;
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

/// `fstat` by the system call of that name: where the C library's is `newfstatat`, a sandbox that is to know nothing of
/// paths refuses it. Returns 0, or -1 with `errno`.
static inline int fw_open_file_status(int file, struct stat *status) {
  return (int)syscall(SYS_fstat, file, status);
}

#include "encode.h"
