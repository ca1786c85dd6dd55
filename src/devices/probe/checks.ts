import type { ClockJudgement } from '../clock-class.ts';
import { clockWords } from '../clock-class.ts';
import { bad, type Check, good, unsure, type Words, words } from './check.ts';
import type { PictureLight, ProbedFace } from './look.ts';
import type { StreamMeasure } from './packets.ts';
import type { PasswordFault } from './password.ts';

/** Pure: what was measured of a camera → what is good, what is not, and what to do about it. */

/** Keyframes further apart than this make the cheap watch blind for too long. */
const LONGEST_GOP_S = 4.2;
/** Irregular groups do no harm while a keyframe comes at least so often. */
const HARMLESS_GOP_S = 2.2;
const LEAST_FPS = 5;
/** Bits per pixel: of the whole stream, and of its keyframes. H.265 needs about half. A still scene needs little; both must be low. */
const LEAST_BITS: Readonly<Record<string, { readonly stream: number; readonly key: number }>> = {
  h264: { stream: 0.012, key: 0.12 },
  hevc: { stream: 0.006, key: 0.06 },
};
/** What the face networks need, and what they like. */
const LEAST_FACE_PX = 60;
const LEAST_INTER_OCULAR_PX = 20;
const GOOD_INTER_OCULAR_PX = 40;
const SHARP_FACE = 0.4;

const SUB_STREAM = words(
  '在摄像头“视频”设置中把 I 帧间隔设为帧率的 2 倍（2 秒），或改用子码流',
  'set the I-frame interval to twice the frame rate (2 s) in the camera’s video settings, or use the sub-stream',
);

export function streamChecks(
  video: { readonly codec: string; readonly width: number; readonly height: number },
  measure: StreamMeasure,
  faces: readonly ProbedFace[] = [],
): Check[] {
  return [
    codecCheck(video.codec),
    ...gopChecks(measure),
    frameRateCheck(measure),
    bitRateCheck(video, measure, faces),
    timeStampCheck(measure),
  ];
}

function codecCheck(codec: string): Check {
  if (codec === 'h264') return good('codec', 'H.264', 'H.264');
  if (codec === 'hevc')
    return good(
      'codec',
      'H.265：可分析；部分浏览器不能直接播放',
      'H.265: can be analysed; some browsers cannot play it',
    );
  return unsure(
    'codec',
    words(`编码为 ${codec}，可解码但不常用`, `encoded as ${codec}: it can be decoded, but is unusual`),
    words('建议改为 H.264', 'set the encoding to H.264'),
  );
}

function gopChecks({ gop, seconds }: StreamMeasure): Check[] {
  const s = (value: number | null): string => (value ?? 0).toFixed(1);
  const longest = Math.max(gop.longest ?? 0, gop.openSeconds);
  const irregular = gop.regular === false && longest > HARMLESS_GOP_S;
  // A smart codec stretches its groups while nothing moves: the second keyframe may not come at all while we look.
  const smart = irregular
    ? bad(
        'smart_codec',
        words(
          `关键帧间隔不固定（${s(gop.shortest)}～${s(longest)} 秒）：疑似 H.264+/H.265+ 智能编码`,
          `keyframes come ${s(gop.shortest)} to ${s(longest)} s apart: probably a smart codec (H.264+, H.265+)`,
        ),
        words(
          '关闭 H.264+/H.265+/“智能编码”（Smart Codec、U-Code、AI 编码），改为标准编码，固定 I 帧间隔 2 秒',
          'switch off H.264+/H.265+/Smart Codec (U-Code, AI coding), use the plain codec with a fixed I-frame interval of 2 s',
        ),
      )
    : gop.regular === null
      ? unsure(
          'smart_codec',
          words(
            `${s(seconds)} 秒内只有 ${gop.groups} 个完整图像组，无法判断是否为智能编码`,
            `${gop.groups} whole groups in ${s(seconds)} s: too few to tell a smart codec`,
          ),
          words('测得更久一些（--seconds 60）', 'measure for longer (--seconds 60)'),
        )
      : good('smart_codec', '关键帧间隔规律', 'keyframes come regularly');
  const long = longest > LONGEST_GOP_S;
  const measured =
    gop.seconds === null
      ? words(`${s(gop.openSeconds)} 秒内没有第二个关键帧`, `no second keyframe in ${s(gop.openSeconds)} s`)
      : words(
          `关键帧间隔平均 ${s(gop.seconds)} 秒，最长 ${s(longest)} 秒`,
          `keyframes every ${s(gop.seconds)} s, at most ${s(longest)} s`,
        );
  const length = long
    ? bad('gop', words(`${measured.zh}：过长`, `${measured.en}: too long`), SUB_STREAM)
    : gop.seconds === null
      ? unsure('gop', measured, words('测得更久一些（--seconds 60）', 'measure for longer (--seconds 60)'))
      : good('gop', measured.zh, measured.en);
  return [smart, length];
}

