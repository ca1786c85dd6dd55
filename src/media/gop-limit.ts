/** Keyframes further apart than this are too rare: a visitor would be seen too late, and told later than promised. */
export const LONGEST_GOP_MS = 4_000;
/** Groups are measured from packets that arrive a little early or late. */
const SLACK = 1.05;

export const isGopTooLong = (gopMs: number): boolean => gopMs > SLACK * LONGEST_GOP_MS;

/** What to do about a stream of which every frame has to be decoded. */
export const GOP_REMEDY = {
  zh: '请把（子）码流的编码设为 H.264 或 H.265，I 帧间隔设为 2 秒（帧率 × 2），并关闭 H.264+/H.265+（智能编码）；在此之前只能逐帧解码，开销为数倍。',
  en: 'Set the (sub-)stream to H.264 or H.265 with an I-frame interval of 2 s (frames per second × 2), and switch H.264+/H.265+ (smart codec) off; until then every frame is decoded, which costs several times as much.',
} as const;
