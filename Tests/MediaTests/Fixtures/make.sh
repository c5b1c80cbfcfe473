#!/bin/sh
# Makes the videos of this folder with ffmpeg (5.1) and its libx264, libx265, libvpx and libaom: run inside the folder.
#
# Frame number N is a surface of grey 20 + 7·N with a red top left quarter of the width and height, so that a
# picture tells which frame it is and which way is up. Ten frames a second unless the name says otherwise.
set -eu
make() { ffmpeg -nostdin -v error -y -bitexact "$@"; }
pattern() { # width height rate seconds step
  echo "color=black:s=$1x$2:r=$3:d=$4,format=gbrp,geq=r='if(lt(X,W/4)*lt(Y,H/4),230,20+N*$5)':g='if(lt(X,W/4)*lt(Y,H/4),20,20+N*$5)':b='if(lt(X,W/4)*lt(Y,H/4),20,20+N*$5)'"
}
plain=$(pattern 96 64 10 3.5 7)
h264="-c:v libx264 -preset veryslow -crf 12 -threads 1"
video="$h264 -pix_fmt yuv420p"

make -f lavfi -i "$plain" $video -bf 2 -g 20 -movflags +faststart plain.mp4
for turn in 90 180 270; do
  # This option counts counterclockwise, the names clockwise.
  make -i plain.mp4 -c copy -metadata:s:v rotate=$((360 - turn)) turned$turn.mp4
done
make -f lavfi -i "$plain" $h264 -pix_fmt yuv420p10le tenbit.mp4
make -f lavfi -i "$(pattern 37 29 10 2.5 7)" -c:v libvpx-vp9 -crf 10 -b:v 0 odd.webm
make -f lavfi -i "$plain" -c:v libx265 -preset veryslow -crf 12 \
  -x265-params log-level=none:pools=1:bframes=3:keyint=20:open-gop=1 -pix_fmt yuv420p -tag:v hvc1 pyramid-hevc.mp4
make -f lavfi -i "$plain" -c:v libaom-av1 -cpu-used 4 -crf 20 -b:v 0 -g 20 -pix_fmt yuv420p av1.mp4
make -f lavfi -i "$plain" -c:v libvpx -crf 10 -b:v 1M -g 20 -pix_fmt yuv420p vp8.webm
make -f lavfi -i "$plain,setpts='if(lt(N,15),N*0.1,if(lt(N,20),1.8+N*0.1,5+N*0.1))/TB'" -vsync vfr $video vfr.mkv
make -f lavfi -i "$plain" $video -bf 2 -f mpegts offset.ts
make -i plain.mp4 -c copy -muxdelay 0 -output_ts_offset -2 -avoid_negative_ts disabled negative.ts
# A stream copy from the middle of a group of pictures: an edit list hides what comes before the cut.
make -ss 1.25 -i plain.mp4 -c copy edited.mp4
make -f lavfi -i "$plain" $video -bf 2 -f h264 untimed.h264
make -f lavfi -i "$plain" -c:v mpeg4 -q:v 2 -bf 2 -vtag xvid packed.avi
make -f lavfi -i "$plain" $video -f matroska - >unknown-duration.mkv
make -f lavfi -i "$plain,setsar=2" $video wide-pixels.mp4
make -f lavfi -i "$(pattern 8 8 2 45 2.6)" $h264 -qp 0 -pix_fmt yuv444p long.mp4

sound="sine=frequency=300:duration=1:sample_rate=8000"
make -f lavfi -i "$(pattern 64 64 1 1 0)" -frames:v 1 cover.png
make -f lavfi -i "$sound" -c:a aac -b:a 8k sound.mp4
make -f lavfi -i "$sound" -c:a pcm_u8 sound.wav
make -i sound.mp4 -i cover.png -map 0 -map 1 -c:a copy -c:v copy -disposition:v attached_pic sound-cover.mp4
make -i plain.mp4 -i cover.png -map 1 -map 0 -c copy -disposition:v:0 attached_pic video-cover.mp4
rm cover.png
small="-f lavfi -i $(pattern 32 32 10 1.5 14 | tr -d ' ')"
make $small -i plain.mp4 -map 0 -map 1 $video -disposition:v:0 default -disposition:v:1 0 default-stream.mkv
make $small -i plain.mp4 -map 0 -map 1 $video -disposition:v:0 0 -disposition:v:1 0 -default_mode passthrough largest-stream.mkv
make -f lavfi -i "$(pattern 32 48 10 1 7)" $video -f h264 - >resized.h264
make -f lavfi -i "$plain" -t 1 $video -f h264 - >>resized.h264

# One colour, R 200 G 60 B 40, through the matrices and ranges that files come in.
colour="color=black:s=64x64:r=1:d=1,format=gbrp,geq=r=200:g=60:b=40"
make -f lavfi -i "$colour,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p" $h264 -colorspace bt709 -color_range tv colour-bt709.mp4
make -f lavfi -i "$colour,scale=out_color_matrix=bt709:out_range=pc,format=yuv420p" $h264 -colorspace bt709 -color_range pc colour-bt709-full.mp4
make -f lavfi -i "$colour,scale=out_color_matrix=bt601:out_range=tv,format=yuv420p" $h264 -colorspace smpte170m -color_range tv colour-bt601.mp4
make -f lavfi -i "$colour,scale=out_color_matrix=bt2020:out_range=tv,format=yuv422p10le" $h264 -colorspace bt2020nc -color_range tv colour-bt2020.mp4
make -f lavfi -i "$colour,scale=s=1280x720:out_color_matrix=bt709:out_range=tv,format=yuv420p" $h264 colour-unsaid-hd.mp4
make -f lavfi -i "$colour" -c:v mjpeg -q:v 2 -pix_fmt yuvj444p colour-mjpeg.avi
make -f lavfi -i "$colour,split[a][b];[a]palettegen[p];[b][p]paletteuse" colour-palette.gif
make -f lavfi -i "$colour,format=argb,geq=r=200:g=60:b=40:a='if(lt(X,32),255,0)'" -c:v qtrle half-transparent.mov
make -f lavfi -i "$colour" -c:v libx265 -x265-params log-level=none:pools=1 -pix_fmt gray12le grey.mp4