function frameRateCheck({ fps }: StreamMeasure): Check {
  if (fps === null) return unsure('frame_rate', words('画面太少，无法测量', 'too few pictures to measure'), null);
  if (fps < LEAST_FPS) {
    return bad(
      'frame_rate',
      words(`每秒 ${fps} 帧，过低`, `${fps} frames per second: too few`),
      words('把帧率设为 10～15 帧', 'set the frame rate to 10 to 15'),
    );
  }
  return good('frame_rate', `每秒 ${fps} 帧`, `${fps} frames per second`);
}

function bitRateCheck(
  video: { readonly codec: string; readonly width: number; readonly height: number },
  { kbps, fps, keyframeBytes }: StreamMeasure,
  faces: readonly ProbedFace[],
): Check {
  const limits = LEAST_BITS[video.codec];
  if (kbps === null || fps === null || keyframeBytes === null)
    return unsure('bit_rate', words('数据太少，无法测量', 'too little came to measure'), null);
  const told = words(`${Math.round(kbps)} kb/s`, `${Math.round(kbps)} kb/s`);
  if (limits === undefined) return good('bit_rate', told.zh, told.en);
  const pixels = video.width * video.height;
  const low = (kbps * 1000) / fps / pixels < limits.stream && (keyframeBytes * 8) / pixels < limits.key;
  if (!low) return good('bit_rate', told.zh, told.en);
  // A still room needs few bits: a face that came out sharp shows that they are enough.
  const nearly = (kbps * 1000) / fps / pixels >= limits.stream / 2;
  if (nearly && faces.some(({ sharpness, facePx }) => sharpness >= SHARP_FACE && facePx >= LEAST_FACE_PX))
    return good('bit_rate', `${told.zh}，人脸清晰`, `${told.en}, and faces are sharp`);
  const wanted = Math.ceil((pixels * Math.min(fps, 15) * limits.stream * 4) / 1000 / 64) * 64;
  return bad(
    'bit_rate',
    words(
      `${told.zh}：对 ${video.width}×${video.height} 过低，人脸会糊`,
      `${told.en} is too little for ${video.width}×${video.height}: faces will be mush`,
    ),
    words(
      `把码率上限设为至少 ${wanted} kb/s，或降低分辨率`,
      `set the bit rate to ${wanted} kb/s or more, or take a smaller picture`,
    ),
  );
}

function timeStampCheck({ brokenTimes, packets, longestGap }: StreamMeasure): Check {
  // A stream's first report may set its times right once or twice.
  if (packets > 10 && brokenTimes > 3 + packets * 0.02) {
    return bad(
      'time_stamps',
      words(
        `${packets} 帧中有 ${brokenTimes} 帧的时间戳倒退或不动`,
        `${brokenTimes} of ${packets} time stamps stand still or run backwards`,
      ),
      words(
        '升级摄像头固件，或改用 TCP 传输；经媒体网关时检查网关',
        'update the camera’s firmware or use TCP; look at the gateway where there is one',
      ),
    );
  }
  if (longestGap > 3) {
    return bad(
      'time_stamps',
      words(`码流中断 ${longestGap.toFixed(1)} 秒`, `the stream broke off for ${longestGap.toFixed(1)} s`),
      words('检查网络带宽和丢包，改用子码流', 'check bandwidth and packet loss; use the sub-stream'),
    );
  }
  return good('time_stamps', '时间戳连续', 'time stamps run evenly');
}

export function pictureChecks(light: PictureLight | null, faces: readonly ProbedFace[], looked: boolean): Check[] {
  return [lightCheck(light), faceCheck(faces, looked), viewCheck(faces, looked)];
}

function lightCheck(light: PictureLight | null): Check {
  if (light === null) return unsure('picture', words('没有得到画面', 'no picture was decoded'), null);
  if (light.brightness < 28)
    return bad(
      'picture',
      words('画面几乎全黑', 'the picture is almost black'),
      words('开灯，检查镜头盖、红外和曝光设置', 'switch the light on; check lens cap, infrared and exposure'),
    );
  if (light.brightness > 228)
    return bad(
      'picture',
      words('画面过曝', 'the picture is far too bright'),
      words(
        '避开强光，打开宽动态（WDR）或降低曝光',
        'keep it out of direct light, switch WDR on or lower the exposure',
      ),
    );
  if (light.structure < 4)
    return bad(
      'picture',
      words('画面没有内容：镜头可能被遮挡', 'the picture shows nothing: something may cover the lens'),
      words('清除遮挡，检查镜头', 'uncover and clean the lens'),
    );
  return good('picture', '画面正常', 'the picture is well lit');
}

const COME_AND_STAND = words(
  '请一个人站在收费窗口前，面向摄像头，再探测一次',
  'have somebody stand at the counter facing the camera, and probe again',
);

function faceCheck(faces: readonly ProbedFace[], looked: boolean): Check {
  if (!looked) return unsure('face_size', words('未做人脸检测', 'faces were not looked for'), null);
  const best = [...faces].sort((a, b) => b.interOcularPx - a.interOcularPx)[0];
  if (best === undefined)
    return unsure(
      'face_size',
      words('画面中没有人脸，无法判断大小', 'nobody’s face is in the picture: its size cannot be told'),
      COME_AND_STAND,
    );
  const told = words(
    `最大人脸 ${Math.round(best.facePx)} 像素，两眼间距 ${Math.round(best.interOcularPx)} 像素`,
    `the largest face has ${Math.round(best.facePx)} px, ${Math.round(best.interOcularPx)} px between the eyes`,
  );
  const remedy = words(
    '把摄像头移近或换长焦镜头，对准收费窗口；或改用主码流/更高分辨率（目标：两眼间距 40 像素以上）',
    'bring the camera nearer or take a longer lens, aim it at the counter, or use the main stream (aim: 40 px between the eyes)',
  );
  if (best.facePx < LEAST_FACE_PX || best.interOcularPx < LEAST_INTER_OCULAR_PX)
    return bad('face_size', words(`${told.zh}：太小，不能比对`, `${told.en}: too small to compare`), remedy);
  if (best.interOcularPx < GOOD_INTER_OCULAR_PX)
    return { ...good('face_size', `${told.zh}：可用，偏小`, `${told.en}: enough, on the small side`), remedy };
  return good('face_size', told.zh, told.en);
}

function viewCheck(faces: readonly ProbedFace[], looked: boolean): Check {
  if (!looked || faces.length === 0)
    return unsure(
      'view',
      words(
        '画面中没有人，无法判断收费窗口是否在画面内',
        'nobody is in the picture: whether the counter is in view cannot be told',
      ),
      COME_AND_STAND,
    );
  if (faces.every(({ cutOff }) => cutOff))
    return bad(
      'view',
      words(
        '人脸只有一部分在画面内：收费窗口不在画面中央',
        'faces are cut off by the edge: the counter is not in the middle of the view',
      ),
      words(
        '转动摄像头，使站在窗口前的人完整出现在画面中',
        'turn the camera until a person at the counter is wholly in the picture',
      ),
    );
  if (faces.every(({ yaw }) => Math.abs(yaw) > 45))
    return bad(
      'view',
      words('人脸都是侧面：摄像头不在窗口正面', 'faces are seen from the side only'),
      words('把摄像头移到窗口后方，使就诊人面向镜头', 'move the camera behind the counter, so that patients face it'),
    );
  return good('view', '窗口前的人脸在画面内', 'faces at the counter are in view');
}

export function clockCheck(
  clock: { readonly source: string; readonly offsetMs: number; readonly judgement: ClockJudgement } | null,
  live = true,
): Check {
  if (!live) return unsure('clock', words('录像文件没有时钟', 'a recording has no clock'), null);
  if (clock === null)
    return unsure(
      'clock',
      words(
        '无法得知摄像头的时钟（无 ONVIF、RTCP 或 Date 应答）',
        'the camera’s clock is not known: no ONVIF, RTCP or Date answer',
      ),
      words(
        '打开 ONVIF，并为摄像头设置 NTP 服务器和东八区',
        'switch ONVIF on; set an NTP server and the zone UTC+8 in the camera',
      ),
    );
  const told = clockWords(clock.offsetMs, clock.judgement);
  if (clock.judgement.class === 'ok') return good('clock', told.zh, told.en);
  const remedy =
    clock.judgement.class === 'zone'
      ? words(
          '把时区设为 GMT+08:00（北京）；经 GB28181 平台校时的，关闭平台下发的 Date 校时或改为北京时间',
          'set the zone to GMT+08:00 (Beijing); where a GB28181 platform sets the clock, switch its Date header off or correct it',
        )
      : words(
          '为摄像头设置 NTP 服务器（断电后会复位的，更换电池）',
          'set an NTP server in the camera (and change its battery where it falls back)',
        );
  return bad('clock', told, remedy);
}

const PASSWORD_WORDS: Readonly<Record<PasswordFault, Words>> = {
  none: words('任何人不用密码就能看到画面', 'anybody can watch without a password'),
  default: words('密码是出厂或常用密码', 'the password is a factory or common one'),
  same_as_user: words('密码与用户名相同', 'the password is the user name'),
  short: words('密码不足 8 位', 'the password has fewer than 8 characters'),
  simple: words('密码只有一类字符', 'the password has one kind of character only'),
};

export function passwordCheck(fault: PasswordFault | null): Check {
  if (fault === null) return good('password', '密码不是常见弱密码', 'the password is not a common one');
  return bad(
    'password',
    PASSWORD_WORDS[fault],
    words(
      '设置 8 位以上、含字母数字和符号的密码，并为本系统单独建只读账号',
      'set a password of 8 or more letters, digits and signs, and give this system an account of its own that can only watch',
    ),
  );
}
